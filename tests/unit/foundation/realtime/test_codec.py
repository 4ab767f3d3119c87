"""What one node sends another understands, or leaves out."""

from __future__ import annotations

import msgspec
import pytest

from causerie.foundation.events import Event
from causerie.foundation.realtime import Codec, Entry, NotCarried
from causerie.foundation.realtime.traced import FollowedCodec, FollowedEntry
from causerie.foundation.telemetry.following import Origin
from tests.fakes.truth import Edited, Renamed, Said


def renamed_to_be_said() -> type[Event]:
    class Said(Event, frozen=True, gc=False):
        by: str

    return Said


def test_entries_arrive_as_they_were_sent() -> None:
    sent = [
        Entry(Said(4, 2), seq=4, text_bytes=3000),
        Entry(Edited(3, 1, 3), rev=3, after_seq=9),
    ]
    codec = Codec(Said, Edited)
    got = codec.decode_entries(codec.encode_entries(sent))

    assert [(e.event, e.seq, e.rev, e.after_seq, e.weight) for e in got] == [
        (e.event, e.seq, e.rev, e.after_seq, e.weight) for e in sent
    ]


def test_where_an_entry_began_arrives_with_it_and_is_passed_over_by_who_does_not_ask() -> None:
    origin = Origin(request_id="r-1", traceparent="00-1-2-01")
    entries = [FollowedEntry(Entry(Said(4), seq=4, text_bytes=9), origin), Entry(Said(5), seq=5)]
    plain, following = Codec(Said), FollowedCodec()
    following.teach(Said)
    sent = following.encode_entries(entries)
    got, passed = following.decode_entries(sent), plain.decode_entries(sent)
    from_plain = following.decode_entries(plain.encode_entries(entries))

    first, second = got
    assert isinstance(first, FollowedEntry)
    assert (first.origin, first.seq, first.text_bytes) == (origin, 4, 9)
    assert not isinstance(second, FollowedEntry)
    assert [(e.event, e.seq) for e in passed] == [(e.event, e.seq) for e in entries]
    assert [(e.event, e.seq) for e in from_plain] == [(e.event, e.seq) for e in entries]


def test_an_event_arrives_as_it_was_sent() -> None:
    codec = Codec(Said)

    assert codec.decode_event(codec.encode_event(Said(4))) == Said(4)


def test_a_type_that_was_not_taught_is_a_fault() -> None:
    with pytest.raises(NotCarried):
        Codec(Said).encode_event(Renamed(1))


def test_what_only_a_newer_node_knows_is_left_out() -> None:
    sent = Codec(Said, Renamed).encode_entries([Entry(Renamed(1), rev=1), Entry(Said(2), seq=2)])

    assert [entry.event for entry in Codec(Said).decode_entries(sent)] == [Said(2)]


def test_an_event_with_other_fields_is_left_out() -> None:
    other = renamed_to_be_said()
    sent = Codec(other).encode_event(msgspec.convert({"by": "me"}, other))

    assert Codec(Said).decode_event(sent) is None


@pytest.mark.parametrize("garbage", [b"", b"\xc1", msgspec.msgpack.encode({"a": 1}), b"\x93" * 40])
def test_garbage_is_left_out(garbage: bytes) -> None:
    codec = Codec(Said)

    assert codec.decode_entries(garbage) == []
    assert codec.decode_event(garbage) is None


def test_two_events_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="Said"):
        Codec(Said, renamed_to_be_said())
