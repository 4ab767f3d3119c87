"""Servers of each kind, once a file; and a cache on one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from causerie.foundation.cache import Cache
from tests.valkeys import (
    BRIEF_SECONDS,
    PATIENT_SECONDS,
    REDIS_SERVER,
    Valkey,
    a_valkey,
    cache_of,
    needs_redis_server,
)


@pytest.fixture(scope="module", params=["valkey", pytest.param("redis", marks=needs_redis_server)])
def server(request: pytest.FixtureRequest) -> Iterator[Valkey]:
    """Valkey of the wheel, and Debian's Redis."""
    with a_valkey(program=REDIS_SERVER if request.param == "redis" else None) as valkey:
        yield valkey


@pytest.fixture
async def cache(server: Valkey) -> AsyncIterator[Cache]:
    """Open, with its watch; the server is well and empty."""
    async with _watched_cache(server, PATIENT_SECONDS) as cache:
        yield cache


@pytest.fixture
async def brief_cache(server: Valkey) -> AsyncIterator[Cache]:
    """One that soon notices that the server is silent."""
    async with _watched_cache(server, BRIEF_SECONDS) as cache:
        yield cache


@asynccontextmanager
async def _watched_cache(server: Valkey, patience_seconds: float) -> AsyncIterator[Cache]:
    server.flush()
    cache = cache_of(server.url, patience_seconds=patience_seconds)
    await cache.open()
    watch = asyncio.create_task(cache.watch())
    try:
        yield cache
    finally:
        watch.cancel()
        await cache.close()


async def until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
