"""Upgrades wait for the doorkeeper, and are refused over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.e2e.conformance.raw_client import PING, PONG, TEXT, RawClient, frame
from tests.e2e.conformance.server_process import ServerProcess, running_server
from tests.measures import measured

# Longer than any machine stands still; and the least that one may and still be in time.
PATIENT_SECONDS = 60.0
BRIEF_SECONDS = 2.0


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server(connection_timeout=PATIENT_SECONDS) as server:
        yield server


@pytest.fixture
def client(server: ServerProcess) -> Iterator[RawClient]:
    with RawClient(server.address) as client:
        yield client


def refusal(client: RawClient, head: bytes) -> tuple[int, str]:
    document = json.loads(client.read_to_end())
    assert document["status"] == int(head.split()[1])
    return document["status"], document["code"]


def test_the_doorkeepers_refusal_is_the_answer(client: RawClient) -> None:
    head = client.upgrade("/ws/refused")

    assert b"\r\nx-why: test\r\n" in head
    assert refusal(client, head) == (401, "unauthenticated")


def test_a_doorkeeper_that_fails_is_an_internal_error(client: RawClient) -> None:
    client.upgrade("/ws/broken")
    document = json.loads(client.read_to_end())

    assert set(document) == {"type", "title", "status", "code", "request_id"}
    assert (document["status"], document["code"]) == (500, "internal")


def test_a_doorkeeper_that_takes_too_long_is_not_waited_for() -> None:
    with running_server(connection_timeout=BRIEF_SECONDS) as brief_server:

        def ask() -> float:
            began = time.monotonic()
            with RawClient(brief_server.address) as client:
                head = client.upgrade("/ws/echo?wait=30")
                assert refusal(client, head) == (503, "unavailable")
            return time.monotonic() - began

        took = measured(ask, holds=lambda seconds: seconds < 2 * BRIEF_SECONDS)

    assert BRIEF_SECONDS / 2 < took < 2 * BRIEF_SECONDS


def test_nothing_is_answered_before_the_doorkeeper_has_decided(client: RawClient) -> None:
    began = time.monotonic()

    client.upgrade("/ws/echo?wait=0.4")

    assert time.monotonic() - began > 0.39  # The loop counts in whole milliseconds.


def test_any_path_may_be_upgraded_beside_http(client: RawClient) -> None:
    client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    client.read_head()
    client.read_exactly(1)

    assert b" 101 " in client.upgrade("/")
    client.send(frame(TEXT, b"on one port"))
    assert client.receive() == (TEXT, b"on one port")


def test_a_subprotocol_that_is_chosen_is_named(client: RawClient) -> None:
    head = client.upgrade(extra="Sec-WebSocket-Protocol: causerie.v2.json, other\r\n")

    assert b"\r\nsec-websocket-protocol: causerie.v2.json" in head


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"POST / HTTP/1.1\r\nsec-websocket-version: 13\r\n", 405),
        (b"GET / HTTP/1.1\r\nsec-websocket-version: 7\r\n", 426),
        (b"GET / HTTP/1.1\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n", 400),
    ],
)
def test_a_handshake_that_is_wrong_is_refused(
    client: RawClient, request_head: bytes, status: int
) -> None:
    client.send(request_head + b"host: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")

    assert refusal(client, client.read_head()) == (status, "invalid")


def test_who_hangs_up_while_waiting_harms_nobody(server: ServerProcess) -> None:
    for _ in range(20):
        with RawClient(server.address) as client:
            client.send(
                b"GET /ws/echo?wait=0.2 HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n"
                b"upgrade: websocket\r\nsec-websocket-version: 13\r\n"
                b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )

    with RawClient(server.address) as other:
        other.upgrade("/ws/echo?wait=0.4")
        other.send(frame(PING, b"well"))

        assert other.receive() == (PONG, b"well")
