"""Hostile and broken peers, and a machine without descriptors: who behaves notices nothing."""

from __future__ import annotations

import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psutil
import pytest

from tests.e2e.conformance.raw_client import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    RawClient,
    close_payload,
    frame,
)
from tests.e2e.conformance.server_process import ServerProcess, running_server
from tests.measures import measured

PATIENCE_SECONDS = 30.0
FLOOD_KIB = 16 << 10  # more than the kernel holds for one connection


def established(server: ServerProcess) -> int:
    """Count the connections that the server's end has not closed."""
    connections = psutil.Process(server.process.pid).net_connections(kind="tcp")
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in connections)


def wait_until(condition: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE_SECONDS, "it never came to that"
        time.sleep(0.02)


@pytest.fixture
def friend(server: ServerProcess) -> Iterator[RawClient]:
    with RawClient(server.address) as client:
        client.upgrade()
        yield client


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    with running_server() as server:
        yield server


def is_answered_within(seconds: float, client: RawClient) -> bool:
    return measured(lambda: roundtrip(client), holds=lambda taken: taken < seconds) < seconds


def roundtrip(client: RawClient) -> float:
    began = time.monotonic()
    client.send(frame(TEXT, b"hello"))
    opcode, payload = client.receive()
    while opcode == PING:
        opcode, payload = client.receive()
    assert (opcode, payload) == (TEXT, b"hello")
    return time.monotonic() - began


def test_two_hundred_connections_that_dribble_are_closed_and_nobody_feels_it() -> None:
    with running_server(connection_timeout=4.0) as server:
        took, slowest = measured(
            lambda: dribble(server), holds=lambda taken: taken[0] < 6 and taken[1] < 0.5
        )

    assert 3 < took < 6
    assert slowest < 0.5


def dribble(server: ServerProcess) -> tuple[float, float]:
    """Until all are closed; gives how long it took, and how long a friend waited at the most."""
    with ExitStack() as stack:
        friend = stack.enter_context(RawClient(server.address))
        friend.upgrade()
        began = time.monotonic()
        open_still = []
        for _ in range(200):
            dribbler = stack.enter_context(RawClient(server.address))
            dribbler.send(b"GET / HTTP/1.1\r\nx: ")
            dribbler.sock.setblocking(False)
            open_still.append(dribbler)
        slowest = 0.0
        while open_still and time.monotonic() - began < PATIENCE_SECONDS:
            open_still = [dribbler for dribbler in open_still if dribbles_on(dribbler)]
            slowest = max(slowest, roundtrip(friend))
            time.sleep(0.1)
        return time.monotonic() - began, slowest


def dribbles_on(dribbler: RawClient) -> bool:
    try:
        dribbler.sock.send(b"y")
        dribbler.sock.recv(100)
    except BlockingIOError:
        return True
    except ConnectionError:
        pass
    return False


def test_without_descriptors_the_server_lives_and_accepts_again_when_there_are_some(
    server: ServerProcess, friend: RawClient
) -> None:
    open_files = psutil.Process(server.process.pid).num_fds()
    room = open_files + 20
    hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (room, hard))
    crowd = [socket.create_connection(server.address, timeout=PATIENCE_SECONDS) for _ in range(60)]
    wait_until(lambda: any("cannot_accept" in line for line in server.said))
    assert is_answered_within(1, friend)

    for connection in crowd:
        connection.close()

    def can_enter() -> bool:
        with RawClient(server.address) as client:
            return b" 101 " in client.upgrade()

    wait_until(can_enter)
    assert is_answered_within(1, friend)
    assert sum("cannot_accept" in line for line in server.said) == 1  # and not at every attempt


@pytest.mark.long
def test_a_peer_that_vanished_is_gone_within_two_heartbeats() -> None:
    with running_server(heartbeat_interval=3.0) as server, RawClient(server.address) as friend:
        friend.upgrade()

        def vanish() -> tuple[float, float]:
            # Without FIN: the other end's kernel is there, but nobody ever answers a ping.
            began = time.monotonic()
            gone = [RawClient(server.address) for _ in range(10)]
            for client in gone:
                client.upgrade()
            vanished = time.monotonic()

            def only_the_friend() -> bool:
                answer_pings(friend)
                return established(server) == 1

            wait_until(only_the_friend)
            for client in gone:
                client.sock.close()
            return time.monotonic() - began, time.monotonic() - vanished

        after_the_first, after_the_last = measured(vanish, holds=lambda taken: taken[1] <= 6)

        assert after_the_first > 2
        assert after_the_last <= 6
        assert is_answered_within(1, friend)


def answer_pings(client: RawClient) -> None:
    client.sock.settimeout(0.01)
    try:
        opcode, payload = client.receive()
    except TimeoutError:
        return
    finally:
        client.sock.settimeout(10)
    assert opcode == PING
    client.send(frame(PONG, payload))


@pytest.mark.long
def test_a_stopped_server_does_not_blame_a_reader_for_the_pause(server: ServerProcess) -> None:
    with RawClient(server.address) as reader:
        reader.upgrade("/ws/flood")
        reader.send(frame(TEXT, b"%d" % FLOOD_KIB))
        assert reader.receive() == (TEXT, b"x" * 1024)  # and the rest waits
        time.sleep(1.5)  # for the server to have seen that nothing drains
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(5.5)  # longer than a reader may drain nothing
        server.process.send_signal(signal.SIGCONT)
        time.sleep(1.0)  # as a reader may, of a server that has run for 2.5 s in all

        for _ in range(FLOOD_KIB - 1):
            assert reader.receive() == (TEXT, b"x" * 1024)
        assert is_answered_within(1, reader)


@pytest.mark.long
def test_a_reader_that_stops_is_cut_off_in_time_and_its_memory_given_back(
    server: ServerProcess, friend: RawClient
) -> None:
    before = server.resident_bytes()

    def stop_reading() -> tuple[float, float]:
        with RawClient(server.address) as stuck:
            stuck.upgrade("/ws/flood")
            began = time.monotonic()
            stuck.send(frame(TEXT, b"%d" % FLOOD_KIB))
            slowest = 0.0
            while established(server) > 1 and time.monotonic() - began < PATIENCE_SECONDS:
                slowest = max(slowest, roundtrip(friend))
                time.sleep(0.05)
            return time.monotonic() - began, slowest

    took, slowest = measured(stop_reading, holds=lambda taken: taken[0] < 11 and taken[1] < 0.5)

    assert 5 + 3 <= took < 11  # nothing drained for 5 s, then 3 s for the close frame
    assert slowest < 0.5
    wait_until(lambda: server.resident_bytes() - before < 4 << 20)


@pytest.mark.long
def test_a_reader_that_wakes_up_late_is_told_to_come_back(server: ServerProcess) -> None:
    def wake_up_late() -> bool:
        with RawClient(server.address) as stuck:
            stuck.upgrade("/ws/flood")
            stuck.send(frame(TEXT, b"%d" % FLOOD_KIB))
            time.sleep(6.5)  # between the close frame and the abort, which are 5.5 and 8 s away
            try:
                for _ in range(FLOOD_KIB):
                    assert stuck.receive() == (TEXT, b"x" * 1024)
                opcode, payload = stuck.receive()
            except ConnectionError:  # It slept for longer, with its machine.
                return False
            assert (opcode, payload[:2]) == (CLOSE, close_payload(1013))
            return True

    assert measured(wake_up_late, holds=bool)
