"""What people put on messages: reactions and pins."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from causerie.accounts import Permission
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Unsupported
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import MessageId, Principal
from causerie.foundation.postgres import fingerprint
from causerie.messages.errors import MayNotWrite
from causerie.messages.model import (
    DEFAULT_EMOJI_TOTALS,
    DEFAULT_REACTORS_PER_PAGE,
    EmojiTotal,
    Pin,
    Reaction,
    ReactorPage,
    require_emoji,
    require_key,
    require_reactors_page,
    require_totals_limit,
)
from causerie.messages.ports import AroundStore, MessageStore
from causerie.messages.service.access import Access


class ReactionService:
    """Reactions. Each write is harmless when it is repeated, with a key or without one."""

    def __init__(
        self,
        *,
        access: Access,
        messages: MessageStore,
        store: AroundStore,
        events: Events,
        completion: Completion,
        is_on: bool,
    ) -> None:
        self._access = access
        self._messages = messages
        self._store = store
        self._events = events
        self._completion = completion
        self._is_on = is_on

    async def react(
        self,
        who: Principal,
        message_id: int,
        emoji: str,
        *,
        is_adding: bool,
        client_id: str | None = None,
    ) -> Reaction:
        """Add one's reaction or take it back; gives how many have it then."""
        self._require_on()
        if is_adding and not who.may(Permission.SEND_MESSAGES):
            raise MayNotWrite
        emoji = require_emoji(emoji)
        if client_id is not None:
            require_key(client_id)
        change = self._store.react(
            who.user_id,
            MessageId(message_id),
            emoji,
            is_adding=is_adding,
            key=client_id,
            fingerprint=fingerprint(message_id, emoji),
        )
        count = await self._completion.run(self._announced(change))
        return Reaction(emoji, count)

    async def _announced(self, change: Coroutine[Any, Any, tuple[int, Event | None]]) -> int:
        count, event = await change
        if event is not None:
            self._events.announce((event,))
        return count

    async def reactors(
        self,
        reader: Principal,
        message_id: int,
        *,
        emoji: str | None = None,
        after: int | None = None,
        limit: int = DEFAULT_REACTORS_PER_PAGE,
    ) -> tuple[Sequence[Reaction], ReactorPage]:
        """How often which emoji stands on a message, and a page of who put it there."""
        self._require_on()
        require_reactors_page(after, limit)
        emoji = None if emoji is None else require_emoji(emoji)
        found = await self._access.require_visible(reader, message_id)
        page = await self._store.reactors(
            found.message, viewer=reader.user_id, emoji=emoji, after=after or 0, limit=limit
        )
        (seen,) = await self._messages.as_seen((found.message,), (reader.user_id,))
        return seen.reactions, page

    async def most_used(
        self, reader: Principal, conversation: str, *, limit: int = DEFAULT_EMOJI_TOTALS
    ) -> Sequence[EmojiTotal]:
        """The emoji that a conversation has most of."""
        self._require_on()
        require_totals_limit(limit)
        conversation_id = await self._access.require_reader(reader, conversation)
        return await self._store.emoji_totals(conversation_id, viewer=reader.user_id, limit=limit)

    def _require_on(self) -> None:
        if not self._is_on:
            raise Unsupported("Reactions are switched off on this server")


class PinService:
    """Pins. Each write is harmless when it is repeated, with a key or without one."""

    def __init__(
        self,
        *,
        access: Access,
        store: AroundStore,
        events: Events,
        completion: Completion,
        is_on: bool,
    ) -> None:
        self._access = access
        self._store = store
        self._events = events
        self._completion = completion
        self._is_on = is_on

    async def pin(
        self, who: Principal, message_id: int, *, is_pinned: bool, client_id: str | None = None
    ) -> None:
        """Pin a message, or take the pin away."""
        self._require_on()
        if client_id is not None:
            require_key(client_id)
        change = self._store.pin(
            who.user_id,
            MessageId(message_id),
            is_pinned=is_pinned,
            is_moderator=who.may(Permission.PIN_ANY_MESSAGE),
            key=client_id,
            fingerprint=fingerprint(message_id, is_pinned),
        )
        await self._completion.run(self._announced(change))

    async def _announced(self, change: Coroutine[Any, Any, Event | None]) -> None:
        event = await change
        if event is not None:
            self._events.announce((event,))

    async def pins(self, reader: Principal, conversation: str) -> Sequence[Pin]:
        """What is pinned in a conversation that the reader is in, the latest first."""
        self._require_on()
        conversation_id = await self._access.require_reader(reader, conversation)
        return await self._store.pins(conversation_id, viewer=reader.user_id)

    def _require_on(self) -> None:
        if not self._is_on:
            raise Unsupported("Pinned messages are switched off on this server")
