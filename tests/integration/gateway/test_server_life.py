"""The server as a whole: binding, TLS, its bound on connections, and stopping in order."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from causerie.foundation.workers import Workers
from causerie.gateway.listener import CannotListen
from causerie.gateway.server import GatewayServer, ServerSettings
from tests.e2e.conformance.raw_client import CLOSE, TEXT, RawClient, close_payload, frame
from tests.e2e.conformance.server_process import TestDoorkeeper, app, running_server
from tests.measures import measured
from tests.scenes.certificate import write_certificate

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def gateway(**settings: object) -> GatewayServer:
    chosen = ServerSettings(**{"host": "127.0.0.1", "port": 0, **settings})  # type: ignore[arg-type] # as the test says
    return GatewayServer(app, TestDoorkeeper(), chosen, Workers())


async def test_an_address_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CannotListen, match=f"127.0.0.1:{port}: another program"):
            gateway(port=port).bind()


async def test_an_address_that_is_not_ours_is_said_so() -> None:
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1:0: "):
        gateway(host="192.0.2.1").bind()


async def test_a_certificate_that_is_none_is_said_so_before_listening(tmp_path: Path) -> None:
    nothing = tmp_path / "cert.pem"
    nothing.write_text("not a certificate")

    with pytest.raises(CannotListen, match=r"cert\.pem"):
        gateway(tls_cert=nothing, tls_key=nothing).bind()


def test_connections_wait_between_bind_and_start() -> None:
    # The kernel takes them: what was bound before the database was up refuses nobody.
    server = gateway()
    server.bind()

    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as early:
        assert early.getpeername()[1] == server.port
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=30)


async def test_a_connection_is_counted_once_at_every_moment_of_its_arrival() -> None:
    server = gateway()
    await server.start()
    counted = {server.connections()}
    loop = asyncio.get_running_loop()

    with socket.socket() as peer:
        peer.setblocking(False)
        await loop.sock_connect(peer, ("127.0.0.1", server.port))
        peer.send(GET)
        for _ in range(1_000):
            await asyncio.sleep(0)
            counted.add(server.connections())
        answer = await loop.sock_recv(peer, 1_000)

    await server.stop(lambda: asyncio.sleep(0), deadline_seconds=1)
    assert b" 200 " in answer
    assert counted == {0, 1}


def test_sockets_work_over_tls(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with running_server(tls_cert=str(certificate), tls_key=str(key)) as server:
        client = RawClient(server.address)
        client.sock = trusting.wrap_socket(client.sock, server_hostname="localhost")
        with client:
            assert b" 101 " in client.upgrade()
            client.send(frame(TEXT, b"x" * 100_000))
            assert client.receive() == (TEXT, b"x" * 100_000)
            client.send(frame(3))

            code, _reason = client.receive_close()
            assert code == 1002


def test_who_speaks_no_tls_to_a_tls_port_is_heard_in_plain(tmp_path: Path) -> None:
    # The application behind it sends them to https; here it is one that answers anybody.
    certificate, key = write_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with running_server(tls_cert=str(certificate), tls_key=str(key)) as server:
        with RawClient(server.address) as plain:
            plain.send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            assert plain.read_to_end().startswith(b"HTTP/1.1 200 ")
        client = RawClient(server.address)
        client.sock = trusting.wrap_socket(client.sock, server_hostname="localhost")
        with client:
            assert b" 101 " in client.upgrade()

    assert not any("error" in line.lower() for line in server.said)


def test_who_says_nothing_to_a_tls_port_is_let_go(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    settings = {"tls_cert": str(certificate), "tls_key": str(key), "connection_timeout": 0.3}
    with running_server(**settings) as server, RawClient(server.address) as silent:
        assert silent.read_to_end() == b""


def test_connections_over_the_bound_are_told_so_and_room_is_used_again() -> None:
    with running_server(max_connections=-1014) as server:  # ten, with the reserve for HTTP
        inside = [RawClient(server.address) for _ in range(10)]
        for client in inside:
            assert b" 101 " in client.upgrade()
        with RawClient(server.address) as outside:
            assert outside.read_to_end().startswith(b"HTTP/1.1 503 ")

        for client in inside:
            client.sock.close()
        deadline = time.monotonic() + 30
        answer = b""
        while b" 101 " not in answer and time.monotonic() < deadline:
            with RawClient(server.address) as again:
                answer = again.upgrade()

        assert b" 101 " in answer


def test_who_only_keeps_a_connection_makes_room_for_who_asks() -> None:
    with running_server(max_connections=-1014) as server, ExitStack() as stack:  # ten
        kept = [stack.enter_context(RawClient(server.address)) for _ in range(10)]
        for client in kept:
            client.send(GET)
            assert b" 200 " in client.read_head()
            client.read_exactly(1)

        socket = stack.enter_context(RawClient(server.address)).upgrade()

        assert b" 101 " in socket
        left = [client for client in kept if is_answered(client)]
        assert len(left) == 9


def is_answered(client: RawClient) -> bool:
    """Ask once more on a kept connection."""
    try:
        client.send(GET)
        return b" 200 " in client.read_head()
    except ConnectionError:
        return False


def test_stopping_tells_every_socket_to_come_back() -> None:
    assert measured(stop_with_sockets, holds=lambda seconds: seconds < 3) < 3


def stop_with_sockets() -> float:
    with running_server() as server:
        clients = [RawClient(server.address) for _ in range(5)]
        for client in clients:
            client.upgrade()
        began = time.monotonic()
        server.process.terminate()

        for client in clients:
            opcode, payload = client.receive()
            assert (opcode, payload[:2]) == (CLOSE, close_payload(1012))
            client.send(frame(CLOSE, close_payload(1012)))
            client.expect_end()
            client.sock.close()
        assert server.process.wait(timeout=30) == 0
        return time.monotonic() - began


def test_stopping_does_not_wait_for_ever_for_who_does_not_answer() -> None:
    assert measured(stop_beside_the_silent, holds=lambda seconds: seconds < 8) < 8


def stop_beside_the_silent() -> float:
    with running_server() as server:
        with RawClient(server.address) as silent, RawClient(server.address) as dribbling:
            silent.upgrade()
            dribbling.send(b"GET / HT")
            began = time.monotonic()

            assert server.terminate() == 0
        return time.monotonic() - began


def test_a_request_under_way_is_answered_before_the_server_is_gone() -> None:
    with running_server() as server, RawClient(server.address) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1")
        with RawClient(server.address) as probe:  # the server has read the above once this is up
            probe.upgrade()
        server.process.terminate()
        server.wait_until_it_refuses()
        client.send(b"2")

        assert client.read_head().startswith(b"HTTP/1.1 200 ")
        assert client.read_to_end() == b"2"
