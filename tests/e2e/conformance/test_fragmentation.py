"""Fragmentation (as section 5 of the suites)."""

from __future__ import annotations

import pytest

from tests.e2e.conformance.raw_client import BINARY, CONT, PING, PONG, TEXT, RawClient, frame

CHOPS = [100_000, 1]


@pytest.mark.parametrize("chop", CHOPS)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_two_fragments_make_a_message(socket: RawClient, opcode: int, chop: int) -> None:
    socket.send_chopped(frame(opcode, b"one", fin=False) + frame(CONT, b"two"), chop)

    assert socket.receive() == (opcode, b"onetwo")


@pytest.mark.parametrize("chop", CHOPS)
def test_empty_fragments_are_fragments(socket: RawClient, chop: int) -> None:
    pieces = frame(TEXT, fin=False) + frame(CONT, b"mid", fin=False) + frame(CONT)
    socket.send_chopped(pieces + frame(TEXT, fin=False) + frame(CONT), chop)

    assert socket.receive() == (TEXT, b"mid")
    assert socket.receive() == (TEXT, b"")


@pytest.mark.parametrize("chop", CHOPS)
@pytest.mark.parametrize("fin", [True, False])
def test_a_continuation_of_nothing_is_a_violation(socket: RawClient, fin: bool, chop: int) -> None:
    socket.send_chopped(frame(CONT, b"of nothing", fin=fin) + frame(TEXT, b"late"), chop)

    code, _reason = socket.receive_close()
    assert code == 1002


def test_a_continuation_after_the_end_is_a_violation(socket: RawClient) -> None:
    socket.send(frame(TEXT, b"a", fin=False) + frame(CONT, b"b") + frame(CONT, b"c", fin=False))

    assert socket.receive() == (TEXT, b"ab")
    code, _reason = socket.receive_close()
    assert code == 1002


@pytest.mark.parametrize("chop", CHOPS)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_inside_another_is_a_violation(socket: RawClient, opcode: int, chop: int) -> None:
    socket.send_chopped(frame(TEXT, b"begun", fin=False) + frame(opcode, b"another"), chop)

    code, _reason = socket.receive_close()
    assert code == 1002


def test_two_messages_in_fragments_with_pings_between(socket: RawClient) -> None:
    for number in (b"1", b"2"):
        socket.send(frame(TEXT, b"fragment", fin=False) + frame(PING, number))
        socket.send(frame(CONT, number, fin=False) + frame(PONG) + frame(CONT, b"!"))

        assert socket.receive() == (PONG, number)
        assert socket.receive() == (TEXT, b"fragment" + number + b"!")
