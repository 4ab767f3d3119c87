"""How receipts look outside, and what clients send about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from causerie.conversations import wire_id
from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import MAX_ID
from causerie.gateway.vocabulary import event_payload
from causerie.receipts.events import DraftSet, PreferenceSet
from causerie.receipts.model.drafts import Draft
from causerie.receipts.model.preferences import Preference
from causerie.receipts.model.unread import Receipts, Unread

WireId = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class WireThreadUnread(msgspec.Struct, frozen=True, gc=False):
    """What is unread of a thread that one follows; ``message_id`` is its first message."""

    message_id: int
    unread: int
    mentions: int


class WireUnread(msgspec.Struct, frozen=True, gc=False):
    """A conversation of which something is unread."""

    conversation_id: str
    read_seq: int
    last_seq: int
    unread: int
    mentions: int
    threads: list[WireThreadUnread]


class WireAllUnread(msgspec.Struct, frozen=True, gc=False):
    """All that is unread, and the sums."""

    items: list[WireUnread]
    unread: int
    mentions: int


class WireReceipt(msgspec.Struct, frozen=True, gc=False):
    """How far somebody has read."""

    user_id: int
    seq: int


class WireReceipts(msgspec.Struct, frozen=True, gc=False):
    """Who has read how far; a large conversation is not listed."""

    items: list[WireReceipt]
    is_listed: bool


def unread_out(found: Sequence[Unread]) -> WireAllUnread:
    """Show all that is unread."""
    items = [
        WireUnread(
            wire_id(one.kind, one.conversation_id),
            one.read_seq,
            one.last_seq,
            one.count,
            one.tally.mentions,
            [WireThreadUnread(t.root_id, t.unread, t.mentions) for t in one.tally.threads],
        )
        for one in found
    ]
    return WireAllUnread(
        items, sum(item.unread for item in items), sum(item.mentions for item in items)
    )


def receipts_out(receipts: Receipts) -> WireReceipts:
    """Show who has read how far."""
    return WireReceipts(
        [WireReceipt(one.user_id, one.seq) for one in receipts.items], receipts.is_listed
    )


# --- preferences and drafts --------------------------------------------------------------------------


class WirePreference(msgspec.Struct, frozen=True, gc=False):
    """One key as it is; ``updated_at`` is null where it is the default."""

    key: str
    value: bool | str
    updated_at: str | None


class WirePreferences(msgspec.Struct, frozen=True, gc=False):
    """All known keys."""

    items: list[WirePreference]


class PutPreference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PUT /api/v2/me/preferences/{key}``."""

    value: bool | str


class WireDraft(msgspec.Struct, frozen=True, gc=False):
    """What one has begun to write; an empty ``content`` is one that is gone."""

    conversation_id: str
    parent_message_id: int | None
    content: str
    written_at: str


class WireDrafts(msgspec.Struct, frozen=True, gc=False):
    """All drafts."""

    items: list[WireDraft]


class PutDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PUT /api/v2/conversations/{id}/draft``."""

    content: str
    parent_message_id: WireId | None = None
    written_at: Moment | None = None


def preference_out(preference: Preference) -> WirePreference:
    """Show one key."""
    at = preference.updated_at
    return WirePreference(preference.key, preference.value, None if at is None else rfc3339(at))


def preferences_out(preferences: Sequence[Preference]) -> WirePreferences:
    """Show all keys."""
    return WirePreferences([preference_out(one) for one in preferences])


def draft_out(draft: Draft) -> WireDraft:
    """Show a draft."""
    place = draft.place
    return WireDraft(
        wire_id(draft.kind, place.conversation_id),
        place.root_id or None,
        draft.content,
        rfc3339(draft.written_at),
    )


def drafts_out(drafts: Sequence[Draft]) -> WireDrafts:
    """Show all drafts."""
    return WireDrafts([draft_out(one) for one in drafts])


def preference_payload(event: PreferenceSet) -> bytes:
    """The v2 event ``preference``."""
    return event_payload("preference", preference_out(event.preference))


def draft_payload(event: DraftSet) -> bytes:
    """The v2 event ``draft``."""
    return event_payload("draft", draft_out(event.draft))
