"""Backlogs that all nodes share: what one of them has read from PostgreSQL, the others need not.

In memory first, then in Redis, by the pool for what waits. Redis keeps it for as long as memory does;
what is missing there, unreadable or too old is read from PostgreSQL.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec
import structlog
from typing_extensions import override

from causerie.foundation.cache import Cache, CacheAway
from causerie.foundation.realtime.backlogs import BACKLOG_SECONDS, Backlog, Backlogs
from causerie.foundation.realtime.codec import Codec

log = structlog.get_logger()

MAX_SHARED_BYTES = 256 << 10  # Decoding more would hold up the loop for longer than 5 ms.


class _Shared(msgspec.Struct, frozen=True, gc=False, array_like=True):
    after: int
    rev: int
    entries: bytes


class RedisBacklogs(Backlogs):
    """``near`` is this process' own memory of them."""

    def __init__(self, cache: Cache, codec: Codec, near: Backlogs) -> None:
        self._cache = cache
        self._codec = codec
        self._near = near
        self._decoder = msgspec.msgpack.Decoder(_Shared)

    @override
    async def find(self, topic_id: int, *, after: int, rev: int) -> Backlog | None:
        near = await self._near.find(topic_id, after=after, rev=rev)
        if near is not None:
            return near
        try:
            kept = await self._cache.queues.call("GET", self._key(topic_id))
        except CacheAway:
            return None
        found = self._read(kept) if isinstance(kept, bytes) else None
        if found is None or not found.has(after=after, rev=rev):
            return None
        await self._near.keep(topic_id, found)
        return found

    @override
    async def keep(self, topic_id: int, backlog: Backlog) -> None:
        await self._near.keep(topic_id, backlog)
        if self._cache.is_away:
            return
        entries = self._codec.encode_entries(backlog.entries)
        if len(entries) > MAX_SHARED_BYTES:
            return
        body = msgspec.msgpack.encode(_Shared(backlog.after, backlog.rev, entries))
        milliseconds = round(BACKLOG_SECONDS * 1000)
        with suppress(CacheAway):
            await self._cache.queues.call("SET", self._key(topic_id), body, "PX", milliseconds)

    def _key(self, topic_id: int) -> str:
        return self._cache.key("backlog", topic_id)

    def _read(self, body: bytes) -> Backlog | None:
        try:
            shared = self._decoder.decode(body)
        except msgspec.DecodeError:
            log.warning("backlog_unreadable")
            return None
        # What this node cannot read of a newer one's is missing then: no answer, as a whole.
        backlog = Backlog(
            shared.after, shared.rev, tuple(self._codec.decode_entries(shared.entries))
        )
        return backlog if backlog.is_whole else None
