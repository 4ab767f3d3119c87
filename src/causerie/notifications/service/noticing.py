"""From what was committed to notices: mentions as the database found them, messages by cursors."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

from causerie.foundation.clock import Clock
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.notifications.events import NotificationRaised
from causerie.notifications.model import KEEP_DAYS, Notice, NoticeKind
from causerie.notifications.ports import Notices, Speech

SWEEP_SECONDS = 30.0  # For what was lost with a process, or committed by another.
DIRECTS_PER_PAGE = 5000
MAX_NOTED = 10_000  # Of more the sweep learns.


class Noticer:
    """Tells people; several nodes do so side by side."""

    def __init__(self, notices: Notices, speech: Speech, events: Events, clock: Clock) -> None:
        self._notices = notices
        self._speech = speech
        self._events = events
        self._clock = clock
        self._followed: frozenset[ConversationId] = frozenset()
        self._moved: set[ConversationId] = set()
        self._read: dict[tuple[UserId, ConversationId], int] = {}
        self._threads_read: dict[tuple[UserId, MessageId], int] = {}
        self._has_mentions = self._has_replies = True
        self._sweep_now = True
        self._waker = asyncio.Event()

    # --- on the way of every commit: nothing is awaited ------------------------------------------

    def note_said(
        self,
        conversation_id: ConversationId,
        *,
        is_direct: bool,
        has_mentions: bool,
        has_replies: bool = False,
    ) -> None:
        """Hear that something was said."""
        if has_replies:
            self._has_replies = True
            self._waker.set()
        if has_mentions:
            self._has_mentions = True
            self._waker.set()
        if is_direct or conversation_id in self._followed:
            if len(self._moved) < MAX_NOTED:
                self._moved.add(conversation_id)
            self._waker.set()

    def note_read(self, user_id: UserId, conversation_id: ConversationId, seq: int) -> None:
        """Hear that somebody has read so far."""
        if len(self._read) < MAX_NOTED:
            self._read[user_id, conversation_id] = seq
            self._waker.set()

    def note_thread_read(self, user_id: UserId, root_id: MessageId, seq: int) -> None:
        """Hear that somebody has read a thread so far."""
        if len(self._threads_read) < MAX_NOTED:
            self._threads_read[user_id, root_id] = seq
            self._waker.set()

    def look_again(self) -> None:
        """Learn anew which rooms are followed."""
        self._sweep_now = True
        self._waker.set()

    async def run(self) -> None:
        """Tell for ever, as a supervised worker."""
        while True:
            with contextlib.suppress(Unavailable):  # What is left is found by the next sweep.
                await self._work()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._waker.wait()
                    self._waker.clear()
                    continue
            self._sweep_now = True

    async def tell(
        self, user_id: UserId, kind: NoticeKind, words: str, *, key: str | None = None
    ) -> None:
        """Tell somebody something that is no message; under a key once."""
        now = self._clock.now()
        notice = await self._notices.tell_words(user_id, kind, words, at=now, key=key)
        if notice is None:
            return
        self._events.announce([NotificationRaised(notice, None)])

    async def _work(self) -> None:
        while self._moved or self._has_mentions or self._has_replies or self._sweep_now:
            if self._sweep_now:
                self._sweep_now = False
                await self.sweep()
            if self._has_mentions:
                self._has_mentions = False
                await self._tell_of_mentions()
            if self._has_replies:
                self._has_replies = False
                await self._tell_of_replies()
            while self._moved:
                await self._tell_of(self._moved.pop())
        # After what was told: of a message that was read meanwhile the notice is read too.
        if self._read:
            read, self._read = self._read, {}
            await self._notices.read_upto(read, at=self._clock.now())
        if self._threads_read:
            threads, self._threads_read = self._threads_read, {}
            await self._notices.threads_read_upto(threads, at=self._clock.now())

    async def sweep(self) -> None:
        """Tell of all that nobody was told of yet, and forget what is old."""
        self._followed = await self._notices.rooms_followed()
        await self._tell_of_mentions()
        await self._tell_of_replies()
        if self._followed:
            await self._catch_up(await self._speech.positions(list(self._followed)))
        after = 0
        while page := await self._speech.directs(after=after, limit=DIRECTS_PER_PAGE):
            await self._catch_up(page)
            after = page[-1][0]
        await self._notices.forget(self._clock.now() - timedelta(days=KEEP_DAYS))

    async def _catch_up(self, positions: Sequence[tuple[ConversationId, int]]) -> None:
        for conversation_id in await self._notices.behind(positions):
            await self._tell_of(conversation_id)

    async def _tell_of_mentions(self) -> None:
        is_more = True
        while is_more:
            told, is_more = await self._notices.tell_of_mentions(at=self._clock.now())
            await self._announce(told)

    async def _tell_of_replies(self) -> None:
        is_more = True
        while is_more:
            told, is_more = await self._notices.tell_of_replies(at=self._clock.now())
            await self._announce(told)

    async def _tell_of(self, conversation_id: ConversationId) -> None:
        is_more = True
        while is_more:
            told, is_more = await self._notices.tell_of(
                conversation_id, self._speech, at=self._clock.now()
            )
            await self._announce(told)

    async def _announce(self, told: Sequence[Notice]) -> None:
        if not told:
            return
        ids = {notice.message_id for notice in told if notice.message_id is not None}
        said = await self._speech.by_ids(list(ids))
        self._events.announce(
            [
                NotificationRaised(notice, message)
                for notice in told
                if (message := said.get(notice.message_id or MessageId(0))) is not None
            ]
        )
