"""Receipts over HTTP: what is unread and who has read what; one's preferences and drafts."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.conversations import parse_wire_id
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID
from causerie.gateway.http import Acting, IdempotencyKey
from causerie.receipts.service.own import DraftService, PreferenceService
from causerie.receipts.service.unread import UnreadService
from causerie.receipts.wire import (
    PutDraft,
    PutPreference,
    WireAllUnread,
    WireDraft,
    WireDrafts,
    WirePreference,
    WirePreferences,
    WireReceipts,
    draft_out,
    drafts_out,
    preference_out,
    preferences_out,
    receipts_out,
    unread_out,
)

Root = Annotated[int | None, QueryParameter(description="The first message of a thread.")]


def unread_routes(service: UnreadService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Unread", (UnreadController,), {"service": service})


class UnreadController(Controller):
    """The routes of what is read and what is not."""

    path = "/api/v2"
    tags = ("receipts",)

    service: UnreadService

    @get("/unread")
    async def list_unread(self, principal: Acting) -> WireAllUnread:
        """List every conversation of which something is unread, with mentions and threads."""
        return unread_out(await self.service.list(principal))

    @post("/unread/read", status_code=204)
    async def read_all(self, principal: Acting, idempotency_key: IdempotencyKey) -> None:
        """Mark everything as read, on all devices."""
        await self.service.read_all(principal, key=idempotency_key)

    @get("/conversations/{conversation_id:str}/receipts")
    async def receipts(self, principal: Acting, conversation_id: FromPath[str]) -> WireReceipts:
        """List who has read how far, of a conversation of one's own with at most 100 members."""
        address = parse_wire_id(conversation_id)
        return receipts_out(await self.service.receipts(principal, address))


def preference_routes(service: PreferenceService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Preferences", (PreferenceController,), {"service": service})


class PreferenceController(Controller):
    """The routes of one's own preferences."""

    path = "/api/v2/me/preferences"
    tags = ("receipts",)

    service: PreferenceService

    @get("/")
    async def list_all(self, principal: Acting) -> WirePreferences:
        """List all known keys, as they are for oneself on all devices."""
        return preferences_out(await self.service.list(principal))

    @get("/{key:str}")
    async def show(self, principal: Acting, key: FromPath[str]) -> WirePreference:
        """Show one key."""
        return preference_out(await self.service.get(principal, key))

    @put("/{key:str}")
    async def set(
        self,
        principal: Acting,
        key: FromPath[str],
        data: JSONBody[PutPreference],
        idempotency_key: IdempotencyKey,
    ) -> WirePreference:
        """Prefer something, on all devices."""
        done = await self.service.set(principal, key, data.value, idempotency_key=idempotency_key)
        return preference_out(done)

    @delete("/{key:str}")
    async def reset(
        self, principal: Acting, key: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Prefer what is the default."""
        await self.service.reset(principal, key, idempotency_key=idempotency_key)


def draft_routes(service: DraftService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Drafts", (DraftController,), {"service": service})


class DraftController(Controller):
    """The routes of what one has begun to write."""

    path = "/api/v2"
    tags = ("receipts",)

    service: DraftService

    @get("/drafts")
    async def list_all(self, principal: Acting) -> WireDrafts:
        """List one's drafts, by conversation and thread."""
        return drafts_out(await self.service.list(principal))

    @get("/conversations/{conversation_id:str}/draft")
    async def show(
        self, principal: Acting, conversation_id: FromPath[str], parent_message_id: Root = None
    ) -> WireDraft:
        """Show one's draft in a conversation, or in one of its threads."""
        address = parse_wire_id(conversation_id)
        root_id = _root(parent_message_id)
        return draft_out(await self.service.get(principal, address, root_id=root_id))

    @put("/conversations/{conversation_id:str}/draft")
    async def set(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        data: JSONBody[PutDraft],
        idempotency_key: IdempotencyKey,
    ) -> WireDraft:
        """Keep a draft, unless a newer one is there; answers with the one that holds."""
        draft = await self.service.set(
            principal,
            parse_wire_id(conversation_id),
            root_id=data.parent_message_id,
            content=data.content,
            written_at=data.written_at,
            key=idempotency_key,
        )
        return draft_out(draft)

    @delete("/conversations/{conversation_id:str}/draft")
    async def throw_away(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        idempotency_key: IdempotencyKey,
        parent_message_id: Root = None,
    ) -> None:
        """Throw a draft away; where there is none, nothing happens."""
        await self.service.set(
            principal,
            parse_wire_id(conversation_id),
            root_id=_root(parent_message_id),
            content="",
            key=idempotency_key,
        )


def _root(parent_message_id: int | None) -> int | None:
    if parent_message_id is not None and not 1 <= parent_message_id <= MAX_ID:
        raise Invalid("parent_message_id", f"Must lie between 1 and {MAX_ID}")
    return parent_message_id
