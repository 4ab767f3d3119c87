"""What the readers of a room are owed, and how far each has come: exact at a million deliveries/s.

A server sends the same bytes to everybody in a room. The first reader that gets a message parses it
and adds its bytes to the room's stream; for all others a read that equals the stream at the place
where they stand is proven complete, in order and unrepeated by one ``memcmp``. A read that differs
(an acknowledgement, another event, a fault) is parsed frame by frame, and then the numbers decide.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

HISTOGRAM_PRECISION_BITS = 7  # 128 steps in each power of two: a value is known to 0.8 %.
HISTOGRAM_BUCKETS = 58 << HISTOGRAM_PRECISION_BITS  # up to 2^63 ns
STREAM_BYTES = 64 << 20  # All rooms' streams together; what is older, slow readers must parse.
MIN_ROOM_STREAM_BYTES = 256 << 10  # More than a socket's buffers usually hold for one reader.
NOT_FOLLOWING = -1


class Histogram:
    """Durations in ns, in buckets of 0.8 %, in constant memory."""

    def __init__(self) -> None:
        self._counts = array("Q", bytes(8 * HISTOGRAM_BUCKETS))
        self.total = 0
        self.highest = 0

    def record(self, value: int) -> None:
        """Add one duration; what is negative counts as 0."""
        value = max(value, 0)
        shift = max(value.bit_length() - HISTOGRAM_PRECISION_BITS - 1, 0)
        self._counts[(shift << HISTOGRAM_PRECISION_BITS) + (value >> shift)] += 1
        self.total += 1
        self.highest = max(self.highest, value)

    def percentile(self, percent: float) -> int:
        """The duration in ns that ``percent`` of the values do not exceed; 0 where there is none."""
        wanted = self.total * percent / 100
        seen = 0
        for index, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(self._upper_end(index), self.highest)
        return self.highest

    @staticmethod
    def _upper_end(index: int) -> int:
        # Buckets below 2^(bits + 1) are exact; above, `index` holds the shift and the leading bits.
        shift = max((index >> HISTOGRAM_PRECISION_BITS) - 1, 0)
        leading = index - (shift << HISTOGRAM_PRECISION_BITS)
        return ((leading + 1) << shift) - 1


class Measure:
    """Latencies of the messages sent between two moments (ns of ``perf_counter_ns``)."""

    def __init__(self, *, every: int) -> None:
        self.latency = Histogram()
        self.every = every
        self.begin_ns = 1 << 63
        self.end_ns = 1 << 63

    def covers(self, sent_ns: int) -> bool:
        """Say whether a message sent then belongs to what is measured."""
        return self.begin_ns <= sent_ns < self.end_ns

    def samples(self, seq: int) -> bool:
        """Say whether the message with this number is one whose latency is taken."""
        return seq % self.every == 0


class RoomStream:
    """The latest bytes of one room's messages, in order, and where each ends.

    Offsets count from the room's first byte of the run. ``seqs`` in the window are consecutive: a
    hole in what the first reader gets starts the window anew.
    """

    def __init__(self, name: str, *, last_seq: int, keep_bytes: int, measure: Measure) -> None:
        self.name = name
        self.first_seq = last_seq
        self.last_seq = last_seq
        self.measure = measure
        self.followers: list[Follower] = []
        self._keep_bytes = keep_bytes
        self._data = bytearray()
        self._base = 0  # offset of _data[0]
        self._window_seq = last_seq + 1  # number of the message that ends at _ends[0]
        self._ends: list[int] = []
        self._sample_ends: list[int] = []
        self._sample_stamps: list[int] = []
        self._samples_dropped = 0

    def extend(self, seq: int, framed: bytes, sent_ns: int) -> None:
        """Add the room's next message, as the first reader that got it received it."""
        if seq != self.last_seq + 1:
            self._restart(seq)
        self.last_seq = seq
        self._data += framed
        end = self._base + len(self._data)
        self._ends.append(end)
        if self.measure.samples(seq) and self.measure.covers(sent_ns):
            self._sample_ends.append(end)
            self._sample_stamps.append(sent_ns)
        if len(self._data) > 2 * self._keep_bytes:
            self._trim(self._base + len(self._data) - self._keep_bytes)

    def match(self, position: int, chunk: bytes) -> int:
        """Where a reader stands after ``chunk``, or ``NOT_FOLLOWING`` where it is not the stream."""
        offset = position - self._base
        if len(chunk) > len(self._data) - offset or not self._data.startswith(chunk, offset):
            return NOT_FOLLOWING
        return position + len(chunk)

    def holds(self, seq: int, framed: bytes) -> bool:
        """Say whether the message ``seq`` of the window has exactly these bytes."""
        begin = self.position_before(seq)
        return (
            begin != NOT_FOLLOWING
            and seq <= self.last_seq
            and self._ends[seq - self._window_seq] - begin == len(framed)
            and self._data.startswith(framed, begin - self._base)
        )

    def position_before(self, seq: int) -> int:
        """The offset at which message ``seq`` begins, ``NOT_FOLLOWING`` outside the window."""
        index = seq - self._window_seq
        if index == 0:
            return self._base
        if 0 < index <= len(self._ends):
            return self._ends[index - 1]
        return NOT_FOLLOWING

    def seq_at(self, position: int) -> int:
        """The number of the message that a reader at this offset gets next, or is in the midst of."""
        return self._window_seq + bisect_right(self._ends, position)

    def begun(self, position: int) -> bytes:
        """The bytes before ``position`` of the message that it lies in; empty at a boundary."""
        begin = self.position_before(self.seq_at(position))
        return bytes(self._data[begin - self._base : position - self._base])

    def sample_after(self, position: int) -> int:
        """The number of the first sample that ends after this offset."""
        return self._samples_dropped + bisect_right(self._sample_ends, position)

    def record(self, sample: int, position: int, now_ns: int) -> int:
        """Take the latencies from ``sample`` up to ``position``; returns the next sample's number."""
        index = max(sample - self._samples_dropped, 0)
        ends = self._sample_ends
        while index < len(ends) and ends[index] <= position:
            self.measure.latency.record(now_ns - self._sample_stamps[index])
            index += 1
        return index + self._samples_dropped

    def _restart(self, seq: int) -> None:
        for follower in self.followers:  # Nobody may step over the hole unseen.
            if follower.position != NOT_FOLLOWING:
                follower.fall_behind()
        self._trim(self._base + len(self._data))
        self._window_seq = seq

    def _trim(self, keep_from: int) -> None:
        """Forget the whole messages before an offset; who stands there must parse for himself."""
        dropped = bisect_right(self._ends, keep_from)
        cut = self._ends[dropped - 1] if dropped else self._base
        for follower in self.followers:
            if NOT_FOLLOWING < follower.position < cut:
                follower.fall_behind()
        del self._data[: cut - self._base]
        del self._ends[:dropped]
        self._base = cut
        self._window_seq += dropped
        samples = bisect_left(self._sample_ends, cut + 1)
        del self._sample_ends[:samples], self._sample_stamps[:samples]
        self._samples_dropped += samples


class Follower:
    """One reader's place in its room: at an offset of the stream, or at a number when it parses."""

    def __init__(self, room: RoomStream) -> None:
        self.room = room
        self.position = NOT_FOLLOWING
        self.repeated = 0
        self.out_of_order = 0
        self._next_seq = room.first_seq + 1
        self._missing: set[int] = set()
        self._sample = 0
        room.followers.append(self)

    def follow(self, chunk: bytes, now_ns: int) -> bool:
        """Go on by ``chunk`` where it is the stream's; else nothing has happened."""
        position = self.room.match(self.position, chunk)
        if position == NOT_FOLLOWING:
            return False
        self.position = position
        self._sample = self.room.record(self._sample, position, now_ns)
        return True

    def leave(self) -> bytes:
        """Stop following, to parse; returns the begun message's bytes, which must be parsed too."""
        begun = self.room.begun(self.position)
        self._next_seq = self.room.seq_at(self.position)
        self.position = NOT_FOLLOWING
        return begun

    def fall_behind(self) -> None:
        """Stop following because the stream forgets the place. Subclasses keep the begun bytes."""
        self.leave()

    def rejoin(self) -> None:
        """Follow the stream again, from a message's boundary, if it still holds the place."""
        self.position = self.room.position_before(self._next_seq)
        if self.position != NOT_FOLLOWING:
            self._sample = self.room.sample_after(self.position)

    def take_known(self, framed: bytes) -> bool:
        """Take a message unparsed where it is the next one, as another reader got it."""
        seq = self._next_seq
        if self.room.measure.samples(seq) or not self.room.holds(seq, framed):
            return False
        self._next_seq = seq + 1
        return True

    def meet(self, seq: int, framed: bytes, sent_ns: int, now_ns: int) -> None:
        """Judge a parsed message by its number, and add it to the stream where it is the first."""
        measure = self.room.measure
        if seq > self.room.last_seq:
            self.room.extend(seq, framed, sent_ns)
        if seq < self._next_seq:
            self._meet_again(seq)
            return
        if seq > self._next_seq:
            self._missing.update(range(self._next_seq, seq))
        self._next_seq = seq + 1
        if measure.samples(seq) and measure.covers(sent_ns):
            measure.latency.record(now_ns - sent_ns)

    def _meet_again(self, seq: int) -> None:
        if seq in self._missing:
            self._missing.discard(seq)
            self.out_of_order += 1
        else:
            self.repeated += 1

    @property
    def next_seq(self) -> int:
        """The number of the message that this reader gets next."""
        if self.position != NOT_FOLLOWING:
            return self.room.seq_at(self.position)
        return self._next_seq

    @property
    def delivered(self) -> int:
        """How many different messages have come."""
        return self.next_seq - self.room.first_seq - 1 - len(self._missing)

    @property
    def lost(self) -> int:
        """How many messages that another reader has, or that lie before one's last, never came."""
        return max(self.room.last_seq + 1 - self.next_seq, 0) + len(self._missing)
