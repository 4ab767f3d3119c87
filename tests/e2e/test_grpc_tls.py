"""gRPC by TLS, where callers must show a certificate as well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from grpc import ChannelCredentials, StatusCode, ssl_channel_credentials

from causerie.v1 import accounts_pb2
from tests.clients import register
from tests.grpc_clients import calling
from tests.processes import Causerie, a_causerie
from tests.scenes.certificate import write_certificate

ASKED = accounts_pb2.GetUserRequest(user_id=1)


@dataclass
class Fortress:
    """A server with a certificate, and where those of its callers lie."""

    server: Causerie
    own: Path
    callers: Path
    token: str

    def credentials(self, shown: Path | None) -> ChannelCredentials:
        """Trust the server by its certificate as it is now, and show one, or none."""
        root = (self.own / "cert.pem").read_bytes()
        if shown is None:
            return ssl_channel_credentials(root)
        key, chain = (shown / "key.pem").read_bytes(), (shown / "cert.pem").read_bytes()
        return ssl_channel_credentials(root, key, chain)

    async def answered(self, credentials: ChannelCredentials | None) -> int:
        """Call, and give the id of the user who was asked for."""
        async with calling(
            self.server, self.token, credentials=credentials, host="localhost"
        ) as caller:
            answer = await caller.call(caller.accounts.GetUser, ASKED, wait_for_ready=False)
            return int(answer.user.id)

    async def refused(self, credentials: ChannelCredentials | None) -> StatusCode:
        """Call, and give how it fails."""
        async with calling(
            self.server, self.token, credentials=credentials, host="localhost"
        ) as caller:
            return (await caller.failure(caller.accounts.GetUser, ASKED)).status


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Causerie, Path, Path]]:
    own, callers = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("callers")
    chain, key = write_certificate(own)
    authority, _ = write_certificate(callers)
    with a_causerie(
        grpc__enabled=True,
        grpc__bind_addr="127.0.0.1:0",
        grpc__tls_cert=chain,
        grpc__tls_key=key,
        grpc__client_ca=authority,
    ) as running:
        yield running, own, callers


@pytest.fixture
async def fortress(server: tuple[Causerie, Path, Path]) -> Fortress:
    running, own, callers = server
    made = await register(running, f"ada{time.monotonic_ns()}")
    return Fortress(running, own, callers, made["access_token"])


async def test_a_caller_with_a_certificate_is_answered(fortress: Fortress) -> None:
    assert await fortress.answered(fortress.credentials(fortress.callers)) == 1


async def test_a_caller_without_one_is_not(fortress: Fortress) -> None:
    assert await fortress.refused(fortress.credentials(None)) is StatusCode.UNAVAILABLE


async def test_a_caller_with_a_strangers_is_not(fortress: Fortress, tmp_path: Path) -> None:
    write_certificate(tmp_path)

    assert await fortress.refused(fortress.credentials(tmp_path)) is StatusCode.UNAVAILABLE


async def test_a_caller_in_plain_is_not(fortress: Fortress) -> None:
    assert await fortress.refused(None) is StatusCode.UNAVAILABLE


async def test_a_renewed_certificate_serves_those_who_come_next(fortress: Fortress) -> None:
    before = fortress.credentials(fortress.callers)
    write_certificate(fortress.own)

    assert await fortress.answered(fortress.credentials(fortress.callers)) == 1
    assert await fortress.refused(before) is StatusCode.UNAVAILABLE


async def test_a_broken_renewal_leaves_the_one_that_serves(fortress: Fortress) -> None:
    good = fortress.credentials(fortress.callers)
    key = fortress.own / "key.pem"
    kept = key.read_bytes()
    key.write_text("not a key")
    try:
        answered = await fortress.answered(good)
    finally:
        key.write_bytes(kept)

    assert answered == 1
    assert "certificate_not_renewed" in fortress.server.log()
