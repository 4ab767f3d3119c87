"""Rows of the table of messages as messages."""

from __future__ import annotations

import msgspec

from causerie.conversations import Kind
from causerie.files import Attached
from causerie.foundation.postgres import Record
from causerie.messages.model import Audience, Message, MessageType, Reaction


def message_of(row: Record, kind: str, sender_name: str) -> Message:
    """A message as it is for all who look; ``row`` has all columns of the table."""
    reactions = row["reactions"]
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        kind=Kind(kind),
        seq=row["seq"],
        sender_id=row["sender_id"],
        sender_name=sender_name,
        message_type=MessageType(row["message_type"]),
        content=row["content"],
        client_id=row["client_id"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        deleted=row["deleted_at"] is not None,
        parent_id=row["parent_id"],
        reply_count=row["reply_count"] or 0,
        last_reply_at=row["last_reply_at"],
        participants=tuple(row["participants"] or ()),
        mentions=tuple(row["mentions"] or ()),
        audience=Audience(row["audience"]) if row["audience"] else None,
        reactions=_reactions(reactions) if reactions else (),
        pinned=row["pinned_at"] is not None,
        files=files_of(row["files"]) if row["files"] else (),
    )


files_of = msgspec.json.Decoder(tuple[Attached, ...]).decode
_reactions = msgspec.json.Decoder(tuple[Reaction, ...]).decode
