"""What a process remembers to be quick: the least lately used goes first, and nothing stays for long.

Each cache has a bound on its entries, on their bytes and on their age. What stands in one can be read
again from the database at any time, and says of which version it is: who asks names the version that
is true now, and anything else is no answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

CLEANUP_SECONDS = 60.0  # CL-2. What nobody asks for again holds its memory that much longer.
ENTRY_BYTES = 300  # Of an entry without its value: its key, its place in the order, its own fields.


class _Entry(Generic[V]):
    __slots__ = ("ends_at", "value", "version", "weight")

    def __init__(self, value: V, version: Hashable, weight: int, ends_at: float) -> None:
        self.value = value
        self.version = version
        self.weight = weight
        self.ends_at = ends_at


class Remembered(Generic[K, V]):
    """One cache of one process; ``Caches`` makes it. Nothing here awaits."""

    def __init__(
        self, name: str, clock: Clock, *, max_entries: int, max_bytes: int, max_age_seconds: float
    ) -> None:
        self.name = name
        self._clock = clock
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._max_age_seconds = max_age_seconds
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self.weight = 0  # In bytes, about.
        self._hits = metrics.MEMORY_CACHE_LOOKUPS.labels(name, "hit")
        self._misses = metrics.MEMORY_CACHE_LOOKUPS.labels(name, "miss")
        self._evictions = metrics.MEMORY_CACHE_EVICTIONS.labels(name)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, *keys: K, version: Hashable = None) -> V | None:
        """The first of these that is remembered in this version; in another one it is forgotten."""
        for key in keys:
            entry = self._entries.get(key)
            if entry is None:
                continue
            if entry.version == version and entry.ends_at > self._clock.monotonic():
                self._entries.move_to_end(key)
                self._hits.value += 1
                return entry.value
            self.forget(key)
        self._misses.value += 1
        return None

    def keep(self, key: K, value: V, *, weight: int, version: Hashable = None) -> None:
        """Remember a value of so many bytes; what is larger than all that may be kept is not."""
        self.forget(key)
        weight += ENTRY_BYTES
        if weight > self._max_bytes:
            return
        ends_at = self._clock.monotonic() + self._max_age_seconds
        self._entries[key] = _Entry(value, version, weight, ends_at)
        self.weight += weight
        while self.weight > self._max_bytes or len(self._entries) > self._max_entries:
            _, oldest = self._entries.popitem(last=False)
            self.weight -= oldest.weight
            self._evictions.value += 1

    def forget(self, key: K) -> None:
        """Have it read again by whoever asks next."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.weight -= entry.weight

    def forget_all(self) -> None:
        """Have everything read again."""
        self._entries.clear()
        self.weight = 0

    def forget_old(self) -> int:
        """Forget what is past its age; gives how many."""
        now = self._clock.monotonic()
        old = [key for key, entry in self._entries.items() if entry.ends_at <= now]
        for key in old:
            self.forget(key)
        return len(old)


class Caches:
    """All that a process remembers in this way: made here, cleaned up and counted together."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, Remembered[Hashable, object]] = {}
        metrics.MEMORY_CACHE_ENTRIES.read_from(lambda: self._figures(len))
        metrics.MEMORY_CACHE_BYTES.read_from(lambda: self._figures(lambda cache: cache.weight))

    def make(
        self, name: str, *, max_entries: int, max_bytes: int, max_age_seconds: float
    ) -> Remembered[K, V]:
        """Make a cache. Raises ``ValueError`` for a name that is taken: metrics tell them by it."""
        if name in self._all:
            raise ValueError(f"there is a cache named {name!r} already")
        made: Remembered[K, V] = Remembered(
            name,
            self._clock,
            max_entries=max_entries,
            max_bytes=max_bytes,
            max_age_seconds=max_age_seconds,
        )
        self._all[name] = made  # type: ignore[assignment] # only what needs no key is asked of it here
        return made

    async def run(self, *, interval_seconds: float = CLEANUP_SECONDS) -> None:
        """Forget what is old, for ever: a worker."""
        while True:
            await asyncio.sleep(interval_seconds)
            for cache in self._all.values():
                if forgotten := cache.forget_old():
                    log.debug("memory_cache_cleaned", cache=cache.name, forgotten=forgotten)

    def _figures(self, figure: Callable[[Remembered[Hashable, object]], float]) -> dict[str, float]:
        return {name: figure(cache) for name, cache in self._all.items()}
