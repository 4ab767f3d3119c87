"""A pool of connections to Redis: commands, several at once, scripts and publishing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from causerie.foundation.cache.errors import AwayReason, CacheAway
from causerie.foundation.cache.script import Script
from causerie.foundation.cache.state import State
from causerie.foundation.cache.words import Command, Reply, Word
from causerie.foundation.telemetry import metrics

if TYPE_CHECKING:
    from causerie.foundation.cache.driver import Client

# One command for all: the driver makes, sends and reads each command by itself, 15 µs of ours for each.
# Gives the number of the first that was refused: an error of a script does not say why.
_SAY_ALL = Script("""
for i = 1, #KEYS do
    if type(redis.pcall('SPUBLISH', KEYS[i], ARGV[i])) == 'table' then return i end
end
""")


class Pool:
    """Up to ``size`` commands at a time; more wait, ``patience_seconds`` in all.

    Every method raises ``CacheAway``: at once where Redis is known to be away, and after
    ``patience_seconds`` at the latest. Nothing is tried twice.
    """

    def __init__(self, name: str, size: int, state: State, patience_seconds: float) -> None:
        self.name = name
        self.size = size
        self._state = state
        self._patience_seconds = patience_seconds
        self._client: Client | None = None
        self._free = asyncio.Semaphore(size)
        self.in_use = 0
        self._seconds = metrics.CACHE_COMMAND_SECONDS.labels(name)

    def attach(self, client: Client | None) -> None:
        """Give it its connections; ``Cache`` does, when it opens and closes."""
        self._client = client

    @property
    def client(self) -> Client:
        """The connections; raises ``CacheAway`` before they are there, and after."""
        if self._client is None:
            raise CacheAway(AwayReason.UNREACHABLE)
        return self._client

    async def call(self, *command: Word) -> Reply:
        """Send one command: its words, as Redis' documentation has them."""
        async with self._turn():
            return await self.client.execute(command)

    async def call_all(self, commands: Sequence[Command]) -> list[Reply]:
        """Send several in one round trip, in order, but not as one step: others may come between.

        Where one fails, its error is raised after all have been carried out.
        """
        if len(commands) == 1:  # A pipeline of the driver's takes longer than its command.
            return [await self.call(*commands[0])]
        if not commands:
            return []
        async with self._turn():
            return _unpacked(await self.client.execute_all(commands))

    async def run(self, script: Script, keys: Sequence[str], *values: Word) -> Reply:
        """Run a script; Redis learns it where it does not know it (any more)."""
        from causerie.foundation.cache.driver import NoScript

        async with self._turn():
            try:
                return await self.client.execute(
                    ("EVALSHA", script.digest, len(keys), *keys, *values)
                )
            except NoScript:
                return await self.client.execute(("EVAL", script.source, len(keys), *keys, *values))

    async def run_all(
        self, runs: Sequence[tuple[Script, Sequence[str], Sequence[Word]]]
    ) -> list[Reply]:
        """Run several scripts (each with its keys and values) in one round trip, two at the first.

        Not as one step. Where one fails, its error is raised after all have been run.
        """
        from causerie.foundation.cache.driver import NoScript

        if len(runs) == 1:
            script, keys, values = runs[0]
            return [await self.run(script, keys, *values)]
        if not runs:
            return []
        async with self._turn():
            replies = await self.client.execute_all(
                [("EVALSHA", s.digest, len(keys), *keys, *values) for s, keys, values in runs]
            )
            unknown = [i for i, reply in enumerate(replies) if isinstance(reply, NoScript)]
            if unknown:
                again = [runs[i] for i in unknown]
                learnt = await self.client.execute_all(
                    [("EVAL", s.source, len(keys), *keys, *values) for s, keys, values in again]
                )
                for i, reply in zip(unknown, learnt, strict=True):
                    replies[i] = reply
            return _unpacked(replies)

    async def publish_all(self, sayings: Sequence[tuple[str, bytes]]) -> None:
        """Say several things on channels (sharded pub/sub) in one round trip, in order."""
        if len(sayings) > 1 and not self.client.is_divided:
            channels, payloads = zip(*sayings, strict=True)
            refused = await self.run(_SAY_ALL, channels, *payloads)
            sayings = sayings[refused - 1 :] if isinstance(refused, int) else ()
        await self.call_all([("SPUBLISH", channel, payload) for channel, payload in sayings])

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a free connection, and bound it all; a failure is noted for everybody."""
        self._state.require_there()
        started = time.perf_counter()
        reason = AwayReason.BUSY
        try:
            async with asyncio.timeout(self._patience_seconds), self._free:
                self._state.require_there()  # it may have gone while we stood in line
                reason = AwayReason.SILENT
                self.in_use += 1
                try:
                    yield
                finally:
                    self.in_use -= 1
        except TimeoutError:
            self._state.note_gone(reason, waited_seconds=time.perf_counter() - started)
            raise CacheAway(reason) from None
        except CacheAway as away:
            if self._state.reason is None:
                waited = time.perf_counter() - started
                self._state.note_gone(away.reason, waited_seconds=waited)
            raise
        self._seconds.observe(time.perf_counter() - started)


def _unpacked(replies: Sequence[Reply | Exception]) -> list[Reply]:
    found: list[Reply] = []
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
        found.append(reply)
    return found
