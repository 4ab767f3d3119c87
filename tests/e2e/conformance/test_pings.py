"""Pings and pongs (as section 2 of the suites)."""

from __future__ import annotations

import pytest

from tests.e2e.conformance.raw_client import CONT, PING, PONG, TEXT, RawClient, frame


@pytest.mark.parametrize("payload", [b"", b"Hello", b"\x00\xff\xfe\xfd", b"\xfe" * 125])
def test_a_ping_is_answered_with_its_payload(socket: RawClient, payload: bytes) -> None:
    socket.send(frame(PING, payload))

    assert socket.receive() == (PONG, payload)


def test_a_chopped_ping_is_answered(socket: RawClient) -> None:
    socket.send_chopped(frame(PING, b"\xfe" * 125), 1)

    assert socket.receive() == (PONG, b"\xfe" * 125)


@pytest.mark.parametrize("opcode", [PING, PONG])
def test_a_control_frame_over_125_bytes_is_a_violation(socket: RawClient, opcode: int) -> None:
    socket.send(frame(opcode, b"x" * 126))

    code, _reason = socket.receive_close()
    assert code == 1002


def test_an_unsolicited_pong_is_passed_over(socket: RawClient) -> None:
    socket.send(frame(PONG) + frame(PONG, b"unasked") + frame(PING, b"asked"))

    assert socket.receive() == (PONG, b"asked")


@pytest.mark.parametrize("chop", [100_000, 1])
def test_ten_pings_are_answered_in_order(socket: RawClient, chop: int) -> None:
    payloads = [b"payload-%d" % i for i in range(10)]

    socket.send_chopped(b"".join(frame(PING, payload) for payload in payloads), chop)

    assert [socket.receive() for _ in payloads] == [(PONG, payload) for payload in payloads]


@pytest.mark.parametrize("opcode", [PING, PONG])
def test_a_control_frame_in_fragments_is_a_violation(socket: RawClient, opcode: int) -> None:
    socket.send(frame(opcode, b"x", fin=False) + frame(CONT, b"y"))

    code, _reason = socket.receive_close()
    assert code == 1002


def test_pings_between_fragments_are_answered_at_once(socket: RawClient) -> None:
    socket.send(frame(TEXT, b"frag", fin=False) + frame(PING, b"1"))
    assert socket.receive() == (PONG, b"1")
    socket.send(frame(CONT, b"men", fin=False) + frame(PING, b"2") + frame(CONT, b"ts"))

    assert socket.receive() == (PONG, b"2")
    assert socket.receive() == (TEXT, b"fragments")
