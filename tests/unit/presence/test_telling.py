"""What is told of presence, to whom and how often: without a socket, by a clock of the test's own."""

from __future__ import annotations

import pytest

from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid, Unavailable
from causerie.foundation.identity import Principal, UserId
from causerie.presence import PresenceChanged, PresenceCounted, PresenceService, Status
from causerie.presence.model import Choice
from causerie.presence.service.telling import COUNT_SECONDS, ROUND_SECONDS
from causerie.presence.store import MemoryWhereabouts
from tests.fakes.clock import FakeClock
from tests.fakes.presence import FakeAudience, FakeRecords

ANN, BEN, CAT = UserId(1), UserId(2), UserId(3)
IDLE_SECONDS, GRACE_SECONDS = 300.0, 8.0


class Phone:
    """A device that did something."""

    has_acted = True


class Scene:
    """One node; everybody who comes is told of."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.records = FakeRecords()
        self.audience = FakeAudience()
        self.whereabouts = MemoryWhereabouts(self.clock)
        self.seen: list[UserId] = []
        self.service = PresenceService(
            node="one",
            whereabouts=self.whereabouts,
            records=self.records,
            completion=Completion(),
            clock=self.clock,
            idle_seconds=IDLE_SECONDS,
            grace_seconds=GRACE_SECONDS,
            on_seen=self.seen.append,
        )

    async def come(self, *users: UserId) -> None:
        for user_id in users:
            self.service.came(user_id)
        await self.tick()

    async def go(self, user_id: UserId) -> None:
        self.service.left(user_id, self.audience.topics_of(user_id))
        for people in self.audience.rooms.values():
            people.discard(user_id)
        await self.tick(GRACE_SECONDS)

    async def choose(self, user_id: UserId, status: Status) -> None:
        who = Principal(user_id, "x", "user", "", "", frozenset())
        await self.service.choose(who, status)
        await self.tick()

    async def tick(self, seconds: float = 0.25) -> None:
        self.clock.advance(seconds)
        await self.service.tick(self.audience)

    def heard(self, user_id: UserId) -> list[tuple[int, str]]:
        """Whom and what a user was told of since the last time."""
        events = self.audience.heard.pop(user_id, [])
        return [
            (e.presence.user_id, e.presence.status)
            for e in events
            if isinstance(e, PresenceChanged)
        ]


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.audience.rooms = {7: {ANN, BEN}, 8: {ANN, BEN, CAT}}
    return scene


async def test_those_who_share_a_conversation_are_told_and_once_though_they_share_two(
    scene: Scene,
) -> None:
    await scene.come(BEN)

    await scene.come(ANN)

    assert scene.heard(BEN) == [(ANN, "online")]
    assert scene.heard(CAT) == [(BEN, "online"), (ANN, "online")]


async def test_another_device_is_the_same_person(scene: Scene) -> None:
    await scene.come(ANN)
    scene.heard(BEN)

    await scene.come(ANN, ANN)

    assert scene.heard(BEN) == []


async def test_idle_is_away_and_a_command_is_online_again(scene: Scene) -> None:
    await scene.come(ANN)
    scene.heard(BEN)

    await scene.tick(IDLE_SECONDS)
    assert scene.heard(BEN) == [(ANN, "away")]
    assert scene.heard(ANN) == [(ANN, "away")]

    scene.service.acted(ANN, Phone())
    await scene.tick()
    assert scene.heard(BEN) == [(ANN, "online")]


async def test_activity_is_asked_for_anew_each_round(scene: Scene) -> None:
    phone = Phone()
    await scene.come(ANN)
    scene.service.acted(ANN, phone)

    await scene.tick(ROUND_SECONDS)

    assert not phone.has_acted


async def test_a_reconnect_within_the_grace_is_no_news(scene: Scene) -> None:
    await scene.come(ANN)
    scene.heard(BEN)

    for _ in range(20):
        scene.service.left(ANN, (7, 8))
        await scene.tick(GRACE_SECONDS - 1)
        await scene.come(ANN)

    assert scene.heard(BEN) == []


async def test_who_stays_away_is_offline_and_when_they_were_there_is_kept(scene: Scene) -> None:
    await scene.come(ANN)
    scene.heard(BEN)
    came_at = scene.clock.now().timestamp()

    await scene.go(ANN)

    assert scene.heard(BEN) == [(ANN, "offline")]
    assert scene.records.active[ANN] == pytest.approx(came_at, abs=1)
    assert await scene.whereabouts.find([ANN]) == {}


@pytest.mark.parametrize("chosen", [Status.BUSY, Status.INVISIBLE])
async def test_what_was_chosen_for_good_holds_at_the_next_coming(
    scene: Scene, chosen: Status
) -> None:
    await scene.come(ANN)
    await scene.choose(ANN, chosen)
    await scene.go(ANN)
    scene.audience.rooms[7].add(ANN)
    for user in (ANN, BEN):
        scene.heard(user)

    await scene.come(ANN)

    assert scene.heard(ANN) == [(ANN, chosen)]
    assert scene.heard(BEN) == ([(ANN, "busy")] if chosen is Status.BUSY else [])


async def test_a_chosen_away_ends_with_the_last_device(scene: Scene) -> None:
    await scene.come(ANN)
    await scene.choose(ANN, Status.AWAY)
    await scene.go(ANN)
    scene.audience.rooms[7].add(ANN)
    scene.heard(BEN)

    await scene.come(ANN)

    assert scene.heard(BEN) == [(ANN, "online")]


async def test_becoming_invisible_looks_like_going(scene: Scene) -> None:
    await scene.come(ANN)
    scene.heard(BEN)

    await scene.choose(ANN, Status.INVISIBLE)

    assert scene.heard(BEN) == [(ANN, "offline")]
    assert scene.heard(ANN) == [(ANN, "invisible")]
    assert scene.seen[-1] == ANN  # typing is looked at again
    assert not scene.service.is_shown(ANN)


async def test_of_the_invisible_nothing_is_told_whatever_they_do(scene: Scene) -> None:
    scene.records.choices[ANN] = Choice(Status.INVISIBLE, 4)
    left_at = scene.records.active[ANN] = 5.0

    await scene.come(ANN)
    await scene.tick(IDLE_SECONDS)
    scene.service.acted(ANN, Phone())
    await scene.tick()
    scene.service.met(ANN, 7)
    scene.service.met(BEN, 7)
    await scene.tick()
    await scene.go(ANN)

    assert scene.heard(BEN) == []
    assert scene.heard(CAT) == []
    assert scene.records.active[ANN] == left_at


async def test_until_it_is_known_what_one_chose_one_is_offline(scene: Scene) -> None:
    scene.records.choices[ANN] = Choice(Status.INVISIBLE, 4)
    scene.records.is_away = True
    scene.service.came(ANN)
    with pytest.raises(Unavailable):
        await scene.tick()
    assert await scene.whereabouts.find([ANN]) == {}
    assert not scene.service.is_shown(ANN)

    scene.records.is_away = False
    await scene.tick()

    assert scene.heard(BEN) == []
    assert scene.heard(ANN) == [(ANN, "invisible")]


async def test_what_could_not_be_told_is_told_when_the_database_is_back(scene: Scene) -> None:
    await scene.come(ANN)
    scene.heard(BEN)
    scene.service.left(ANN, (7, 8))
    scene.records.is_away = True
    with pytest.raises(Unavailable):
        await scene.tick(GRACE_SECONDS)
    scene.records.is_away = False

    await scene.tick()

    assert scene.heard(BEN) == [(ANN, "offline")]


async def test_a_choice_made_while_an_older_one_is_read_holds(scene: Scene) -> None:
    scene.records.choices[ANN] = Choice(Status.BUSY, 1)
    scene.service.came(ANN)
    read = scene.records.choices_of

    async def overtaken(users: object) -> object:
        found = await read([ANN])
        scene.records.choices_of = read  # type: ignore[method-assign] # once
        await scene.service.choose(
            Principal(ANN, "x", "user", "", "", frozenset()), Status.INVISIBLE
        )
        return found

    scene.records.choices_of = overtaken  # type: ignore[method-assign,assignment] # once
    await scene.tick()
    await scene.tick()

    assert not scene.service.is_shown(ANN)
    assert scene.heard(BEN)[-1:] in ([], [(ANN, "offline")])
    assert scene.heard(ANN)[-1] == (ANN, "invisible")


async def test_who_is_being_greeted_is_told_of_afterwards(scene: Scene) -> None:
    scene.audience.is_greeting.add(ANN)
    await scene.come(ANN)
    assert scene.heard(BEN) == []
    before = scene.records.statements

    scene.audience.is_greeting.clear()
    await scene.tick()

    assert scene.heard(BEN) == [(ANN, "online")]
    assert scene.records.statements == before + 1


async def test_those_who_come_together_are_introduced(scene: Scene) -> None:
    scene.audience.rooms = {7: {ANN}, 9: {BEN}}
    await scene.come(ANN, BEN)
    await scene.choose(BEN, Status.BUSY)
    scene.audience.rooms[7].add(BEN)
    for user in (ANN, BEN):
        scene.heard(user)

    scene.service.met(BEN, 7)
    await scene.tick()

    assert scene.heard(ANN) == [(BEN, "busy")]
    assert scene.heard(BEN) == [(ANN, "online")]


async def test_who_come_into_one_conversation_at_once_are_told_once_of_each_other(
    scene: Scene,
) -> None:
    scene.audience.rooms = {1: {ANN}, 2: {BEN}, 3: {CAT}}
    await scene.come(ANN, BEN, CAT)
    scene.audience.rooms[7] = {ANN, BEN, CAT}
    for user in (ANN, BEN, CAT):
        scene.heard(user)

    for user in (ANN, BEN, ANN):  # Twice, with two devices; and one was there before.
        scene.service.met(user, 7)
    await scene.tick()

    assert sorted(scene.heard(ANN)) == [(BEN, "online"), (CAT, "online")]
    assert sorted(scene.heard(BEN)) == [(ANN, "online"), (CAT, "online")]
    assert sorted(scene.heard(CAT)) == [(ANN, "online"), (BEN, "online")]


async def test_offline_is_not_chosen(scene: Scene) -> None:
    with pytest.raises(Invalid):
        await scene.choose(ANN, Status.OFFLINE)


# --- thousands -------------------------------------------------------------------------------------


async def test_a_room_of_thousands_is_told_how_many_and_not_who(scene: Scene) -> None:
    crowd = [UserId(n) for n in range(10, 5010)]
    scene.audience.rooms = {1: set(crowd)}

    for begin in range(0, len(crowd), 50):  # 5,000 within 25 s
        await scene.come(*crowd[begin : begin + 50])
    await scene.tick(COUNT_SECONDS)

    assert scene.audience.sent["PresenceChanged"] == 0
    counts = [e for e in scene.audience.heard[crowd[0]] if isinstance(e, PresenceCounted)]
    assert counts[-1].online == len(crowd)
    assert len(counts) <= 25 / COUNT_SECONDS + 2
    # All that went out grows with the people, not with their square.
    assert sum(scene.audience.sent.values()) <= len(crowd) * (25 / COUNT_SECONDS + 2)


async def test_a_count_that_is_as_it_was_is_not_told_again(scene: Scene) -> None:
    crowd = [UserId(n) for n in range(10, 1010)]
    scene.audience.rooms = {1: set(crowd)}
    await scene.come(*crowd)
    await scene.tick(COUNT_SECONDS)
    sent = scene.audience.sent["PresenceCounted"]

    await scene.choose(crowd[0], Status.BUSY)  # there all the same
    await scene.tick(COUNT_SECONDS)

    assert scene.audience.sent["PresenceCounted"] == sent


async def test_the_invisible_are_not_counted(scene: Scene) -> None:
    crowd = [UserId(n) for n in range(10, 1010)]
    scene.audience.rooms = {1: set(crowd)}
    scene.records.choices = {user: Choice(Status.INVISIBLE, 1) for user in crowd[:400]}

    await scene.come(*crowd)
    await scene.tick(COUNT_SECONDS)

    (count,) = [e for e in scene.audience.heard[crowd[-1]] if isinstance(e, PresenceCounted)]
    assert count.online == 600


async def test_ten_thousand_who_come_at_once_ask_the_database_once(scene: Scene) -> None:
    crowd = [UserId(n) for n in range(10, 10_010)]
    scene.audience.rooms = {}

    await scene.come(*crowd)

    assert scene.records.statements == 1
    assert all(scene.service.is_shown(user) for user in crowd)


async def test_nothing_is_kept_of_those_who_are_gone(scene: Scene) -> None:
    empty = {name: value for name, value in vars(scene.service).items() if value in ({}, [], set())}
    await scene.come(ANN, BEN)
    await scene.choose(ANN, Status.INVISIBLE)
    await scene.go(ANN)
    await scene.go(BEN)

    assert {name: vars(scene.service)[name] for name in empty} == empty
    assert await scene.whereabouts.find([ANN, BEN]) == {}
