"""What a reader is owed is counted right, whether its bytes are compared or parsed."""

from __future__ import annotations

import random

import pytest

from causerie.assembly.loadtest.stream import (
    NOT_FOLLOWING,
    Follower,
    Histogram,
    Measure,
    RoomStream,
)

SENT_NS = 1_000
NOW_NS = 3_000


def frame(seq: int) -> bytes:
    return f"<message {seq}>".encode()


def room(*, keep_bytes: int = 1 << 20, last_seq: int = 0, every: int = 1) -> RoomStream:
    measure = Measure(every=every)
    measure.begin_ns = 0
    return RoomStream("room_1", last_seq=last_seq, keep_bytes=keep_bytes, measure=measure)


def meet(reader: Follower, *seqs: int) -> None:
    for seq in seqs:
        reader.meet(seq, frame(seq), SENT_NS, NOW_NS)


def test_a_second_reader_takes_the_first_ones_bytes_without_parsing() -> None:
    stream = room()
    first, second = Follower(stream), Follower(stream)
    meet(first, 1, 2, 3)
    second.rejoin()

    assert second.follow(frame(1) + frame(2) + frame(3)[:4], NOW_NS)
    assert second.delivered == 2
    assert second.follow(frame(3)[4:], NOW_NS)
    assert second.delivered == 3
    assert second.lost == 0


def test_bytes_that_are_not_the_streams_are_not_followed() -> None:
    stream = room()
    first, second = Follower(stream), Follower(stream)
    meet(first, 1, 2)
    second.rejoin()

    assert not second.follow(frame(2), NOW_NS)
    assert second.delivered == 0


def test_a_reader_that_leaves_within_a_message_gives_back_its_begun_bytes() -> None:
    stream = room()
    first, second = Follower(stream), Follower(stream)
    meet(first, 1, 2)
    second.rejoin()
    second.follow(frame(1) + frame(2)[:5], NOW_NS)

    assert second.leave() == frame(2)[:5]
    assert second.next_seq == 2
    assert second.take_known(b"something else") is False


def test_a_message_that_nobody_got_is_lost_to_who_got_a_later_one() -> None:
    reader = Follower(room())
    meet(reader, 1, 2, 5)

    assert reader.lost == 2
    assert reader.delivered == 3


def test_a_message_that_another_reader_has_is_lost_to_who_never_got_it() -> None:
    stream = room()
    first, second = Follower(stream), Follower(stream)
    meet(first, 1, 2, 3)
    meet(second, 1)

    assert (first.lost, second.lost) == (0, 2)


def test_a_message_that_comes_late_is_out_of_order_and_not_lost() -> None:
    reader = Follower(room())
    meet(reader, 1, 3, 2, 4)

    assert (reader.out_of_order, reader.lost, reader.repeated) == (1, 0, 0)


def test_a_message_that_comes_twice_is_repeated() -> None:
    reader = Follower(room())
    meet(reader, 1, 2, 2, 1)

    assert (reader.repeated, reader.out_of_order, reader.delivered) == (2, 0, 2)


def test_nobody_steps_over_a_hole_unseen() -> None:
    stream = room()
    first, second = Follower(stream), Follower(stream)
    meet(first, 1, 2)
    second.rejoin()
    second.follow(frame(1) + frame(2), NOW_NS)
    meet(first, 5)

    assert second.position == NOT_FOLLOWING
    meet(second, 5)
    assert second.lost == 2


def test_counting_begins_at_the_rooms_number() -> None:
    reader = Follower(room(last_seq=41))
    meet(reader, 42)

    assert (reader.delivered, reader.lost) == (1, 0)


def test_the_stream_forgets_and_who_is_that_far_behind_parses() -> None:
    stream = room(keep_bytes=200)
    first, slow = Follower(stream), Follower(stream)
    slow.rejoin()
    meet(first, *range(1, 200))

    assert slow.position == NOT_FOLLOWING
    meet(slow, *range(1, 200))
    assert (slow.delivered, slow.lost, slow.repeated) == (199, 0, 0)


def test_who_has_parsed_up_to_the_window_follows_again() -> None:
    stream = room(keep_bytes=200)
    first, slow = Follower(stream), Follower(stream)
    meet(first, *range(1, 100))
    meet(slow, *range(1, 99))
    slow.rejoin()

    assert slow.follow(frame(99), NOW_NS)
    assert slow.delivered == 99


def test_every_latency_is_taken_once_whichever_way_a_message_came() -> None:
    stream = room()
    first, second = Follower(stream), Follower(stream)
    meet(first, 1, 2)
    meet(second, 1)
    second.rejoin()
    second.follow(frame(2), NOW_NS)

    latency = stream.measure.latency
    assert latency.total == 4
    assert latency.highest == NOW_NS - SENT_NS


def test_only_sampled_messages_of_the_measured_time_are_timed() -> None:
    stream = room(every=4)
    reader = Follower(stream)
    stream.measure.begin_ns = SENT_NS + 1
    meet(reader, *range(1, 9))
    stream.measure.begin_ns = SENT_NS
    meet(reader, *range(9, 17))

    assert stream.measure.latency.total == 2  # 12 and 16


@pytest.mark.parametrize("seed", range(20))
def test_any_cutting_of_the_bytes_gives_the_same_count(seed: int) -> None:
    chance = random.Random(seed)
    stream = room(keep_bytes=500, every=3)
    first, second = Follower(stream), Follower(stream)
    for seq in range(1, 300):
        meet(first, seq)
        if second.position == NOT_FOLLOWING:
            meet(second, *range(second.next_seq, seq + 1))
            second.rejoin()
        elif chance.random() < 0.7:
            whole = b"".join(frame(n) for n in range(second.next_seq, seq + 1))
            rest = whole[len(stream.begun(second.position)) :]
            assert second.follow(rest[: chance.randrange(len(rest) + 1)], NOW_NS)
    if second.position != NOT_FOLLOWING:
        second.leave()
    meet(second, *range(second.next_seq, 300))

    assert second.delivered == first.delivered == 299
    assert second.lost == second.repeated == second.out_of_order == 0
    assert stream.measure.latency.total == 2 * 99


def test_a_histogram_knows_small_values_exactly() -> None:
    histogram = Histogram()
    for value in range(101):
        histogram.record(value)

    assert histogram.percentile(50) == 50
    assert histogram.percentile(99) == 99
    assert histogram.highest == 100


@pytest.mark.parametrize("value", [300, 12_345, 7_000_001, 10**9 + 7, 2**62])
def test_a_histogram_knows_large_values_to_one_percent(value: int) -> None:
    histogram = Histogram()
    histogram.record(value)
    histogram.record(2**63 - 1)

    assert value <= histogram.percentile(50) <= value * 1.01


def test_a_histogram_without_values_says_nothing() -> None:
    assert Histogram().percentile(99) == 0
