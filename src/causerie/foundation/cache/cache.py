"""Redis or Valkey as the slices see it: three pools, one state, and what is told over channels."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import msgspec
import structlog

from causerie.foundation.cache.address import Address
from causerie.foundation.cache.errors import AwayReason, CacheAway, CacheRefused
from causerie.foundation.cache.pool import Pool
from causerie.foundation.cache.state import Listener, State
from causerie.foundation.cache.subscriber import Subscriber
from causerie.foundation.cache.words import COMMAND_TIMEOUT_SECONDS
from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

WATCH_SECONDS = 1.0  # While it is there: a server that went silent is known within this.
PROBE_SECONDS = 0.25  # While it is away: so long after its return nodes use it again.
LEAST_VERSION = 7  # Redis 7 brought sharded pub/sub; Valkey 8 and 9 call themselves 7.2.
OPEN_SECONDS = 3.0  # At start: a server that does not answer is away, as later.


class PoolSizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections each pool opens at most; the subscribers' come on top."""

    main: int
    sessions: int
    queues: int


class Cache:
    """Opened by ``assembly`` where ``cache.url`` is set; there is none on a node by itself.

    ``main`` is for the bus, limits and caches, ``sessions`` for who is connected and present,
    ``queues`` for what waits: a flood in one does not keep the others from a connection. Keys are
    made by ``key``, channels by ``channel``, so that several installations can share a server.
    Nobody waits for Redis longer than its patience, in seconds.
    """

    def __init__(
        self,
        address: Address,
        sizes: PoolSizes,
        *,
        prefix: str = "causerie",
        clock: Clock | None = None,
        patience_seconds: float = COMMAND_TIMEOUT_SECONDS,
    ) -> None:
        self.address = address
        self.prefix = prefix
        self.patience_seconds = patience_seconds
        self._state = State(clock or SystemClock())
        self.main = Pool("main", sizes.main, self._state, patience_seconds)
        self.sessions = Pool("sessions", sizes.sessions, self._state, patience_seconds)
        self.queues = Pool("queues", sizes.queues, self._state, patience_seconds)

    @property
    def pools(self) -> tuple[Pool, Pool, Pool]:
        """The three of them."""
        return self.main, self.sessions, self.queues

    @property
    def is_away(self) -> bool:
        """Whether commands fail at once, for now."""
        return self._state.reason is not None

    @property
    def away_reason(self) -> AwayReason | None:
        """Why it is away."""
        return self._state.reason

    @property
    def seconds_in_state(self) -> float:
        """How long it has been there, or away."""
        return self._state.seconds

    def listen(self, listener: Listener) -> None:
        """Hear ``False`` when Redis goes and ``True`` when it is back; must not raise or await.

        Back says nothing about what it still knows: it may have been emptied.
        """
        self._state.listen(listener)

    def key(self, *parts: str | int) -> str:
        """Name a key. A part in braces is the one by which a Cluster places it (hash tag)."""
        return ":".join([self.prefix, *map(str, parts)])

    def subscriber(
        self,
        on_message: Callable[[str, bytes], None],
        *,
        on_lost: Callable[[], None],
        on_restored: Callable[[], None],
        on_heard: Callable[[str], None] = lambda _: None,
    ) -> Subscriber:
        """Make a subscriber; its ``run`` is a worker's. See ``Subscriber`` for the callbacks."""
        return Subscriber(
            self.main,
            self._state,
            on_message,
            on_lost=on_lost,
            on_restored=on_restored,
            on_heard=on_heard,
        )

    async def open(self) -> None:
        """Connect. A server that is away now is found by the watch later, as after a failure.

        Raises ``CacheRefused`` for what only the operator can mend: a wrong password, too old a
        server, an authority that is not trusted.
        """
        from causerie.foundation.cache.driver import Client

        metrics.CACHE_CONFIGURED.set(1)
        metrics.CACHE_UP.set(1)
        self._state.pulse.start()
        for pool in self.pools:
            name = f"{self.prefix}-{pool.name}"
            pool.attach(
                Client(self.address, pool.size, name=name, patience_seconds=self.patience_seconds)
            )
        try:
            async with asyncio.timeout(max(OPEN_SECONDS, self.patience_seconds)):
                version = await self.main.client.version()
        except TimeoutError:
            self._state.note_gone(AwayReason.SILENT)
            return
        except CacheAway as away:
            if away.reason in _FOR_THE_OPERATOR:
                why = _FOR_THE_OPERATOR[away.reason]
                raise CacheRefused(f"{self.address.shown}: {why}") from away
            self._state.note_gone(away.reason)
            return
        if int(version.split(".")[0] or 0) < LEAST_VERSION:
            raise CacheRefused(_TOO_OLD.format(self.address.shown, version))
        await self._probe()
        log.info("cache_open", address=self.address.shown, version=version)

    async def close(self) -> None:
        """Close all connections."""
        metrics.CACHE_CONFIGURED.set(0)
        self._state.pulse.stop()
        for pool in self.pools:
            client = pool.client
            pool.attach(None)
            with contextlib.suppress(CacheAway, TimeoutError):
                async with asyncio.timeout(self.patience_seconds):
                    await client.close()

    async def watch(self) -> None:
        """Keep the state true, for ever: a worker. What is silent is noticed without any traffic."""
        while True:
            await asyncio.sleep(PROBE_SECONDS if self.is_away else WATCH_SECONDS)
            await self._probe()

    async def _probe(self) -> None:
        client = self.main.client
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self.patience_seconds):
                if self.is_away:
                    await client.look_around()
                await client.probe(self.key("probe"))
        except TimeoutError:
            waited = time.perf_counter() - started
            self._state.note_gone(AwayReason.SILENT, waited_seconds=waited)
        except CacheAway as away:
            waited = time.perf_counter() - started
            self._state.note_gone(away.reason, waited_seconds=waited)
        else:
            self._state.note_back()


_FOR_THE_OPERATOR = {
    AwayReason.REFUSED: "the server is there and refuses the user, the password or their rights; "
    "cache.url needs one that may use all commands on its keys and channels",
    AwayReason.UNTRUSTED: "the server's certificate does not hold, or is of an authority that this "
    "system does not know: add ?ca=/path/to/its.pem to cache.url",
}
_TOO_OLD = "{}: the server is version {}; Redis 7, Valkey 8 or newer is needed"
