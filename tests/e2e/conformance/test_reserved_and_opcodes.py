"""Reserved bits and opcodes (as sections 3 and 4 of the suites)."""

from __future__ import annotations

import pytest

from tests.e2e.conformance.raw_client import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    RawClient,
    close_payload,
    frame,
)

RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]


@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, PONG, CLOSE])
@pytest.mark.parametrize("rsv", range(1, 8))
def test_reserved_bits_are_a_violation(socket: RawClient, opcode: int, rsv: int) -> None:
    payload = close_payload(1000) if opcode == CLOSE else b"Hello"

    socket.send(frame(opcode, payload, rsv=rsv))

    code, _reason = socket.receive_close()
    assert code == 1002


@pytest.mark.parametrize("chop", [100_000, 1])
@pytest.mark.parametrize("bad", [frame(TEXT, b"bad", rsv=4), frame(5, b"bad"), frame(15)])
def test_what_came_before_the_violation_is_answered_and_nothing_after(
    socket: RawClient, bad: bytes, chop: int
) -> None:
    socket.send_chopped(frame(TEXT, b"good") + bad + frame(PING, b"late"), chop)

    assert socket.receive() == (TEXT, b"good")
    code, _reason = socket.receive_close()
    assert code == 1002


@pytest.mark.parametrize("payload", [b"", b"reserved"])
@pytest.mark.parametrize("opcode", RESERVED_OPCODES)
def test_a_reserved_opcode_is_a_violation(socket: RawClient, opcode: int, payload: bytes) -> None:
    socket.send(frame(opcode, payload))

    code, _reason = socket.receive_close()
    assert code == 1002


def test_reserved_bits_in_a_continuation_are_a_violation(socket: RawClient) -> None:
    socket.send(frame(TEXT, b"a", fin=False) + frame(CONT, b"b", rsv=4))

    code, _reason = socket.receive_close()
    assert code == 1002


def test_an_unknown_extension_is_not_taken_up(socket: RawClient) -> None:
    with RawClient(socket.sock.getpeername()) as client:
        head = client.upgrade(extra="Sec-WebSocket-Extensions: x-webkit-deflate-frame, mux\r\n")

        assert b"extensions" not in head.lower()
