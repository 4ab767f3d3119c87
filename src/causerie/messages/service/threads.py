"""Threads: those of a conversation, and what one wants to be told of them."""

from __future__ import annotations

from typing_extensions import override

from causerie.conversations import Address, ReadPosition, ThreadPositions
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid, Unsupported
from causerie.foundation.events import Events
from causerie.foundation.identity import MAX_ID, MessageId, Principal
from causerie.foundation.postgres import fingerprint
from causerie.messages.errors import MessageNotFound
from causerie.messages.events import ThreadAttended, ThreadRead
from causerie.messages.model import (
    DEFAULT_PAGE_THREADS,
    Attention,
    Message,
    Thread,
    ThreadPage,
    ThreadReading,
    require_key,
    require_threads_page,
)
from causerie.messages.ports import ThreadStore
from causerie.messages.service.access import Access


class ThreadService:
    """What one can do with threads, but for answering in them, which is sending."""

    def __init__(
        self,
        *,
        access: Access,
        store: ThreadStore,
        events: Events,
        completion: Completion,
        is_on: bool,
    ) -> None:
        self._access = access
        self._store = store
        self._events = events
        self._completion = completion
        self._is_on = is_on

    async def threads(
        self,
        reader: Principal,
        conversation: str,
        *,
        before: int | None = None,
        limit: int = DEFAULT_PAGE_THREADS,
        only_followed: bool = False,
    ) -> ThreadPage:
        """The threads of a conversation, the one that was answered last first.

        ``before`` is the ``last_reply_seq`` of the last thread that the reader has.
        """
        self._require_on()
        require_threads_page(before, limit)
        conversation_id = await self._access.require_reader(reader, conversation)
        return await self._store.threads(
            conversation_id,
            viewer=reader.user_id,
            before=before,
            limit=limit,
            only_followed=only_followed,
        )

    async def thread(self, reader: Principal, message_id: int) -> Thread:
        """The thread that a message begins, or is in."""
        self._require_on()
        return await self._thread(reader, message_id)

    async def attend(
        self,
        who: Principal,
        message_id: int,
        attention: Attention,
        *,
        client_id: str | None = None,
    ) -> Thread:
        """Follow a thread, mute it, or do neither; whether or not anybody has answered in it yet."""
        self._require_on()
        if client_id is not None:
            require_key(client_id)
        thread = await self._thread(who, message_id)
        await self._completion.run(self._attended(who, thread.message, attention, client_id))
        return await self._thread(who, message_id)

    async def mark_read(
        self,
        who: Principal,
        message_id: int,
        seq: int,
        *,
        address: Address | None = None,
        client_id: str | None = None,
    ) -> ThreadReading:
        """Say how far one has read a thread; never goes back, nor moves the conversation's position.

        ``address`` is where the caller takes the thread to be. Raises ``MessageNotFound``.
        """
        self._require_on()
        if client_id is not None:
            require_key(client_id)
        if not 1 <= seq <= MAX_ID:
            raise Invalid("seq", f"Must be from 1 to {MAX_ID}")
        root = (await self._thread(who, message_id)).message
        if address is not None and address != (root.kind, root.conversation_id):
            raise MessageNotFound
        return await self._completion.run(self._read(who, root, seq, client_id))

    async def _read(
        self, who: Principal, root: Message, seq: int, key: str | None
    ) -> ThreadReading:
        reading = await self._store.read(
            root, viewer=who.user_id, seq=seq, key=key, fingerprint=fingerprint(root.id, seq)
        )
        if reading.has_moved:
            place = (root.id, root.conversation_id, root.kind, who.user_id)
            self._events.announce((ThreadRead(*place, reading.seq, reading.unread),))
        return reading

    async def _attended(
        self, who: Principal, root: Message, attention: Attention, key: str | None
    ) -> None:
        is_new = await self._store.attend(
            root,
            viewer=who.user_id,
            attention=attention,
            key=key,
            fingerprint=fingerprint(root.id, attention),
        )
        if is_new:
            self._events.announce(
                (ThreadAttended(root.id, root.conversation_id, root.kind, who.user_id, attention),)
            )

    async def _thread(self, reader: Principal, message_id: int) -> Thread:
        found = await self._access.require_visible(reader, message_id)
        root = found.message.parent_id or MessageId(message_id)
        thread = await self._store.find_thread(root, viewer=reader.user_id)
        if thread is None:
            raise MessageNotFound
        return thread

    def _require_on(self) -> None:
        if not self._is_on:
            raise Unsupported("Threads are switched off on this server")


class ReadThreads(ThreadPositions):
    """The port of conversations, whose ``mark_read`` may name a thread."""

    def __init__(self, threads: ThreadService) -> None:
        self._threads = threads

    @override
    async def mark_read(
        self, who: Principal, address: Address, root_id: int, seq: int, *, key: str | None
    ) -> ReadPosition:
        reading = await self._threads.mark_read(who, root_id, seq, address=address, client_id=key)
        return ReadPosition(reading.seq, reading.unread)
