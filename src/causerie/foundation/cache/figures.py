"""How Redis fares by its own books."""

from __future__ import annotations

import asyncio
import contextlib

from causerie.foundation.cache.cache import Cache
from causerie.foundation.cache.errors import CacheAway
from causerie.foundation.telemetry import metrics

FIGURES_SECONDS = 15.0  # Prometheus' usual interval. Each look is one INFO.

_KEYS = {
    "hit": "keyspace_hits",
    "miss": "keyspace_misses",
    "expired": "expired_keys",
    "evicted": "evicted_keys",
}


async def watch_figures(cache: Cache, *, interval_seconds: float = FIGURES_SECONDS) -> None:
    """Read them for ever: a worker."""
    while True:
        # The old figures stand; others say that it is away, and the watch finds out.
        with contextlib.suppress(CacheAway, TimeoutError):
            await read_figures(cache)
        await asyncio.sleep(interval_seconds)


async def read_figures(cache: Cache) -> None:
    """Read them once. Raises ``CacheAway``, ``TimeoutError``."""
    if cache.is_away:
        return
    async with asyncio.timeout(cache.patience_seconds):
        books = await cache.main.client.books()
    metrics.CACHE_SERVER_MEMORY_BYTES.set(sum(one["used_memory"] for one in books))
    for result, name in _KEYS.items():
        # They are counters already, of Redis': taken over, not added.
        metrics.CACHE_SERVER_KEYS.labels(result).value = sum(one[name] for one in books)
