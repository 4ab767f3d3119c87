"""Frames as RFC 6455 writes them, and fragments put together as it says."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.gateway import framing
from causerie.gateway.framing import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Assembler,
    ProtocolViolation,
    binary_frame,
    close_frame,
    is_close_code_valid,
    ping_frame,
    pong_frame,
    read_close,
    require_lawful_frame,
    require_text,
    text_frame,
)

BAD_UTF8 = [
    b"\x80",
    b"\xc0\xaf",  # overlong
    b"\xed\xa0\x80",  # a surrogate
    b"\xf4\x90\x80\x80",  # past U+10FFFF
    b"\xf8\x88\x80\x80\x80",  # five bytes
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    b"\xe2\x82",  # cut off
]


def violation_code(assembler: Assembler, opcode: int, payload: bytes, *, fin: bool) -> int:
    with pytest.raises(ProtocolViolation) as caught:
        assembler.add(opcode, payload, fin=fin)
    return caught.value.close_code


def outcome(assembler: Assembler, opcode: int, payload: bytes, *, fin: bool) -> int | None:
    try:
        assembler.add(opcode, payload, fin=fin)
    except ProtocolViolation as violation:
        return violation.close_code
    return None


def is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- frames to send --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, b"\x81\x00"),
        (5, b"\x81\x05"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (127, b"\x81\x7e\x00\x7f"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_frame_has_the_shortest_length_that_fits(length: int, head: bytes) -> None:
    payload = b"x" * length

    assert text_frame(payload) == head + payload
    assert binary_frame(payload) == b"\x82" + head[1:] + payload


def test_control_frames_are_written_as_in_the_rfc() -> None:
    assert ping_frame(b"Hello") == b"\x89\x05Hello"
    assert pong_frame(b"Hello") == b"\x8a\x05Hello"
    assert close_frame(1000) == b"\x88\x02\x03\xe8"
    assert close_frame(1012, "back soon") == b"\x88\x0b\x03\xf4back soon"
    assert close_frame(framing.NO_STATUS) == b"\x88\x00"


def test_a_control_frame_over_125_bytes_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="125"):
        ping_frame(b"x" * 126)


def test_a_long_reason_is_cut_at_a_character() -> None:
    framed = close_frame(1008, "é" * 100)

    assert len(framed) == 2 + 2 + 122
    assert framed[4:].decode() == "é" * 61


@pytest.mark.parametrize("code", [0, 999, 1004, 1006, 1015, 1016, 2999, 5000])
def test_a_close_code_that_may_not_be_sent_cannot_be_built(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        close_frame(code)


# --- close frames received -------------------------------------------------------------------


def test_close_codes_are_valid_as_the_registry_says() -> None:
    registered = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}

    valid = {code for code in range(65536) if is_close_code_valid(code)}

    assert valid == registered | set(range(3000, 5000))


def test_a_close_is_read_with_its_reason() -> None:
    assert read_close(b"") == (framing.NO_STATUS, "")
    assert read_close(b"\x03\xe8") == (1000, "")
    assert read_close(b"\x0f\xa0bye \xe2\x82\xac") == (4000, "bye €")


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"\x03", 1002), (b"\x03\xec", 1002), (b"\xff\xff", 1002), (b"\x03\xe8\xff", 1007)],
)
def test_a_close_that_is_wrong_is_a_violation(payload: bytes, code: int) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        read_close(payload)

    assert caught.value.close_code == code


# --- what one frame may be -------------------------------------------------------------------


@pytest.mark.parametrize("opcode", [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG])
def test_the_six_opcodes_are_lawful(opcode: int) -> None:
    require_lawful_frame(opcode, fin=True, rsv=False, length=125)


@pytest.mark.parametrize(
    ("opcode", "fin", "rsv", "length"),
    [
        *[(opcode, True, False, 0) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
        (TEXT, True, True, 0),
        (PING, True, True, 0),
        (PING, False, False, 0),
        (CLOSE, False, False, 0),
        (PONG, True, False, 126),
    ],
)
def test_other_frames_are_violations(opcode: int, fin: bool, rsv: bool, length: int) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        require_lawful_frame(opcode, fin=fin, rsv=rsv, length=length)

    assert caught.value.close_code == 1002


@pytest.mark.parametrize("payload", BAD_UTF8)
def test_a_whole_text_that_is_not_utf8_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        require_text(payload)

    assert caught.value.close_code == 1007


# --- fragments -------------------------------------------------------------------------------


@given(st.text(max_size=200), st.data())
def test_a_text_cut_anywhere_comes_out_whole(text: str, data: st.DataObject) -> None:
    payload = text.encode()
    cuts = data.draw(st.lists(st.integers(0, len(payload)), max_size=20).map(sorted))
    edges = [0, *cuts, len(payload)]
    pieces = [payload[a:b] for a, b in itertools.pairwise(edges)]
    assembler = Assembler(max_message_bytes=1000)

    out = [
        assembler.add(TEXT if index == 0 else CONTINUATION, piece, fin=index == len(pieces) - 1)
        for index, piece in enumerate(pieces)
    ]

    assert out == [None] * (len(pieces) - 1) + [(TEXT, payload)]
    assert assembler.is_idle


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=8).map(sorted))
def test_fragmented_text_is_accepted_exactly_where_it_is_utf8(
    payload: bytes, cuts: list[int]
) -> None:
    edges = [0, *(min(cut, len(payload)) for cut in cuts), len(payload)]
    pieces = [payload[a:b] for a, b in itertools.pairwise(edges)]
    assembler = Assembler(max_message_bytes=1000)
    verdict = None

    for index, piece in enumerate(pieces):
        opcode = TEXT if index == 0 else CONTINUATION
        verdict = verdict or outcome(assembler, opcode, piece, fin=index == len(pieces) - 1)

    assert verdict == (None if is_utf8(payload) else 1007)


def test_bad_text_is_refused_with_the_fragment_that_spoils_it() -> None:
    assembler = Assembler(max_message_bytes=1000)
    assembler.add(TEXT, b"fine \xce", fin=False)

    assert violation_code(assembler, CONTINUATION, b"x", fin=False) == 1007


def test_a_character_cut_off_by_the_end_is_refused() -> None:
    assembler = Assembler(max_message_bytes=1000)
    assembler.add(TEXT, b"\xe2\x82", fin=False)

    assert violation_code(assembler, CONTINUATION, b"", fin=True) == 1007


def test_binary_may_hold_any_bytes() -> None:
    assembler = Assembler(max_message_bytes=1000)

    assert assembler.add(BINARY, b"\xff\xfe", fin=False) is None
    assert assembler.add(CONTINUATION, b"\x80", fin=True) == (BINARY, b"\xff\xfe\x80")


def test_a_continuation_of_nothing_is_a_violation() -> None:
    assert violation_code(Assembler(1000), CONTINUATION, b"x", fin=True) == 1002


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_inside_another_is_a_violation(opcode: int) -> None:
    assembler = Assembler(max_message_bytes=1000)
    assembler.add(TEXT, b"begun", fin=False)

    assert violation_code(assembler, opcode, b"x", fin=True) == 1002


def test_a_continuation_after_the_end_is_a_violation() -> None:
    assembler = Assembler(max_message_bytes=1000)
    assembler.add(TEXT, b"a", fin=False)
    assembler.add(CONTINUATION, b"b", fin=True)

    assert violation_code(assembler, CONTINUATION, b"c", fin=True) == 1002


def test_a_message_may_be_as_large_as_the_bound_and_no_larger() -> None:
    assembler = Assembler(max_message_bytes=10)
    assembler.add(BINARY, b"12345", fin=False)

    assert assembler.add(CONTINUATION, b"67890", fin=True) == (BINARY, b"1234567890")
    assembler.add(BINARY, b"1234567890", fin=False)
    assert violation_code(assembler, CONTINUATION, b"1", fin=False) == 1009


def test_endless_empty_fragments_gather_nothing() -> None:
    assembler = Assembler(max_message_bytes=10)
    assembler.add(TEXT, b"", fin=False)

    for _ in range(1000):
        assert assembler.add(CONTINUATION, b"", fin=False) is None
    assert assembler.add(CONTINUATION, b"x", fin=True) == (TEXT, b"x")
