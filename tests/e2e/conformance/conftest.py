"""One real server for all conformance tests, and clients that speak in raw bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conformance.raw_client import PING, PONG, RawClient, frame
from tests.e2e.conformance.server_process import ServerProcess, running_server


@pytest.fixture(scope="session")
def echo_server() -> Iterator[ServerProcess]:
    # No pings between the answers, and nobody is cut off who comes long before the upgrade.
    with running_server(heartbeat_interval=600.0, connection_timeout=120.0) as server:
        yield server


@pytest.fixture
def bystander(echo_server: ServerProcess) -> Iterator[RawClient]:
    """Somebody else on the same server, who must not notice anything."""
    with RawClient(echo_server.address) as client:
        client.upgrade()
        yield client
        client.send(frame(PING, b"still here"))
        assert client.receive() == (PONG, b"still here")


@pytest.fixture
def socket(echo_server: ServerProcess, bystander: RawClient) -> Iterator[RawClient]:
    """A fresh socket on the echo, beside the bystander's."""
    with RawClient(echo_server.address) as client:
        head = client.upgrade()
        assert head.startswith(b"HTTP/1.1 101 "), head
        yield client
