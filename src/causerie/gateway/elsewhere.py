"""How many sockets a user and an address have on other nodes: the cache of sockets' sessions.

Each node says how many it has, by name, and says so again every half minute: what a dead node has
said ends by itself, and what Redis forgot it hears again. It says that it lives every two seconds: the
people of a machine that is lost come back at once, and are not held against themselves for so long.
Asked at the door, once a socket; where Redis is away a node counts its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from zlib import crc32

from typing_extensions import override

from causerie.foundation.cache import Cache, CacheAway, Script, Word
from causerie.gateway.ports import SocketsElsewhere
from causerie.gateway.roll import Roll, SharedRoll

GROUPS = 16  # A script's keys must lie on one server of a Cluster.
KEYS_A_SCRIPT = 200
NOTE_SECONDS = 0.02  # What comes and goes in it is told together.
REFRESH_SECONDS = 30.0
KEPT_SECONDS = 3 * REFRESH_SECONDS  # Two may be lost; a dead node's sockets are listed for so long.
BEAT_SECONDS = 2.0
SILENT_SECONDS = 7  # Three beats did not come: its sockets count no more, until one does.

_ELSEWHERE = Script("""
local t = redis.call('TIME')
local passed, found = {}, {}
for _, node in ipairs(ARGV) do passed[node] = true end
for i, key in ipairs(KEYS) do
    local sum, all = 0, redis.call('HGETALL', key)
    for j = 1, #all, 2 do
        local count, ends = string.match(all[j + 1], '^(%d+) (%d+)$')
        if not passed[all[j]] and tonumber(ends) > tonumber(t[1]) then sum = sum + count end
    end
    found[i] = sum
end
return found
""")
_NOTE = Script("""
local t = redis.call('TIME')
for i, key in ipairs(KEYS) do
    if ARGV[2 + i] == '0' then
        redis.call('HDEL', key, ARGV[1])
    else
        redis.call('HSET', key, ARGV[1], string.format('%s %d', ARGV[2 + i], t[1] + ARGV[2]))
        redis.call('EXPIRE', key, ARGV[2])
    end
end
return 0
""")
_BEAT = Script("""
local t = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], t, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t - ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', t - ARGV[2])
""")


class SharedSessions(SocketsElsewhere):
    """The port, on the pool of sessions; ``run`` is a worker's."""

    def __init__(self, cache: Cache, node: str) -> None:
        self._cache = cache
        self._node = node
        self._roll = SharedRoll(cache, node, kept_seconds=KEPT_SECONDS)
        self._silent: list[str] = []  # Nodes that have said that they live, and do so no more.
        self._here: dict[str, int] = {}
        self._changed: set[str] = set()
        self._has_news = asyncio.Event()

    @override
    async def count(self, user: int, address: str) -> tuple[int, int]:
        names = [f"u:{user}", f"a:{address}"]
        passed = [self._node, *self._silent]
        runs = [(_ELSEWHERE, [self._key(name)], passed) for name in names]
        try:
            of_user, of_address = await self._cache.sessions.run_all(runs)
        except CacheAway:
            return 0, 0
        return _first(of_user), _first(of_address)

    @override
    def note(self, user: int, of_user: int, address: str, of_address: int) -> None:
        for name, count in ((f"u:{user}", of_user), (f"a:{address}", of_address)):
            if count:
                self._here[name] = count
            else:
                self._here.pop(name, None)
            self._changed.add(name)
        self._has_news.set()

    @override
    async def roll(self, limit: int) -> Roll | None:
        return await self._roll.read(limit)

    async def run(self) -> None:
        """Tell the others for ever, as a supervised worker."""
        self._has_news.set()  # That this node is there.
        beat_at = refresh_at = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._has_news.wait()
            self._has_news.clear()
            if clock() >= beat_at:
                beat_at = clock() + BEAT_SECONDS
                await self.beat()
            is_time = clock() >= refresh_at
            if is_time:
                refresh_at = clock() + REFRESH_SECONDS
            if is_time or self._changed:
                await self.tell(anew=is_time)
            await asyncio.sleep(NOTE_SECONDS)

    async def beat(self) -> None:
        """Say that this node lives, and hear which do no more."""
        with suppress(CacheAway):
            silent = await self._cache.sessions.run(
                _BEAT,
                [self._cache.key("sockets", "beats")],
                *(self._node, SILENT_SECONDS, int(KEPT_SECONDS)),
            )
            self._silent = _names(silent)

    async def tell(self, *, anew: bool = False) -> None:
        """Say what has changed here, or all; where Redis is away it is said with the next refresh."""
        if anew:
            self._changed.update(self._here)
        changed, self._changed = self._changed, set()
        groups: dict[int, list[str]] = {}
        for name in changed:
            groups.setdefault(crc32(name.encode()) % GROUPS, []).append(name)
        chunks: list[Sequence[str]] = [
            names[start : start + KEYS_A_SCRIPT]
            for names in groups.values()
            for start in range(0, len(names), KEYS_A_SCRIPT)
        ]
        runs: list[tuple[Script, list[str], list[Word]]] = [
            (
                _NOTE,
                [self._key(name) for name in chunk],
                [self._node, int(KEPT_SECONDS), *(self._here.get(name, 0) for name in chunk)],
            )
            for chunk in chunks
        ]
        counts = {name: self._here.get(name, 0) for name in changed}
        sockets = sum(count for name, count in self._here.items() if name.startswith("u:"))
        with suppress(CacheAway):
            await self._cache.sessions.run_all(runs)
            await self._cache.sessions.call_all(
                self._roll.commands(counts, sockets=sockets, anew=anew)
            )

    async def forget(self, node: str) -> None:
        """Take away what a node told that is known to have died; else it ends by itself."""
        with suppress(CacheAway):
            names = await self._roll.names_of(node)
            for start in range(0, len(names), KEYS_A_SCRIPT):
                some = names[start : start + KEYS_A_SCRIPT]
                await self._cache.sessions.call_all(
                    [("HDEL", self._key(name), node) for name in some]
                )
            await self._cache.sessions.call_all(self._roll.removal(node))

    def _key(self, name: str) -> str:
        return self._cache.key("sockets", f"{{s{crc32(name.encode()) % GROUPS}}}", name)


def _names(reply: object) -> list[str]:
    names = reply if isinstance(reply, list) else []
    return [name.decode() for name in names if isinstance(name, bytes)]


def _first(reply: object) -> int:
    return reply[0] if isinstance(reply, list) and isinstance(reply[0], int) else 0
