"""What a person's devices hold in common: preferences and drafts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from causerie.conversations import Address, ConversationService
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import NotFound
from causerie.foundation.events import Events
from causerie.foundation.identity import MessageId, Principal
from causerie.receipts.events import DraftSet, PreferenceSet
from causerie.receipts.model.drafts import (
    MAX_DRAFTS_PER_USER,
    NO_THREAD,
    Draft,
    DraftPlace,
    require_draft,
)
from causerie.receipts.model.preferences import (
    Preference,
    Value,
    completed,
    default_of,
    require_value,
)
from causerie.receipts.ports import DraftStore, PreferenceStore, Roots


class PreferenceService:
    """Known keys, each with a default; told to one's own devices."""

    def __init__(self, store: PreferenceStore, events: Events, completion: Completion) -> None:
        self._store = store
        self._events = events
        self._completion = completion

    async def list(self, who: Principal) -> Sequence[Preference]:
        """All keys, as they are for the user."""
        return completed(await self._store.all(who.user_id))

    async def get(self, who: Principal, key: str) -> Preference:
        """One key. Raises ``NotFound``."""
        default = default_of(key)
        return (await self._store.all(who.user_id)).get(key, default)

    async def set(
        self, who: Principal, key: str, value: Value, *, idempotency_key: str | None = None
    ) -> Preference:
        """Prefer something. Raises ``NotFound``, ``Invalid``."""
        require_value(key, value)
        return await self._completion.run(self._set(who, key, value, idempotency_key))

    async def reset(
        self, who: Principal, key: str, *, idempotency_key: str | None = None
    ) -> Preference:
        """Prefer what is the default. Raises ``NotFound``."""
        default_of(key)
        return await self._completion.run(self._set(who, key, None, idempotency_key))

    async def _set(
        self, who: Principal, key: str, value: Value | None, idempotency_key: str | None
    ) -> Preference:
        done = await self._store.set(who.user_id, key, value, idempotency_key=idempotency_key)
        if done is None:
            return await self.get(who, key)
        self._events.announce((PreferenceSet(who.user_id, done),))
        return done


class DraftService:
    """One draft a conversation and one a thread; of two devices the one that wrote later holds."""

    def __init__(
        self,
        *,
        conversations: ConversationService,
        roots: Roots,
        store: DraftStore,
        events: Events,
        completion: Completion,
        clock: Clock,
        max_chars: int,
        max_drafts: int = MAX_DRAFTS_PER_USER,
    ) -> None:
        self._conversations = conversations
        self._roots = roots
        self._store = store
        self._events = events
        self._completion = completion
        self._clock = clock
        self._max_chars = max_chars
        self._max_drafts = max_drafts

    async def list(self, who: Principal) -> Sequence[Draft]:
        """All that one has begun to write."""
        return await self._store.all(who.user_id)

    async def get(self, who: Principal, address: Address, *, root_id: int | None) -> Draft:
        """The draft at one place. Raises ``NotFound``."""
        place = await self._require_place(who, address, root_id)
        found = await self._store.find(who.user_id, place)
        if found is None:
            raise NotFound("draft")
        return found

    async def set(
        self,
        who: Principal,
        address: Address,
        *,
        root_id: int | None,
        content: str,
        written_at: datetime | None = None,
        key: str | None = None,
    ) -> Draft:
        """Keep what was written, or with an empty text throw it away; gives the draft that holds.

        ``written_at`` is the device's time: what it wrote while it was offline does not undo what
        was written since. Raises ``NotFound``, ``TooLarge``, ``TooManyDrafts``.
        """
        require_draft(content, limit=self._max_chars)
        place = await self._require_place(who, address, root_id)
        now = self._clock.now()
        # A device that is ahead must not keep others from writing.
        at = now if written_at is None else min(written_at, now)
        draft = Draft(address.kind, place, content, at)
        return await self._completion.run(self._set(who, draft, key))

    async def _set(self, who: Principal, draft: Draft, key: str | None) -> Draft:
        holds, is_changed = await self._store.set(
            who.user_id, draft, key=key, limit=self._max_drafts
        )
        if is_changed:
            self._events.announce((DraftSet(who.user_id, holds),))
        return holds

    async def _require_place(
        self, who: Principal, address: Address, message_id: int | None
    ) -> DraftPlace:
        """A conversation of one's own, or the thread there that a message begins or is in."""
        membership = await self._conversations.membership(address.id, who.user_id)
        if membership is None or membership.kind is not address.kind:
            raise NotFound("conversation")
        if message_id is None:
            return DraftPlace(address.id, NO_THREAD)
        root_id = await self._roots.root_of(address.id, MessageId(message_id))
        if root_id is None:
            raise NotFound("message")
        return DraftPlace(address.id, root_id)
