"""Hears channels of sharded pub/sub, over connections of its own, and says when it may have missed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from causerie.foundation.cache.errors import AwayReason, CacheAway
from causerie.foundation.cache.pool import Pool
from causerie.foundation.cache.state import State

if TYPE_CHECKING:
    from causerie.foundation.cache.driver import Link

log = structlog.get_logger()

PING_SECONDS = 2.0  # A connection that died unseen is known within two of these.
RETRY_SECONDS = 0.25  # As often as the watch looks whether Redis is back.
MESSAGES_A_TURN = 128  # Then the loop's others have theirs: some 2 ms of work.
CHANNELS_A_COMMAND = 512  # Of one SSUBSCRIBE: Redis serves nobody else meanwhile.


class Subscriber:
    """Channels that are heard as long as ``run`` runs; the wishes outlive every interruption.

    ``on_message(channel, payload)`` gets what was said, in the order in which the server was told.
    ``on_lost()`` says that from now on something may be missed, ``on_restored()`` that all that was
    wished is heard (again): who reads PostgreSQL after it has missed nothing. ``on_restored`` also
    comes at the start. ``on_heard(channel)`` says that a channel is heard from now on, what was said
    before not. None of them may raise or await.
    """

    def __init__(
        self,
        pool: Pool,
        state: State,
        on_message: Callable[[str, bytes], None],
        *,
        on_lost: Callable[[], None],
        on_restored: Callable[[], None],
        on_heard: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._pool = pool
        self._state = state
        self._on_message = on_message
        self._on_lost = on_lost
        self._on_restored = on_restored
        self._on_heard = on_heard
        self._wanted: dict[bytes, str] = {}
        self._changed = asyncio.Event()
        self._gone = asyncio.Event()
        self._is_whole = False
        self._begin()
        state.listen(self._hear_state)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missed: between ``on_restored`` and ``on_lost``."""
        return self._is_whole

    def subscribe(self, channel: str) -> None:
        """Wish to hear a channel; ``on_heard`` says when it is."""
        name = channel.encode()
        if name not in self._wanted:
            self._wanted[name] = channel
            self._changed.set()

    def unsubscribe(self, channel: str) -> None:
        """Hear it no more, from now on; wished again soon, what was said in between may come."""
        name = channel.encode()
        if self._wanted.pop(name, None) is not None:
            self._pending.discard(name)
            self._changed.set()

    async def run(self) -> None:
        """Listen for ever: a worker."""
        while True:
            if self._state.reason is None:
                try:
                    await self._listen()
                except* CacheAway as aways:
                    reasons = [str(away) for away in aways.exceptions]
                    log.warning("subscriber_interrupted", reasons=reasons)
            await asyncio.sleep(RETRY_SECONDS)

    def _begin(self) -> None:
        """Know nothing of the server: at the start, and after every interruption."""
        self._links: dict[str, Link] = {}
        self._home: dict[bytes, str] = {}  # of what was asked for: the link that it was asked of
        self._leaving: Counter[bytes] = Counter()
        self._pending: set[bytes] = set(self._wanted)

    async def _listen(self) -> None:
        """Listen until something breaks: raises ``CacheAway`` in a group."""
        self._begin()
        self._gone.clear()
        try:
            await self._pool.client.look_around()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._break_when_gone())
                while True:
                    self._changed.clear()
                    await self._catch_up(group)
                    self._note_whole()
                    await self._changed.wait()
        finally:
            if self._is_whole:
                self._is_whole = False
                self._on_lost()
            links = list(self._links.values())
            self._begin()
            for link in links:
                with contextlib.suppress(CacheAway):
                    await link.close()

    async def _catch_up(self, group: asyncio.TaskGroup) -> None:
        """Ask for what is wished and not asked for, and take back what is not wished any more."""
        asked = self._home.keys()
        for name in [name for name in asked if name not in self._wanted]:
            self._leaving[name] += 1
            await self._links[self._home.pop(name)].send("SUNSUBSCRIBE", name)
        wishes: dict[tuple[str, int], list[bytes]] = {}
        for name in [name for name in self._wanted if name not in asked]:
            place = await self._link_for(name, group)
            self._home[name] = place
            # In a Cluster one command is about one slot; elsewhere everything is in one place.
            wishes.setdefault((place, self._pool.client.slot_of(name)), []).append(name)
        for (place, _), names in wishes.items():
            for start in range(0, len(names), CHANNELS_A_COMMAND):
                some = names[start : start + CHANNELS_A_COMMAND]
                await self._links[place].send("SSUBSCRIBE", *some)

    async def _link_for(self, name: bytes, group: asyncio.TaskGroup) -> str:
        client = self._pool.client
        place = await client.place_of(name)
        if place not in self._links:
            link = self._links[place] = await client.link_for(name)
            ears = _Ears(link)
            group.create_task(self._hear(ears))
            group.create_task(ears.ping())
        return place

    async def _hear(self, ears: _Ears) -> None:
        taken = 0
        while True:
            push = await ears.next()
            if push[0] == b"smessage":
                channel = self._wanted.get(push[1])
                if channel is not None:
                    self._on_message(channel, push[2])
            elif push[0] == b"ssubscribe":
                self._confirm(push[1])
            elif push[0] == b"sunsubscribe":
                self._let_go(push[1])
            taken += 1
            if taken % MESSAGES_A_TURN == 0:
                await asyncio.sleep(0)

    def _confirm(self, name: bytes) -> None:
        if name in self._home:
            self._on_heard(name.decode())
        self._pending.discard(name)
        self._note_whole()

    def _let_go(self, name: bytes) -> None:
        if self._leaving[name] > 0:
            self._leaving[name] -= 1
        else:  # not at our wish: in a Cluster the channel's slot has moved
            raise CacheAway(AwayReason.UNREACHABLE)

    def _note_whole(self) -> None:
        if not self._pending and not self._is_whole:
            self._is_whole = True
            self._on_restored()

    def _hear_state(self, is_up: bool) -> None:  # noqa: FBT001 - the shape of the state's listeners
        if not is_up:
            self._gone.set()

    async def _break_when_gone(self) -> None:
        await self._gone.wait()
        raise CacheAway(self._state.reason or AwayReason.UNREACHABLE)


class _Ears:
    """One link and when it was last heard."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._heard_at = time.monotonic()

    async def next(self) -> list[bytes]:
        push: list[bytes] = await self._link.read()
        self._heard_at = time.monotonic()
        return push

    async def ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            if time.monotonic() - self._heard_at > 2 * PING_SECONDS:
                raise CacheAway(AwayReason.SILENT)
            await self._link.send("PING")
