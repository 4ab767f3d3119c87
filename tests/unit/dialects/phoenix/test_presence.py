"""What the channels of presence remember has a bound."""

from __future__ import annotations

from causerie.dialects.phoenix.presence import MAX_IDLE_NAMES, ChannelNames

FOLLOWED = 7


def test_names_of_conversations_that_nobody_follows_are_forgotten() -> None:
    names = ChannelNames(lambda topic: topic == FOLLOWED)
    most = 0
    for topic in range(3 * MAX_IDLE_NAMES):
        names.learn(topic, f"room_{topic}")
        most = max(most, len(names))

    assert most <= MAX_IDLE_NAMES + 2
    assert names.find(FOLLOWED) == "room_7"


def test_names_of_conversations_that_are_followed_stay_however_many() -> None:
    names = ChannelNames(lambda _: True)
    for topic in range(3 * MAX_IDLE_NAMES):
        names.learn(topic, f"room_{topic}")

    assert len(names) == 3 * MAX_IDLE_NAMES
    assert names.find(0) == "room_0"
