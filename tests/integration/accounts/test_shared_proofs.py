"""Nodes believe each other's proofs of tokens, and no proof outlives what it proved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from causerie.foundation.cache import Cache
from causerie.foundation.postgres import Database
from tests.integration.accounts.account_scene import AccountScene
from tests.integration.accounts.conftest import open_node
from tests.integration.accounts.token_scene import parts_of
from tests.valkeys import BRIEF_SECONDS, Valkey, a_valkey, cache_of

LATER = timedelta(seconds=10)  # past what clocks may differ by


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with a_valkey() as valkey:
        yield valkey


class Cluster:
    """Nodes on one database and one Valkey."""

    def __init__(self, database: Database, data_dir: Path, cache: Cache, valkey: Valkey) -> None:
        self.database = database
        self.data_dir = data_dir
        self.cache = cache
        self.valkey = valkey

    @asynccontextmanager
    async def node(self, late_seconds: float = 0) -> AsyncIterator[AccountScene]:
        async with open_node(
            self.database, self.data_dir, cache=self.cache, late_seconds=late_seconds
        ) as scene:
            assert scene.accounts.share_proofs is not None
            sharing = asyncio.ensure_future(scene.accounts.share_proofs())
            try:
                yield scene
            finally:
                sharing.cancel()
                await asyncio.wait({sharing})

    async def forget_session(self, token: str) -> None:
        """Take the row away unseen: whoever asks the database from now on refuses the token."""
        async with self.database.connection() as connection:
            session = parts_of(token)[1]["sid"]
            await connection.execute("DELETE FROM accounts.sessions WHERE id = $1", session)

    async def proof(self) -> bytes:
        """The key of the one proof that is shared, once it is there."""
        async with asyncio.timeout(60):
            while not (keys := self.valkey.ask("KEYS", "causerie:proofs:*")):
                await asyncio.sleep(0.01)
        (key,) = keys
        assert isinstance(key, bytes)
        return key


@pytest.fixture
async def cluster(database: Database, tmp_path: Path, valkey: Valkey) -> AsyncIterator[Cluster]:
    valkey.flush()
    cache = cache_of(valkey.url, patience_seconds=BRIEF_SECONDS)
    await cache.open()
    try:
        yield Cluster(database, tmp_path, cache, valkey)
    finally:
        await cache.close()


@pytest.fixture
async def pair(cluster: Cluster) -> AsyncIterator[tuple[AccountScene, AccountScene, str]]:
    """Two nodes that have been there for a while, and a token that one of them has proven."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(cluster.node())
        there = await stack.enter_async_context(cluster.node())
        token = (await here.register("ada")).json()["access_token"]
        for scene in (here, there):
            scene.clock.advance(LATER.total_seconds())
        assert (await here.me(token)).status == 200
        await cluster.proof()
        yield here, there, token


async def test_what_one_node_has_proven_another_believes(
    cluster: Cluster, pair: tuple[AccountScene, AccountScene, str]
) -> None:
    here, there, token = pair
    proven = await here.service.authenticate_bearer(token)
    await cluster.forget_session(token)

    assert await there.service.authenticate_bearer(token) == proven


async def test_a_flush_lets_the_database_be_asked(
    cluster: Cluster, pair: tuple[AccountScene, AccountScene, str]
) -> None:
    _, there, token = pair
    await cluster.forget_session(token)
    cluster.valkey.flush()

    assert (await there.me(token)).status == 401


async def test_a_token_taken_back_is_refused_whatever_is_shared(
    pair: tuple[AccountScene, AccountScene, str],
) -> None:
    here, there, token = pair
    await here.call("POST", "/auth/logout", token=token)
    watch = asyncio.ensure_future(there.accounts.watch_revocations())
    async with asyncio.timeout(60):
        while not there.service._tokens.has_revoked(parts_of(token)[1]["sid"]):
            await asyncio.sleep(0.01)
    watch.cancel()
    await asyncio.wait({watch})

    assert (await there.me(token)).status == 401


async def test_a_node_that_has_just_started_believes_nobody(
    cluster: Cluster, pair: tuple[AccountScene, AccountScene, str]
) -> None:
    here, _, token = pair
    await here.call("POST", "/auth/logout", token=token)
    async with cluster.node(late_seconds=2 * LATER.total_seconds()) as newcomer:
        assert (await newcomer.me(token)).status == 401


async def test_a_proof_that_no_node_has_signed_proves_nothing(
    cluster: Cluster, pair: tuple[AccountScene, AccountScene, str]
) -> None:
    _, there, token = pair
    key = await cluster.proof()
    value = cluster.valkey.ask("GET", key)
    cluster.valkey.ask("SET", key, value.replace(b"ada", b"eve"))
    await cluster.forget_session(token)

    assert (await there.me(token)).status == 401


async def test_a_silent_redis_is_done_without(
    cluster: Cluster, pair: tuple[AccountScene, AccountScene, str]
) -> None:
    _, there, token = pair
    cluster.valkey.pause()
    answer = await there.me(token)
    cluster.valkey.resume()

    assert answer.status == 200
