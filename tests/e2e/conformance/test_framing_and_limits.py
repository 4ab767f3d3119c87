"""Frames of all sizes and forms, echoed by a real server (as sections 1, 9 and 10 of the suites)."""

from __future__ import annotations

import pytest

from tests.e2e.conformance.raw_client import BINARY, CLOSE, CONT, PING, PONG, TEXT, RawClient, frame
from tests.e2e.conformance.server_process import MAX_MESSAGE_BYTES, ServerProcess

SIZES = [0, 1, 125, 126, 127, 128, 65535, 65536, MAX_MESSAGE_BYTES - 1, MAX_MESSAGE_BYTES]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", SIZES)
def test_a_message_of_any_size_comes_back(socket: RawClient, opcode: int, size: int) -> None:
    payload = b"*" * size if opcode == TEXT else b"\xfe" * size

    socket.send(frame(opcode, payload))

    assert socket.receive() == (opcode, payload)


@pytest.mark.parametrize("chop", [1, 7, 997])
@pytest.mark.parametrize("size", [0, 125, 126, 1500, 3000])
def test_a_frame_chopped_into_many_writes_comes_back(
    socket: RawClient, size: int, chop: int
) -> None:
    payload = bytes(i % 251 for i in range(size))

    socket.send_chopped(frame(BINARY, payload), chop)

    assert socket.receive() == (BINARY, payload)


@pytest.mark.parametrize("chop", [997, 4096])
def test_the_largest_frame_chopped_comes_back(socket: RawClient, chop: int) -> None:
    payload = b"*" * MAX_MESSAGE_BYTES

    socket.send_chopped(frame(TEXT, payload), chop)

    assert socket.receive() == (TEXT, payload)


@pytest.mark.parametrize("fragment", [64, 1024, 65536])
def test_the_largest_message_in_fragments_comes_back(socket: RawClient, fragment: int) -> None:
    payload = b"*" * MAX_MESSAGE_BYTES

    for start in range(0, len(payload), fragment):
        last = start + fragment >= len(payload)
        opcode = CONT if start else TEXT
        socket.send(frame(opcode, payload[start : start + fragment], fin=last))

    assert socket.receive() == (TEXT, payload)


def test_many_messages_come_back_in_order(socket: RawClient) -> None:
    for batch in range(20):
        sent = [b"%d" % i for i in range(batch * 100, batch * 100 + 100)]
        socket.send(b"".join(frame(TEXT, payload) for payload in sent))

        assert [socket.receive() for _ in sent] == [(TEXT, payload) for payload in sent]


def test_bytes_sent_right_behind_the_upgrade_request_are_not_lost(
    echo_server: ServerProcess,
) -> None:
    sent = [b"x" * 10_000, b"second"]
    with RawClient(echo_server.address) as client:
        client.upgrade(
            "/ws/echo?wait=0.2", behind=b"".join(frame(TEXT, payload) for payload in sent)
        )

        assert [client.receive() for _ in sent] == [(TEXT, payload) for payload in sent]


# --- limits ----------------------------------------------------------------------------------


def test_a_frame_over_the_bound_is_refused_by_its_head_alone(socket: RawClient) -> None:
    socket.send(frame(TEXT, b"*" * (MAX_MESSAGE_BYTES + 1))[:14])

    code, _reason = socket.receive_close()
    assert code == 1009


def test_the_code_arrives_though_the_client_goes_on_sending(socket: RawClient) -> None:
    socket.send(frame(BINARY, b"*" * (MAX_MESSAGE_BYTES + 1)))
    socket.send(b"*" * 1_000_000)

    code, _reason = socket.receive_close()
    assert code == 1009


def test_a_message_over_the_bound_is_refused_while_it_is_put_together(socket: RawClient) -> None:
    half = b"*" * (MAX_MESSAGE_BYTES // 2)
    socket.send(frame(TEXT, half, fin=False) + frame(CONT, half, fin=False))
    socket.send(frame(CONT, b"*", fin=False))

    code, _reason = socket.receive_close()
    assert code == 1009


def test_endless_tiny_fragments_are_refused_at_the_bound(socket: RawClient) -> None:
    socket.send(frame(TEXT, fin=False))
    tiny = frame(CONT, b"ab", fin=False) * 1024
    for _ in range(MAX_MESSAGE_BYTES // 2048):
        socket.send(tiny)
    socket.send(frame(PING, b"at the bound"))
    assert socket.receive() == (PONG, b"at the bound")
    socket.send(tiny)

    code, _reason = socket.receive_close()
    assert code == 1009


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"x" * 100, length_form=16),
        frame(TEXT, b"x" * 100, length_form=64),
        frame(TEXT, b"x" * 1000, length_form=64),
        b"\x82\xff" + b"\xff" * 8 + b"\x00" * 4,
    ],
)
def test_a_length_not_in_its_shortest_form_is_a_violation(socket: RawClient, data: bytes) -> None:
    socket.send(data)

    code, _reason = socket.receive_close()
    assert code == 1002


@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
def test_an_unmasked_frame_is_a_violation(socket: RawClient, opcode: int) -> None:
    socket.send(frame(opcode, mask=None))

    code, _reason = socket.receive_close()
    assert code == 1002


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x00\x01\x80\xff"])
def test_any_mask_is_taken_off(socket: RawClient, mask: bytes) -> None:
    payload = bytes(range(256)) * 3

    socket.send(frame(BINARY, payload, mask=mask))

    assert socket.receive() == (BINARY, payload)


def test_who_sends_and_never_reads_makes_the_server_hold_little(
    echo_server: ServerProcess, bystander: RawClient
) -> None:
    before = echo_server.resident_bytes()
    with RawClient(echo_server.address, timeout=1.0) as deaf:
        deaf.upgrade()

        # The server reads no more: its answers are not read.
        deaf.send_until_stuck(frame(BINARY, b"x" * 65536), at_most=64 << 20)

        assert echo_server.resident_bytes() - before < 4 << 20


def test_who_sends_pings_and_never_reads_makes_the_server_hold_little(
    echo_server: ServerProcess, bystander: RawClient
) -> None:
    before = echo_server.resident_bytes()
    with RawClient(echo_server.address) as deaf:
        deaf.upgrade()
        pings = frame(PING, b"x" * 125) * 1000
        for _ in range(200):
            deaf.send(pings)

        assert echo_server.resident_bytes() - before < 4 << 20
