"""A hint is heard here, on other nodes, and once more where one may have been missed."""

from __future__ import annotations

from causerie.foundation.events import Event, Events, Unheard
from causerie.foundation.realtime import Hint, Hints


def test_a_hint_is_heard_by_its_name_on_this_node_and_carried_to_others() -> None:
    events, looked, carried = Events(), list[str](), list[Event]()
    hints = Hints(events)
    hints.listen("bans", lambda: looked.append("bans"))
    hints.listen("keys", lambda: looked.append("keys"))
    events.share(carried.append)
    hints.publish("bans")

    assert looked == ["bans"]
    assert carried == [Hint("bans")]


def test_a_hint_of_another_node_is_heard() -> None:
    events, looked = Events(), list[str]()
    Hints(events).listen("bans", lambda: looked.append("bans"))
    events.hear(Hint("bans"))
    events.hear(Hint("unknown"))

    assert looked == ["bans"]


def test_whoever_may_have_missed_a_hint_looks() -> None:
    events, looked = Events(), list[str]()
    Hints(events).listen("bans", lambda: looked.append("bans"))
    events.announce([Unheard(is_ongoing=False)])

    assert looked == ["bans"]
