"""What Redis says of itself, as metrics."""

from __future__ import annotations

from causerie.foundation.cache import Cache
from causerie.foundation.cache.figures import read_figures
from causerie.foundation.telemetry import metrics
from tests.integration.cache.conftest import until
from tests.valkeys import Valkey


async def test_its_memory_and_its_hits_are_taken_over(cache: Cache, server: Valkey) -> None:
    server.ask("CONFIG", "RESETSTAT")
    await cache.main.call_all([("SET", cache.key("a"), "x"), ("GET", cache.key("a"))])
    await cache.main.call("GET", cache.key("none"))
    await read_figures(cache)

    assert metrics.CACHE_SERVER_MEMORY_BYTES.now() > 0
    assert metrics.CACHE_SERVER_KEYS.labels("hit").value >= 1
    assert metrics.CACHE_SERVER_KEYS.labels("miss").value >= 1


async def test_the_old_figures_stand_while_it_is_away(cache: Cache, server: Valkey) -> None:
    await read_figures(cache)
    before = metrics.CACHE_SERVER_MEMORY_BYTES.now()
    server.kill()
    try:
        await until(lambda: cache.is_away)
        await read_figures(cache)
    finally:
        server.start()

    assert metrics.CACHE_SERVER_MEMORY_BYTES.now() == before
