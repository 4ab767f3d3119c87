"""Who types where: pure."""

from __future__ import annotations

from causerie.conversations import Address, Kind
from causerie.foundation.identity import ConversationId, UserId
from causerie.presence.model import MAX_PLACES, MAX_SHOWN, TYPING_SECONDS, Typists

ROOM = Address(Kind.ROOM, ConversationId(1))
ANN, BEN = UserId(1), UserId(2)


def told(typists: Typists, now: float, *, hidden: frozenset[int] = frozenset()) -> list[str]:
    changes = typists.take(now, lambda user: user not in hidden)
    return [f"{c.user_id}{'+' if c.is_typing else '-'}" for c in changes]


def test_typing_is_told_once_however_often_it_is_said() -> None:
    typists = Typists()

    for moment in range(4):
        typists.begin(ROOM, ANN, moment)

    assert told(typists, 4) == ["1+"]
    assert told(typists, 5) == []


def test_it_ends_by_itself() -> None:
    typists = Typists()
    typists.begin(ROOM, ANN, 0)
    told(typists, 0)
    typists.begin(ROOM, ANN, 3)

    assert told(typists, TYPING_SECONDS) == []
    assert told(typists, 3 + TYPING_SECONDS) == ["1-"]


def test_it_ends_when_said_so_and_twice_is_once() -> None:
    typists = Typists()
    typists.begin(ROOM, ANN, 0)
    told(typists, 0)

    typists.end(ROOM, ANN)
    typists.end(ROOM, ANN)

    assert told(typists, 1) == ["1-"]


def test_begun_and_ended_within_a_tick_is_not_told() -> None:
    typists = Typists()

    typists.begin(ROOM, ANN, 0)
    typists.end(ROOM, ANN)

    assert told(typists, 0.2) == []


def test_in_a_crowd_a_few_are_shown_and_another_takes_a_free_place() -> None:
    typists = Typists()
    for user in range(1, 2001):
        typists.begin(ROOM, UserId(user), 0)
    assert len(told(typists, 0)) == MAX_SHOWN

    typists.end(ROOM, UserId(1))

    assert told(typists, 1) == ["1-", f"{MAX_SHOWN + 1}+"]


def test_who_is_not_seen_is_not_seen_typing_and_appears_when_seen() -> None:
    typists = Typists()
    typists.begin(ROOM, ANN, 0)
    assert told(typists, 0, hidden=frozenset({ANN})) == []

    typists.look_again(ANN)
    assert told(typists, 1) == ["1+"]

    typists.look_again(ANN)
    assert told(typists, 2, hidden=frozenset({ANN})) == ["1-"]


def test_one_types_in_a_few_places_at_a_time() -> None:
    typists = Typists()
    rooms = [Address(Kind.ROOM, ConversationId(n)) for n in range(1, MAX_PLACES + 2)]

    for room in rooms:
        typists.begin(room, ANN, 0)

    shown = {c.address for c in typists.take(0, lambda _: True)}
    assert shown == set(rooms[1:])


def test_who_goes_types_nowhere_and_nothing_of_them_is_kept() -> None:
    typists = Typists()
    typists.begin(ROOM, ANN, 0)
    typists.begin(ROOM, BEN, 0)
    told(typists, 0)

    typists.end_all(ANN)
    typists.end_all(BEN)

    assert sorted(told(typists, 1)) == ["1-", "2-"]
    assert vars(typists) == {name: {} for name in vars(typists)}
