"""How reactions and pins look outside, and what clients send about them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from causerie.conversations import wire_id
from causerie.foundation.clock import rfc3339
from causerie.messages.events import MessagePinned, ReactionAdded, ReactionRemoved
from causerie.messages.model import EmojiTotal, Pin, Reaction, ReactorPage
from causerie.messages.wire.messages import (
    WireId,
    WireMessage,
    WireReaction,
    WireSender,
    message_out,
    reaction_out,
)


class WireReacted(msgspec.Struct, frozen=True, gc=False):
    """What a reaction came to: the emoji as it is written here, and how many have it now."""

    emoji: str
    count: int


class WireReactionChange(msgspec.Struct, frozen=True, gc=False):
    """``reaction_added`` and ``reaction_removed``."""

    message_id: int
    conversation_id: str
    emoji: str
    count: int
    user_id: int
    rev: int


class WirePinned(msgspec.Struct, frozen=True, gc=False):
    """``message_pinned``; ``user_id`` is who did it."""

    message_id: int
    conversation_id: str
    pinned: bool
    user_id: int
    rev: int


class WireReactor(msgspec.Struct, frozen=True, gc=False):
    """A user and what they reacted with, the first first."""

    user: WireSender
    emojis: tuple[str, ...]


class WireReactors(msgspec.Struct, frozen=True, gc=False):
    """``reactions`` is all of the message; ``items`` a page of users in the order of their ids."""

    reactions: tuple[WireReaction, ...]
    items: tuple[WireReactor, ...]
    has_more: bool


class WireEmojiTotal(msgspec.Struct, frozen=True, gc=False):
    """How often an emoji stands in a conversation now."""

    emoji: str
    count: int


class WireEmojiTotals(msgspec.Struct, frozen=True, gc=False):
    """What a conversation has most of, the most first."""

    items: tuple[WireEmojiTotal, ...]


class WirePin(msgspec.Struct, frozen=True, gc=False):
    """A pinned message; ``pinned_by`` is a user's id."""

    message: WireMessage
    pinned_at: str
    pinned_by: int


class WirePins(msgspec.Struct, frozen=True, gc=False):
    """What is pinned in a conversation, the latest first: all of it."""

    items: tuple[WirePin, ...]


# --- what clients send -----------------------------------------------------------------------------


class AddReaction(msgspec.Struct, frozen=True, gc=False):
    """``add_reaction``."""

    message_id: WireId
    emoji: str
    client_id: str | None = None


class RemoveReaction(msgspec.Struct, frozen=True, gc=False):
    """``remove_reaction``."""

    message_id: WireId
    emoji: str
    client_id: str | None = None


class PinMessage(msgspec.Struct, frozen=True, gc=False):
    """``pin_message``."""

    message_id: WireId
    pinned: bool
    client_id: str | None = None


# --- what the server says --------------------------------------------------------------------------


def reacted_out(reaction: Reaction) -> WireReacted:
    """Show what a reaction came to."""
    return WireReacted(reaction.emoji, reaction.count)


def reacted_json(reaction: Reaction) -> bytes:
    """Show what a reaction came to, as JSON."""
    return _encode(reacted_out(reaction))


def reactors_out(reactions: Sequence[Reaction], page: ReactorPage) -> WireReactors:
    """Show who reacted."""
    return WireReactors(
        tuple(map(reaction_out, reactions)),
        tuple(WireReactor(WireSender(r.user_id, r.username), r.emojis) for r in page.items),
        page.has_more,
    )


def totals_out(totals: Sequence[EmojiTotal]) -> WireEmojiTotals:
    """Show what a conversation has most of."""
    return WireEmojiTotals(tuple(WireEmojiTotal(t.emoji, t.count) for t in totals))


def pins_out(pins: Sequence[Pin]) -> WirePins:
    """Show what is pinned."""
    return WirePins(
        tuple(WirePin(message_out(p.message), rfc3339(p.pinned_at), p.pinned_by) for p in pins)
    )


def reaction_added_payload(event: ReactionAdded) -> bytes:
    """The v2 event ``reaction_added``."""
    return b'{"type":"reaction_added","data":' + _encode(_change_out(event)) + b"}"


def reaction_removed_payload(event: ReactionRemoved) -> bytes:
    """The v2 event ``reaction_removed``."""
    return b'{"type":"reaction_removed","data":' + _encode(_change_out(event)) + b"}"


def pinned_payload(event: MessagePinned) -> bytes:
    """The v2 event ``message_pinned``."""
    pinned = WirePinned(
        event.message_id,
        wire_id(event.kind, event.conversation_id),
        event.pinned,
        event.user_id,
        event.rev,
    )
    return b'{"type":"message_pinned","data":' + _encode(pinned) + b"}"


def _change_out(event: ReactionAdded | ReactionRemoved) -> WireReactionChange:
    return WireReactionChange(
        event.message_id,
        wire_id(event.kind, event.conversation_id),
        event.emoji,
        event.count,
        event.user_id,
        event.rev,
    )


_encode = msgspec.json.Encoder().encode
