"""Who is connected, by user and by address: on this node, and on all that share a Redis.

Each node keeps its own counts there, sorted, under its name, and writes all of them anew with every
refresh: what a dead node has written ends by itself, and what Redis forgot it hears again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from causerie.foundation.cache import Cache, CacheAway, Command, Reply, Word
from causerie.foundation.identity import UserId

K = TypeVar("K")

NAMES_A_COMMAND = 1000
MAX_LISTED = 1000  # Of each; a node gives as many, so that all of a cluster are a few pages.


class NodeCount(msgspec.Struct, frozen=True):
    """How many sockets a node has."""

    node: str
    connections: int


class Roll(msgspec.Struct, frozen=True):
    """Who has most sockets. ``is_whole``: all nodes were heard; else only this one is in it."""

    is_whole: bool
    nodes: Sequence[NodeCount]
    users: Mapping[UserId, int]
    addresses: Mapping[str, int]


class Books(Protocol):
    """What a node knows of its own sockets."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    def by_user(self) -> Mapping[UserId, int]:
        """How many each user has."""
        ...

    def by_address(self) -> Mapping[str, int]:
        """How many each client address has."""
        ...


def own_roll(books: Books, limit: int, *, is_whole: bool) -> Roll:
    """The roll of a node that is alone, or hears nobody now; it needs no name."""
    return Roll(
        is_whole,
        [NodeCount("", books.count)],
        most(books.by_user(), limit),
        most(books.by_address(), limit),
    )


def most(counts: Mapping[K, int], limit: int) -> dict[K, int]:
    """The highest so many, the highest first."""
    return dict(sorted(counts.items(), key=lambda pair: -pair[1])[:limit])


class SharedRoll:
    """The roll of all nodes, on the pool of sessions."""

    def __init__(self, cache: Cache, node: str, *, kept_seconds: float) -> None:
        self._cache = cache
        self._node = node
        self._kept_seconds = int(kept_seconds)
        self._nodes = cache.key("sockets", "nodes")

    def commands(self, counts: Mapping[str, int], *, sockets: int, anew: bool) -> list[Command]:
        """What to tell Redis: ``counts`` by ``u:<id>`` and ``a:<address>``, 0 where nothing is left.

        ``anew``: these are all that there are.
        """
        kept = self._kept_seconds
        told: list[Command] = [("ZADD", self._nodes, int(time.time()) + kept, self._node)]
        told.append(("SET", self._key(self._node, "n"), sockets, "EX", kept))
        for kind in ("u", "a"):
            key = self._key(self._node, kind)
            if anew:
                told.append(("DEL", key))
            named = {n[2:]: c for n, c in counts.items() if n.startswith(f"{kind}:")}
            if gone := [name for name, count in named.items() if not count]:
                told.append(("ZREM", key, *gone))
            there: list[Word] = []
            for name, count in named.items():
                if count:
                    there += (count, name)
            step = 2 * NAMES_A_COMMAND
            told += [
                ("ZADD", key, *there[start : start + step]) for start in range(0, len(there), step)
            ]
            told.append(("EXPIRE", key, kept))
        return told

    async def names_of(self, node: str) -> list[str]:
        """Whom and which addresses a node counts, named as for ``commands``. Raises ``CacheAway``."""
        kinds = ("u", "a")
        found = await self._cache.sessions.call_all(
            [("ZRANGE", self._key(node, kind), 0, -1) for kind in kinds]
        )
        return [
            f"{kind}:{_text(name)}"
            for kind, names in zip(kinds, found, strict=True)
            for name in _list(names)
        ]

    def removal(self, node: str) -> list[Command]:
        """What takes a node out."""
        keys = [self._key(node, kind) for kind in ("u", "a", "n")]
        return [("ZREM", self._nodes, node), ("DEL", *keys)]

    async def read(self, limit: int) -> Roll | None:
        """The roll of all nodes; None where Redis is away.

        Of each node the first ``limit`` are looked at, and counted on every node.
        """
        try:
            return await self._read(limit)
        except CacheAway:
            return None

    async def _read(self, limit: int) -> Roll:
        pool = self._cache.sessions
        now = int(time.time())
        _, found = await pool.call_all(
            [
                ("ZREMRANGEBYSCORE", self._nodes, "-inf", now),
                ("ZRANGE", self._nodes, 0, -1),
            ]
        )
        nodes = [_text(node) for node in _list(found)]
        sizes = await pool.call_all([("GET", self._key(node, "n")) for node in nodes])
        users = await self._most_of(nodes, "u", limit)
        return Roll(
            is_whole=True,
            nodes=[NodeCount(n, _number(size)) for n, size in zip(nodes, sizes, strict=True)],
            users={UserId(int(name)): count for name, count in users.items()},
            addresses=await self._most_of(nodes, "a", limit),
        )

    async def _most_of(self, nodes: Sequence[str], kind: str, limit: int) -> dict[str, int]:
        keys = [self._key(node, kind) for node in nodes]
        tops = await self._cache.sessions.call_all(
            [("ZRANGE", key, 0, limit - 1, "REV") for key in keys]
        )
        names = list(dict.fromkeys(_text(name) for top in tops for name in _list(top)))
        if not names:
            return {}
        scores = await self._cache.sessions.call_all([("ZMSCORE", key, *names) for key in keys])
        sums = dict.fromkeys(names, 0)
        for scored in scores:
            for name, score in zip(names, _list(scored), strict=True):
                sums[name] += _number(score)
        return most({name: count for name, count in sums.items() if count}, limit)

    def _key(self, node: str, kind: str) -> str:
        return self._cache.key("sockets", f"{{{node}}}", kind)


def _list(reply: Reply) -> Sequence[Reply]:
    return reply if isinstance(reply, list) else ()


def _text(reply: Reply) -> str:
    return reply.decode() if isinstance(reply, bytes) else str(reply)


def _number(reply: Reply) -> int:
    return 0 if reply is None else int(float(_text(reply)))
