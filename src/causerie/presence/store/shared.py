"""Whereabouts in Redis or Valkey, which several nodes share; a node's own lie in memory too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import TypeVar

from typing_extensions import override

from causerie.foundation.cache import Cache, CacheAway, Command, Reply
from causerie.foundation.clock import Clock
from causerie.foundation.identity import UserId
from causerie.presence.model import NO_CHOICE, Choice, Person, Standing, Status, merged
from causerie.presence.ports import NODE_SECONDS, Whereabouts
from causerie.presence.store.memory import MemoryWhereabouts

PEOPLE_AT_ONCE = 500  # Of one command: some 25 KB, and Redis serves nobody else meanwhile.
# A node's people outlive what says that it lives, so that who finds it dead can say who is gone.
PEOPLE_SECONDS = 2 * NODE_SECONDS

T = TypeVar("T")
Record = tuple[Standing, Choice]


class SharedWhereabouts(Whereabouts):
    """One hash a node, of who stands there and what they chose; it ends by itself with its node.

    Nobody counts up and down, so that nothing is left behind: who is at a dead node is nowhere as
    soon as that does not say any more that it lives. Nodes' wall clocks may differ by a fraction of
    ``NODE_SECONDS``.
    """

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._nodes = cache.key("presence", "nodes")
        self._known: list[str] = []  # The nodes that lived when Redis was asked last.

    @override
    async def put(
        self,
        node: str,
        standings: Mapping[UserId, Standing | None],
        choices: Mapping[UserId, Choice],
    ) -> Mapping[UserId, Person]:
        here = {user: one for user, one in standings.items() if one is not None}
        gone = [user for user, one in standings.items() if one is None]
        said = self._say_alive(node)
        if gone:
            said.append(("HDEL", self._key(node), *gone))
        found = await self._records(list(standings), after=said)
        written = {
            user: (standing, _newest([choices.get(user, NO_CHOICE), *_chosen(found, user)]))
            for user, standing in here.items()
        }
        for records in _parts(written.items()):
            pairs = [word for user, record in records for word in (user, _pack(record))]
            await self._cache.sessions.call("HSET", self._key(node), *pairs)
        for user, record in written.items():
            found.setdefault(user, {})[node] = record
        return _people(found)

    @override
    async def find(self, users: Sequence[UserId]) -> Mapping[UserId, Person]:
        return _people(await self._records(users))

    @override
    async def keep(self, node: str) -> Sequence[UserId]:
        await self._cache.sessions.call_all(self._say_alive(node))
        dead = await self._cache.sessions.call("ZRANGEBYSCORE", self._nodes, "-inf", self._now())
        gone: list[UserId] = []
        for other in _texts(dead):
            # Of several nodes that see it, one says so.
            if await self._cache.sessions.call("ZREM", self._nodes, other) != 1:
                continue
            people = await self._cache.sessions.call("HKEYS", self._key(other))
            await self._cache.sessions.call("DEL", self._key(other))
            gone += [UserId(int(text)) for text in _texts(people)]
        elsewhere = await self._records(gone)
        return [user for user in gone if user not in elsewhere]

    @override
    async def end(self, node: str, *, in_seconds: float) -> None:
        await self._cache.sessions.call("ZADD", self._nodes, self._now() + in_seconds, node)

    async def count(self, node: str) -> int:
        """How many people Redis knows to be at a node."""
        count = await self._cache.sessions.call("HLEN", self._key(node))
        return count if isinstance(count, int) else 0

    def _say_alive(self, node: str) -> list[Command]:
        return [
            ("ZADD", self._nodes, self._now() + NODE_SECONDS, node),
            ("EXPIRE", self._key(node), int(PEOPLE_SECONDS)),
        ]

    async def _records(
        self, users: Sequence[UserId], *, after: Sequence[Command] = ()
    ) -> dict[UserId, dict[str, Record]]:
        """How people stand at each node that lives; what is to be said before goes along."""
        found: dict[UserId, dict[str, Record]] = {}
        for some in _parts(users):
            alive, values = await self._ask(after, self._known, some)
            after, self._known = (), alive
            if new := [node for node in alive if node not in values]:
                _, more = await self._ask((), new, some)
                values.update(more)
            for node in alive:
                for user, value in zip(some, values[node], strict=True):
                    if value is not None:
                        found.setdefault(user, {})[node] = _unpack(value)
        return found

    async def _ask(
        self, said: Sequence[Command], nodes: Sequence[str], users: Sequence[UserId]
    ) -> tuple[list[str], dict[str, list[bytes | None]]]:
        """In one round trip, who lives, and what nodes that may live know of people."""
        living: Command = ("ZRANGEBYSCORE", self._nodes, f"({self._now()}", "+inf")
        asked: list[Command] = [("HMGET", self._key(node), *users) for node in nodes]
        replies = await self._cache.sessions.call_all([*said, living, *asked])
        alive, *values = replies[len(said) :]
        return _texts(alive), dict(zip(nodes, map(_values, values), strict=True))

    def _key(self, node: str) -> str:
        return self._cache.key("presence", "at", node)

    def _now(self) -> float:
        return self._clock.now().timestamp()


class LastingWhereabouts(Whereabouts):
    """Those in Redis, and while that is away those of this node: its own people stay as they are.

    When Redis is back, or was emptied, this node's people are told to it anew.
    """

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._shared = SharedWhereabouts(cache, clock)
        self._local = MemoryWhereabouts(clock)
        self._is_stale = True  # Redis may know less of this node's people than this node.

    @override
    async def put(
        self,
        node: str,
        standings: Mapping[UserId, Standing | None],
        choices: Mapping[UserId, Choice],
    ) -> Mapping[UserId, Person]:
        people = await self._local.put(node, standings, choices)
        try:
            await self._tell_anew(node)
            return await self._shared.put(node, standings, choices)
        except CacheAway:
            self._is_stale = True
            return people

    @override
    async def find(self, users: Sequence[UserId]) -> Mapping[UserId, Person]:
        here = await self._local.find(users)
        try:
            # Who is here is here, also while an emptied Redis does not know it yet.
            return {**here, **await self._shared.find(users)}
        except CacheAway:
            return here

    @override
    async def keep(self, node: str) -> Sequence[UserId]:
        await self._local.keep(node)
        try:
            if await self._shared.count(node) != len(self._local.at(node)):
                self._is_stale = True
            await self._tell_anew(node)
            return await self._shared.keep(node)
        except CacheAway:
            self._is_stale = True
            return ()

    @override
    async def end(self, node: str, *, in_seconds: float) -> None:
        await self._local.end(node, in_seconds=in_seconds)
        with suppress(CacheAway):  # Then it ends by itself, a little later.
            await self._shared.end(node, in_seconds=in_seconds)

    async def _tell_anew(self, node: str) -> None:
        if not self._is_stale:
            return
        for some in _parts(list(self._local.at(node).items())):
            known = {user: person.standing for user, person in some}
            await self._shared.put(node, known, {user: person.choice for user, person in some})
        self._is_stale = False


def _people(found: Mapping[UserId, Mapping[str, Record]]) -> dict[UserId, Person]:
    return {
        user: Person(
            merged(standing for standing, _ in records.values()),
            _newest(choice for _, choice in records.values()),
        )
        for user, records in found.items()
        if records
    }


def _chosen(found: Mapping[UserId, Mapping[str, Record]], user: UserId) -> list[Choice]:
    return [choice for _, choice in found.get(user, {}).values()]


def _newest(choices: Iterable[Choice]) -> Choice:
    return max(choices, key=lambda choice: choice.number, default=NO_CHOICE)


def _pack(record: Record) -> str:
    standing, choice = record
    return f"{standing.is_idle:d} {standing.active_at:.3f} {choice.number} {choice.status}"


def _unpack(value: bytes) -> Record:
    idle, active_at, number, status = value.decode().split(" ")
    return Standing(idle == "1", float(active_at)), Choice(Status(status), int(number))


def _texts(reply: Reply) -> list[str]:
    return [value.decode() for value in _values(reply) if value is not None]


def _values(reply: Reply) -> list[bytes | None]:
    if not isinstance(reply, list):
        return []
    return [value if isinstance(value, bytes) else None for value in reply]


def _parts(items: Iterable[T]) -> Iterable[list[T]]:
    left = iter(items)
    while part := list(islice(left, PEOPLE_AT_ONCE)):
        yield part
