"""Tells readers of messages whose files became something else."""

from __future__ import annotations

import asyncio
from collections import deque

import structlog

from causerie.files import MessageFilesChanged
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Events
from causerie.messages.events import MessageEdited
from causerie.messages.ports import MessageStore

log = structlog.get_logger()

MAX_WAITING = 10_000  # Some 1 MB. What is lost beyond it readers find by the changes' numbers.
RETRY_SECONDS = 1.0  # A restarted database is found again within this.


class FilesFollower:
    """Reads the message and announces it as it is; the change itself is committed. A worker."""

    def __init__(self, store: MessageStore, events: Events) -> None:
        self._store = store
        self._events = events
        self._waiting: deque[MessageFilesChanged] = deque(maxlen=MAX_WAITING)
        self._some = asyncio.Event()

    def listen(self, events: Events) -> None:
        """Hear of every commit."""
        events.listen(MessageFilesChanged, self._put)

    async def run(self) -> None:
        """Announce for ever what waits; a supervised worker."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                await self._announce(self._waiting[0])
                self._waiting.popleft()

    def _put(self, event: MessageFilesChanged) -> None:
        self._waiting.append(event)
        self._some.set()

    async def _announce(self, event: MessageFilesChanged) -> None:
        while True:
            try:
                messages = await self._store.by_ids((event.message_id,))
                break
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
        message = messages.get(event.message_id)
        if message is not None:
            changed = MessageEdited(message, event.rev, event.after_seq, message.sender_id)
            self._events.announce((changed,))
