"""HTTP on the one port: what uvicorn leaves unbounded is bounded, and ordinary requests work."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from causerie.gateway.http_protocol import MAX_HEAD_BYTES, MAX_PIPELINED
from causerie.gateway.precautions import precaution_lines
from tests.e2e.conformance.raw_client import RawClient
from tests.e2e.conformance.server_process import ServerProcess, running_server
from tests.measures import measured

# Longer than any machine stands still; and the least that a test can still be in time for after it did.
PATIENT_SECONDS = 60.0
BRIEF_SECONDS = 2
SLACK_SECONDS = 2.0
GET = b"GET / HTTP/1.1\r\nhost: a\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server(connection_timeout=PATIENT_SECONDS) as server:
        yield server


@pytest.fixture
def client(server: ServerProcess) -> Iterator[RawClient]:
    with RawClient(server.address) as client:
        yield client


def status(head: bytes) -> int:
    return int(head.split()[1])


def problem(client: RawClient) -> tuple[int, str]:
    """Read a problem document that ends the connection: its status and code."""
    head = client.read_head()
    document = json.loads(client.read_to_end())
    assert b"application/problem+json" in head
    assert set(precaution_lines(is_production=False)) <= set(head.split(b"\r\n"))
    assert document["status"] == status(head)
    return status(head), document["code"]


# --- ordinary requests -----------------------------------------------------------------------


def test_requests_are_answered_on_a_kept_connection(client: RawClient) -> None:
    for _ in range(3):
        client.send(GET + b"\r\n")
        head = client.read_head()

        assert status(head) == 200
        assert b"\r\ndate: " in head
        assert b"server:" not in head
        assert client.read_exactly(1) == b"0"


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n"]
)
def test_a_request_that_does_not_name_one_host_is_refused(client: RawClient, head: bytes) -> None:
    client.send(GET + b"\r\n")  # What this one names is not the next one's.
    client.read_head()
    client.read_exactly(1)
    client.send(head + b"\r\n")

    assert problem(client) == (400, "invalid")


def test_http_1_0_needs_no_host(client: RawClient) -> None:
    client.send(b"GET / HTTP/1.0\r\n\r\n")

    assert status(client.read_head()) == 200


def test_a_large_body_is_taken(client: RawClient) -> None:
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n")
    client.send_chopped(b"x" * 1_000_000, 50_000)

    assert status(client.read_head()) == 200
    assert client.read_exactly(7) == b"1000000"


def test_a_chunked_body_is_taken(client: RawClient) -> None:
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
    client.send(b"5\r\nhello\r\n0\r\n\r\n")

    client.read_head()
    assert client.read_exactly(1) == b"5"


def test_requests_may_be_sent_ahead(client: RawClient) -> None:
    client.send((GET + b"\r\n") * 3)

    for _ in range(3):
        assert status(client.read_head()) == 200
        client.read_exactly(1)


def test_an_upgrade_to_something_else_is_passed_over(client: RawClient) -> None:
    client.send(GET + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n")

    assert status(client.read_head()) == 200


# --- bounds on bytes -------------------------------------------------------------------------


def test_a_head_just_within_the_bound_is_answered(client: RawClient) -> None:
    client.send(GET + b"x: " + b"y" * (MAX_HEAD_BYTES - 200) + b"\r\n\r\n")

    assert status(client.read_head()) == 200


@pytest.mark.parametrize(
    "head",
    [
        GET + b"x: " + b"y" * MAX_HEAD_BYTES + b"\r\n\r\n",
        GET + b"x: y\r\n" * (MAX_HEAD_BYTES // 6) + b"\r\n",
        b"GET /" + b"y" * MAX_HEAD_BYTES + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    ],
    ids=["one header", "many headers", "the target"],
)
@pytest.mark.parametrize("chop", [1_000_000, 1000])
def test_a_head_over_the_bound_is_refused(client: RawClient, head: bytes, chop: int) -> None:
    client.send_chopped(head, chop)

    assert problem(client) == (431, "too_large")


def test_a_head_without_end_is_refused_and_not_kept(
    server: ServerProcess, client: RawClient
) -> None:
    before = server.resident_bytes()
    client.send(GET + b"x: ")

    with contextlib.suppress(ConnectionError):  # It may end while more is being sent.
        while not client.is_over(within_seconds=0.5):
            client.send(b"y" * 1_000_000)

    assert server.resident_bytes() - before < 4 << 20


def test_the_refusal_arrives_though_the_client_goes_on_sending(client: RawClient) -> None:
    client.send(GET + b"x: " + b"y" * 2_000_000)

    assert problem(client) == (431, "too_large")


def test_a_head_over_the_bound_behind_another_request_is_refused(client: RawClient) -> None:
    client.send(GET + b"\r\n")
    client.read_head()
    client.read_exactly(1)
    client.send(GET + b"x: " + b"y" * MAX_HEAD_BYTES)

    assert problem(client) == (431, "too_large")


def test_requests_sent_ahead_without_end_are_refused(client: RawClient) -> None:
    client.send((GET + b"\r\n") * (MAX_PIPELINED + 2))
    answered = [
        (status(client.read_head()), client.read_exactly(1)) for _ in range(MAX_PIPELINED + 1)
    ]

    assert set(answered) == {(200, b"0")}
    assert problem(client) == (429, "rate_limited")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"HELO there\r\n\r\n", id="no request"),
        pytest.param(GET + b"host: b\r\n\r\n", id="two hosts"),
        pytest.param(GET + b"x: " + b"y" * MAX_HEAD_BYTES + b"\r\n\r\n", id="too large"),
        pytest.param(GET + b"transfer-encoding: chunked\r\n\r\nnone", id="a broken body"),
        pytest.param(
            GET + b"connection: upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            id="an upgrade",
        ),
    ],
)
@pytest.mark.parametrize("before", [1, 2])
def test_what_is_refused_is_answered_after_what_was_asked_before(
    client: RawClient, broken: bytes, before: int
) -> None:
    client.send((GET + b"\r\n") * before + broken)
    answered = [(status(client.read_head()), client.read_exactly(1)) for _ in range(before)]

    assert set(answered) == {(200, b"0")}
    assert problem(client)[0] in {400, 431}


def test_a_body_that_breaks_after_its_answer_gets_no_second_one(client: RawClient) -> None:
    client.send(GET.replace(b"/", b"/at-once", 1) + b"transfer-encoding: chunked\r\n\r\n")
    answered = status(client.read_head()), client.read_exactly(1)
    client.send(b"none")

    assert answered == (200, b"0")
    assert client.read_to_end() == b""


def test_who_asks_and_says_no_more_is_answered(client: RawClient) -> None:
    client.send((GET + b"\r\n") * 2)
    client.sock.shutdown(socket.SHUT_WR)
    answered = [(status(client.read_head()), client.read_exactly(1)) for _ in range(2)]

    assert set(answered) == {(200, b"0")}
    assert client.read_to_end() == b""


def test_who_ends_within_a_body_is_not_waited_for(client: RawClient) -> None:
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf")
    client.sock.shutdown(socket.SHUT_WR)

    assert client.read_to_end() == b""


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELO there\r\n\r\n",
        GET + b"\x00: x\r\n\r\n",
    ],
)
def test_nonsense_is_refused(client: RawClient, nonsense: bytes) -> None:
    client.send(nonsense)

    assert problem(client) == (400, "invalid")


# --- bounds on time --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def brief_server() -> Iterator[ServerProcess]:
    with running_server(
        connection_timeout=BRIEF_SECONDS, keep_alive_timeout=BRIEF_SECONDS
    ) as server:
        yield server


def is_in_time(server: ServerProcess, act: Callable[[RawClient], None]) -> bool:
    """Whether an act on a new connection lasts as long as the server waits, and hardly longer."""

    def seconds() -> float:
        began = time.monotonic()
        with RawClient(server.address) as client:
            act(client)
        return time.monotonic() - began

    bound = BRIEF_SECONDS + SLACK_SECONDS
    return BRIEF_SECONDS / 2 < measured(seconds, holds=lambda taken: taken < bound) < bound


def test_half_a_request_line_is_refused_in_time(brief_server: ServerProcess) -> None:
    def say_half(client: RawClient) -> None:
        client.send(b"GET / HT")
        assert problem(client) == (408, "invalid")

    assert is_in_time(brief_server, say_half)


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nx: ", b"\r\n"])
def test_a_head_that_dribbles_is_refused_in_time(brief_server: ServerProcess, start: bytes) -> None:
    def dribble(client: RawClient) -> None:
        client.send(start)
        while not client.is_over(within_seconds=0.1):
            client.send(b"\r\n" if start == b"\r\n" else b"y")

    assert is_in_time(brief_server, dribble)


def test_who_says_nothing_is_cut_off_without_a_word(brief_server: ServerProcess) -> None:
    assert is_in_time(brief_server, RawClient.expect_end)


def test_a_kept_connection_that_says_nothing_more_is_closed(brief_server: ServerProcess) -> None:
    def ask_once(client: RawClient) -> None:
        client.send(GET + b"\r\n")
        client.read_head()
        client.read_exactly(1)
        client.expect_end()

    assert is_in_time(brief_server, ask_once)


def test_a_head_that_begins_behind_a_whole_request_is_refused_in_time(
    brief_server: ServerProcess,
) -> None:
    def say_one_and_a_half(client: RawClient) -> None:
        client.send(GET + b"\r\n" + b"GET / HT")
        client.read_head()
        client.read_exactly(1)
        assert problem(client) == (408, "invalid")

    assert is_in_time(brief_server, say_one_and_a_half)


def test_a_kept_connection_that_begins_to_dribble_is_refused_in_time(
    brief_server: ServerProcess,
) -> None:
    def ask_once_and_a_half(client: RawClient) -> None:
        client.send(GET + b"\r\n")
        client.read_head()
        client.read_exactly(1)
        client.send(b"GET / HT")
        assert problem(client) == (408, "invalid")

    assert is_in_time(brief_server, ask_once_and_a_half)
