"""What comes in compressed is inflated as it arrives, within a bound."""

from __future__ import annotations

import itertools
import random
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.gateway.deflate import TAIL
from causerie.gateway.framing import BINARY, CONTINUATION, TEXT, ProtocolViolation
from causerie.gateway.inflate import (
    MAX_STREAMS,
    InflatingAssembler,
    Inflation,
    largest_deflated_bytes,
)

LIMIT = 1 << 16
BOMB_BYTES = 30 << 20
HELLO = bytes.fromhex("f248cdc9c90700")  # RFC 7692 §7.2.3.1


def deflated(message: bytes, *, level: int = 6, window_bits: int = 15, memory: int = 8) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, -window_bits, memory)
    whole = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return whole.removesuffix(TAIL)


def inflate(*parts: bytes, limit: int = LIMIT) -> bytes:
    inflation = Inflation(limit)
    pieces = [inflation.add(part, final=False) for part in parts[:-1]]
    return b"".join([*pieces, inflation.add(parts[-1], final=True)])


@pytest.mark.parametrize(
    "parts",
    [
        [HELLO],
        [HELLO[:3], HELLO[3:]],
        [bytes([byte]) for byte in HELLO],
        [b"", HELLO, b""],
        [bytes.fromhex("000500faff48656c6c6f00")],  # §7.2.3.3: without compression
        [bytes.fromhex("f348cdc9c9070000")],  # §7.2.3.4: a last block, and an empty one behind it
        [bytes.fromhex("f348cdc9c90700")],  # the same, the empty one forgotten
        [bytes.fromhex("f248050000 00ffff cac9c90700".replace(" ", ""))],  # §7.2.3.5: two blocks
        [bytes.fromhex("f348cdc9c90700"), b"\x00"],
        [HELLO + TAIL, b""],  # the end was flushed before, and nothing left out of the last part
        [HELLO + TAIL + b"\x00"],
    ],
)
def test_the_examples_of_the_standard_are_read(parts: list[bytes]) -> None:
    assert inflate(*parts) == b"Hello"


@pytest.mark.parametrize("empty", [[b"\x00"], [b"\x02\x00"], [b""], [b"", b"\x00"], [b"\x03\x00"]])
def test_an_empty_message_is_empty(empty: list[bytes]) -> None:
    assert inflate(*empty) == b""


@given(
    st.binary(max_size=400),
    st.integers(1, 100),
    st.integers(0, 9),
    st.integers(9, 15),
    st.integers(1, 9),
    st.lists(st.integers(0, 1000), max_size=4),
)
def test_whatever_a_compressor_makes_is_read(
    part: bytes, times: int, level: int, window_bits: int, memory: int, cuts: list[int]
) -> None:
    message = part * times
    sent = deflated(message, level=level, window_bits=window_bits, memory=memory)
    places = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]

    parts = [sent[start:end] for start, end in itertools.pairwise(places)]

    assert inflate(*parts) == message


def test_several_streams_in_one_message_are_one_after_the_other() -> None:
    stream = bytes.fromhex("f348cdc9c90700")  # "Hello", ended

    assert inflate(stream * 3 + b"\x00") == b"Hello" * 3
    assert inflate(stream * 2, stream, stream + b"\x00") == b"Hello" * 4
    with pytest.raises(ProtocolViolation) as refused:
        inflate(stream * (MAX_STREAMS + 1))
    assert refused.value.close_code == 1007


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff\xff\xff\xff",  # a block of the reserved type
        b"Hello",
        HELLO[:-2],
        deflated(b"what is cut off somewhere in the middle of it" * 9)[:30],
        bytes.fromhex("000500faff48656c"),  # five bytes announced, three there
        bytes.fromhex("000500fafe48656c6c6f00"),  # a length that contradicts itself
        zlib.compress(b"with the header of zlib"),
        b"\x00" * 9,
    ],
)
def test_what_is_not_compressed_as_agreed_is_refused(bad: bytes) -> None:
    with pytest.raises(ProtocolViolation) as refused:
        inflate(bad)
    assert refused.value.close_code == 1007


def test_what_looks_back_further_than_there_was_is_refused() -> None:
    other = zlib.compressobj(6, zlib.DEFLATED, -15)
    first = other.compress(b"some words to look back to") + other.flush(zlib.Z_SYNC_FLUSH)
    second = other.compress(b"some words to look back to") + other.flush(zlib.Z_SYNC_FLUSH)

    assert inflate(first.removesuffix(TAIL)) == b"some words to look back to"
    with pytest.raises(ProtocolViolation) as refused:
        inflate(second.removesuffix(TAIL))
    assert refused.value.close_code == 1007


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT])
def test_a_message_at_the_bound_is_taken(size: int) -> None:
    assert len(inflate(deflated(b"x" * size))) == size


def test_a_message_past_the_bound_is_refused() -> None:
    with pytest.raises(ProtocolViolation) as refused:
        inflate(deflated(b"x" * (LIMIT + 1)))
    assert refused.value.close_code == 1009


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_a_bomb_is_refused_before_it_takes_memory(pieces: int) -> None:
    bomb = deflated(b"\0" * BOMB_BYTES)
    size = len(bomb) // pieces + 1
    parts = [bomb[start : start + size] for start in range(0, len(bomb), size)]

    tracemalloc.start()
    try:
        with pytest.raises(ProtocolViolation) as refused:
            inflate(*parts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert refused.value.close_code == 1009
    assert peak < 1 << 20


@pytest.mark.parametrize(("level", "memory"), [(0, 8), (1, 1), (6, 8), (9, 1)])
def test_noise_at_the_bound_is_no_larger_than_is_let_through(level: int, memory: int) -> None:
    noise = random.Random(3).randbytes(LIMIT)
    sent = deflated(noise, level=level, memory=memory)

    assert len(sent) <= largest_deflated_bytes(LIMIT)
    assert inflate(sent) == noise


def test_bad_text_is_refused_with_the_fragment_that_spoils_it() -> None:
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    part = compressor.compress(b"caf\xff") + compressor.flush(zlib.Z_SYNC_FLUSH)
    assembler = InflatingAssembler(LIMIT)

    with pytest.raises(ProtocolViolation) as refused:
        assembler.add(TEXT, part, fin=False)
    assert refused.value.close_code == 1007


def test_a_message_in_fragments_is_put_together() -> None:
    sent = deflated("été ".encode() * 100)
    assembler = InflatingAssembler(LIMIT)

    parts = [assembler.add(TEXT, sent[:3], fin=False), assembler.add(CONTINUATION, b"", fin=False)]
    whole = assembler.add(CONTINUATION, sent[3:], fin=True)

    assert parts == [None, None]
    assert whole == (TEXT, "été ".encode() * 100)


def test_a_message_inside_another_is_out_of_turn_whatever_it_holds() -> None:
    assembler = InflatingAssembler(LIMIT)
    assembler.add(BINARY, HELLO, fin=False)

    with pytest.raises(ProtocolViolation) as refused:
        assembler.add(TEXT, b"\xff\xff", fin=True)
    assert refused.value.close_code == 1002
