"""A topic puts what comes in order, and knows what it remembers."""

from __future__ import annotations

import random

import pytest

from causerie.foundation.events import Event
from causerie.foundation.realtime import Cursor, Encoders, Entry, Topic, Variant, topic
from tests.fakes.readers import FakeReader


def message(seq: int, *, text_bytes: int = 0) -> Entry:
    return Entry(Event(), seq=seq, text_bytes=text_bytes)


def change(rev: int, *, after_seq: int) -> Entry:
    return Entry(Event(), rev=rev, after_seq=after_seq)


def numbers(entries: list[Entry] | None) -> list[tuple[int, int]] | None:
    return None if entries is None else [(entry.seq, entry.rev) for entry in entries]


def cursor(seq: int, rev: int) -> Cursor:
    at = Cursor(FakeReader())
    at.seq, at.rev = seq, rev
    return at


@pytest.fixture
def placed() -> Topic:
    placed = Topic(7)
    placed.place(0, 0)
    return placed


def test_nothing_is_passed_on_before_the_position_is_known() -> None:
    new = Topic(7)
    before = new.take([message(1), message(2), message(4)])
    after = new.place(1, 0)

    assert before == []
    assert numbers(after) == [(2, 0)]
    assert numbers(new.waiting) == [(4, 0)]


def test_any_order_with_any_repeats_comes_out_once_and_in_order(placed: Topic) -> None:
    chance = random.Random(1)
    entries = [message(n) for n in range(1, 60)] + [change(n, after_seq=n) for n in range(1, 60)]
    entries += chance.sample(entries, 40)
    chance.shuffle(entries)
    ready = [entry for arrived in entries for entry in placed.take([arrived])]

    assert [e.seq for e in ready if e.seq] == list(range(1, 60))
    assert [e.rev for e in ready if e.rev] == list(range(1, 60))
    at = {entry.seq: place for place, entry in enumerate(ready) if entry.seq}
    assert all(at[e.after_seq] < place for place, e in enumerate(ready) if e.rev)
    assert placed.waiting == []


def test_what_waits_is_looked_through_only_when_something_moved(placed: Topic) -> None:
    placed.take([message(3)])
    waiting = placed.waiting
    placed.take([message(5)])
    behind_the_hole = placed.waiting is waiting
    placed.take([message(1)])

    assert behind_the_hole
    assert placed.waiting is not waiting


def test_what_waits_is_bounded_and_the_oldest_is_left_to_the_database(
    placed: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "MAX_WAITING_ENTRIES", 3)
    for seq in range(2, 9):
        placed.take([message(seq)])

    assert numbers(placed.waiting) == [(6, 0), (7, 0), (8, 0)]


def test_the_ring_is_bounded_in_entries(placed: Topic) -> None:
    count = topic.MAX_RING_ENTRIES + 10
    many = [message(seq) for seq in range(1, count + 1)]
    placed.remember(placed.take(many))

    assert len(placed.ring) <= topic.MAX_RING_ENTRIES
    assert placed.ring_seq == count - len(placed.ring)


def test_the_ring_is_bounded_in_bytes(placed: Topic) -> None:
    long = topic.MAX_RING_BYTES // 8  # it weighs twice its text, and some more
    placed.remember(placed.take([message(seq, text_bytes=long) for seq in range(1, 9)]))

    assert len(placed.ring) == 3


@pytest.mark.parametrize(
    ("seq", "rev", "missing"),
    [
        (3, 2, []),
        (1, 0, [(2, 0), (0, 1), (3, 0), (0, 2)]),
        (1, 2, None),  # it counts changes as known that speak of messages it lacks
        (2, 1, [(3, 0), (0, 2)]),
        (3, 0, [(0, 1), (0, 2)]),
        (0, 0, None),  # older than what is remembered
        (2, 3, None),  # a change that is not here yet may speak of what it lacks
        (4, 2, []),  # ahead
        (3, 3, []),
    ],
)
def test_what_a_cursor_lacks_is_in_the_ring_or_must_be_read(
    seq: int, rev: int, missing: list[tuple[int, int]] | None
) -> None:
    placed = Topic(7)
    placed.place(1, 0)
    placed.remember(
        placed.take([message(2), change(1, after_seq=2), message(3), change(2, after_seq=3)])
    )

    assert numbers(placed.missing(cursor(seq, rev))) == missing


@pytest.mark.parametrize(("seq", "rev"), [(3, 1), (2, 1), (3, 3)])
def test_a_rewound_cursor_is_told_changes_as_they_are_now(seq: int, rev: int) -> None:
    placed = Topic(7)
    placed.place(1, 0)
    placed.remember(
        placed.take([message(2), change(1, after_seq=2), message(3), change(2, after_seq=3)])
    )
    rewound = cursor(seq, rev)
    rewound.is_rewound = True

    assert placed.missing(rewound) is None


def test_an_entry_is_encoded_once_a_dialect() -> None:
    encoded: list[str] = []

    def encode(dialect: str) -> bytes:
        encoded.append(dialect)
        return dialect.encode()

    encoders = {name: lambda _event, name=name: encode(name) for name in ("plain", "loud")}
    entry = message(1)
    frames = [entry.frame(name, encoders) for name in ("plain", "loud", "plain")]
    given = message(2)
    given.give("plain", b"made elsewhere")

    assert frames == [b"plain", b"loud", b"plain"]
    assert encoded == ["plain", "loud"]
    assert given.frame("plain", encoders) == b"made elsewhere"


def test_a_variant_is_made_once_of_what_it_is_a_variant_of() -> None:
    made: list[bytes] = []

    def shout(framed: bytes) -> bytes:
        made.append(framed)
        return framed + b"!"

    encoders: Encoders = {
        "plain": lambda _event: b"plain",
        "loud": Variant("plain", shout),
        "louder": Variant("loud", shout),
    }
    entry = message(1)
    frames = [entry.frame(name, encoders) for name in ("louder", "plain", "loud", "louder")]

    assert frames == [b"plain!!", b"plain", b"plain!", b"plain!!"]
    assert made == [b"plain", b"plain!"]


def test_without_readers_of_a_variant_nothing_is_made_over() -> None:
    def fail(_framed: bytes) -> bytes:
        raise AssertionError("nobody asked")

    encoders: Encoders = {"plain": lambda _event: b"plain", "loud": Variant("plain", fail)}

    assert message(1).frame("plain", encoders) == b"plain"


def test_what_is_remembered_is_one_encoding_of_it(placed: Topic) -> None:
    made: list[bytes] = []

    def shout(framed: bytes) -> bytes:
        made.append(framed)
        return framed + b"!"

    encoders: Encoders = {"plain": lambda _event: b"plain", "loud": Variant("plain", shout)}
    entry = message(1)
    entry.frame("loud", encoders)
    placed.remember(placed.take([entry]))
    late = [entry.frame("loud", encoders) for _ in range(2)]

    assert late == [b"plain!", b"plain!"]
    assert made == [b"plain"] * 3
