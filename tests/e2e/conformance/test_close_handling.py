"""The closing handshake (as section 7 of the suites)."""

from __future__ import annotations

import time

import pytest

from tests.e2e.conformance.raw_client import (
    CLOSE,
    CONT,
    PING,
    TEXT,
    RawClient,
    close_payload,
    frame,
)
from tests.e2e.conformance.server_process import ServerProcess
from tests.measures import measured

VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]
VALID_CODES += [3000, 3999, 4000, 4999]
INVALID_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


def test_messages_and_pings_before_the_close_are_answered(socket: RawClient) -> None:
    socket.send(frame(TEXT, b"Hello") + frame(CLOSE, close_payload(1000)))

    assert socket.receive() == (TEXT, b"Hello")
    assert socket.receive_close() == (1000, b"")


@pytest.mark.parametrize(
    "late",
    [
        frame(CLOSE, close_payload(1000)),
        frame(PING, b"late"),
        frame(TEXT, b"late"),
        frame(15),
        frame(CONT, b"late"),
        b"no frame at all",
        frame(TEXT, b"x" * 65536) * 4,
    ],
)
def test_what_comes_after_a_close_is_passed_over(socket: RawClient, late: bytes) -> None:
    socket.send(frame(CLOSE, close_payload(1000)) + late)

    assert socket.receive_close() == (1000, b"")


def test_a_close_between_fragments_ends_the_message(socket: RawClient) -> None:
    socket.send(frame(TEXT, b"half", fin=False) + frame(CLOSE, close_payload(1000)))
    socket.send(frame(CONT, b"late"))

    assert socket.receive_close() == (1000, b"")


def test_an_empty_close_is_answered_with_an_empty_one(socket: RawClient) -> None:
    socket.send(frame(CLOSE))

    assert socket.receive_close() == (None, b"")


@pytest.mark.parametrize("code", VALID_CODES)
@pytest.mark.parametrize("reason", [b"", b"Hello World!", b"*" * 123])
def test_a_valid_close_is_answered_with_its_code(
    socket: RawClient, code: int, reason: bytes
) -> None:
    socket.send(frame(CLOSE, close_payload(code, reason)))

    assert socket.receive_close() == (code, b"")


@pytest.mark.parametrize("code", INVALID_CODES)
@pytest.mark.parametrize("reason", [b"", b"why"])
def test_an_invalid_close_code_is_a_violation(socket: RawClient, code: int, reason: bytes) -> None:
    socket.send(frame(CLOSE, close_payload(code, reason)))

    answered, _reason = socket.receive_close()
    assert answered == 1002


def test_half_a_close_code_is_a_violation(socket: RawClient) -> None:
    socket.send(frame(CLOSE, b"\x03"))

    code, _reason = socket.receive_close()
    assert code == 1002


def test_a_close_over_125_bytes_is_a_violation(socket: RawClient) -> None:
    socket.send(frame(CLOSE, close_payload(1000, b"*" * 124)))

    code, _reason = socket.receive_close()
    assert code == 1002


@pytest.mark.parametrize("reason", [b"\xff", b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80edited"])
def test_a_reason_that_is_not_utf8_is_refused(socket: RawClient, reason: bytes) -> None:
    socket.send(frame(CLOSE, close_payload(1000, reason)))

    code, _reason = socket.receive_close()
    assert code == 1007


def test_a_chopped_close_is_answered(socket: RawClient) -> None:
    socket.send_chopped(frame(CLOSE, close_payload(1000, b"bye")), 1)

    assert socket.receive_close() == (1000, b"")


# --- closed by the server ----------------------------------------------------------------------


@pytest.fixture
def ill(echo_server: ServerProcess, bystander: RawClient) -> RawClient:
    client = RawClient(echo_server.address)
    client.upgrade("/ws/ills")
    return client


def test_the_servers_close_is_a_handshake_too(ill: RawClient) -> None:
    with ill:
        ill.send(frame(TEXT, b"4401") + frame(TEXT, b"passed over") + frame(PING, b"too"))
        assert ill.receive() == (CLOSE, close_payload(4401, b"as asked"))
        ill.send(frame(TEXT, b"passed over, too") + frame(CLOSE, close_payload(4401)))

        ill.expect_end()


def test_who_does_not_answer_the_servers_close_is_cut_off_after_three_seconds(
    echo_server: ServerProcess, bystander: RawClient
) -> None:
    def talk_on() -> float:
        with RawClient(echo_server.address) as ill:
            ill.upgrade("/ws/ills")
            began = time.monotonic()
            ill.send(frame(TEXT, b"1000"))
            assert ill.receive() == (CLOSE, close_payload(1000, b"as asked"))
            while not ill.is_over(within_seconds=0.05):
                ill.send(frame(TEXT, b"talks on"))
            return time.monotonic() - began

    assert 2.5 < measured(talk_on, holds=lambda seconds: seconds < 4.5) < 4.5


def test_a_failing_handler_ends_its_own_socket_with_1011(ill: RawClient) -> None:
    with ill:
        ill.send(frame(TEXT, b"raise") + frame(TEXT, b"4000"))

        code, _reason = ill.receive_close()
        assert code == 1011


def test_an_abort_ends_the_connection_without_a_word(ill: RawClient) -> None:
    with ill:
        ill.send(frame(TEXT, b"abort"))

        ill.expect_end()


# --- what the receiver hears ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_words", "code"),
    [
        (frame(CLOSE, close_payload(4321)), 4321),
        (frame(CLOSE), 1005),
        (frame(TEXT, b"\xff"), 1007),
        (frame(3), 1002),
        (frame(TEXT, b"x")[:-1], 1006),  # and then the end of the connection
    ],
)
def test_the_receiver_hears_once_how_it_ended(last_words: bytes, code: int) -> None:
    # On a server of its own, since others' codes would stand between.
    from tests.e2e.conformance.server_process import running_server

    with running_server() as server:
        with RawClient(server.address) as client:
            client.upgrade()
            client.send(last_words)
            if code != 1006:
                client.receive_close()

        deadline = time.monotonic() + 30
        while (heard := _closed(server)) == b"[]" and time.monotonic() < deadline:
            time.sleep(0.01)

        assert heard == b"[%d]" % code


def _closed(server: ServerProcess) -> bytes:
    with RawClient(server.address) as client:
        client.send(b"GET /closed HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        client.read_head()
        return client.read_to_end()
