"""How presence looks outside (PROTOCOL), and what clients send about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from causerie.conversations import wire_id
from causerie.foundation.clock import rfc3339
from causerie.gateway.vocabulary import event_payload
from causerie.presence.events import PresenceChanged, PresenceCounted, TypingChanged
from causerie.presence.model import Presence, Room, Status

Key = Annotated[str, msgspec.Meta(pattern=r"\A[\x20-\x7e]{1,128}\Z")]  # PROTOCOL, Idempotency


class SetPresence(msgspec.Struct, frozen=True, gc=False):
    """``set_presence``."""

    status: Status
    client_id: Key | None = None


class Typing(msgspec.Struct, frozen=True, gc=False):
    """``typing``."""

    conversation_id: str
    typing: bool


class PutPresence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PUT /api/v2/me/presence``."""

    status: Status


class WirePresence(msgspec.Struct, frozen=True, gc=False):
    """Somebody's presence; ``at`` is when it was so: of two the later one holds."""

    user_id: int
    status: Status
    last_active_at: str | None
    at: str


class WireRoomPresence(msgspec.Struct, frozen=True, gc=False):
    """Who is there of a conversation; a large one is counted and not listed."""

    items: list[WirePresence]
    online: int
    is_listed: bool
    at: str


class WireCount(msgspec.Struct, frozen=True, gc=False):
    """``presence_count``."""

    conversation_id: str
    online: int
    at: str


class WireTyping(msgspec.Struct, frozen=True, gc=False):
    """The event ``typing``."""

    conversation_id: str
    user_id: int
    typing: bool


def presence_out(presence: Presence) -> WirePresence:
    """Show somebody's presence."""
    active_at = presence.last_active_at
    return WirePresence(
        presence.user_id,
        presence.status,
        None if active_at is None else _time(active_at),
        _time(presence.at),
    )


def room_out(room: Room) -> WireRoomPresence:
    """Show who is there of a conversation."""
    return WireRoomPresence(
        [presence_out(item) for item in room.items], room.online, room.is_listed, _time(room.at)
    )


def presence_payload(event: PresenceChanged) -> bytes:
    """The v2 event ``presence``."""
    return event_payload("presence", presence_out(event.presence))


def count_payload(event: PresenceCounted) -> bytes:
    """The v2 event ``presence_count``."""
    name = wire_id(event.kind, event.conversation_id)
    return event_payload("presence_count", WireCount(name, event.online, _time(event.at)))


def typing_payload(event: TypingChanged) -> bytes:
    """The v2 event ``typing``."""
    name = wire_id(event.kind, event.conversation_id)
    return event_payload("typing", WireTyping(name, event.user_id, event.is_typing))


def _time(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
