"""What the writer's statement says of a send, as facts."""

from __future__ import annotations

from datetime import datetime

from msgspec import structs

from causerie.files import FileNotKnown
from causerie.foundation.errors import Refusal
from causerie.foundation.identity import MessageId, Rev, Seq, UserId
from causerie.messages.errors import (
    ConversationArchived,
    ConversationNotFound,
    KeyUsedOtherwise,
    MayNotWrite,
    MessageDeleted,
    MessageNotFound,
)
from causerie.messages.events import ThreadUpdated
from causerie.messages.model import Audience, Draft, Message
from causerie.messages.store.rows import files_of
from causerie.messages.store.tables import SILENCED

# What becomes of a send that was not stored, by the word of the statement.
REFUSALS: dict[str, type[Refusal]] = {
    "stranger": ConversationNotFound,
    "archived": ConversationArchived,
    "read_only": MayNotWrite,
    "conflict": KeyUsedOtherwise,
    "no_parent": MessageNotFound,
    "parent_deleted": MessageDeleted,
    "no_files": FileNotKnown,
    **SILENCED,
}
# What write_batch_in_full says of a message that answers or calls or has files: parent_id, mentions,
# audience, of the thread rev, reply_count, last_reply_at and after_seq (which are NULL where there is
# none), and the files as JSON.
Around = tuple[
    MessageId | None,
    list[UserId] | None,
    str | None,
    Rev,
    int,
    datetime | None,
    Seq,
    str | None,
]


def message_from(draft: Draft, message_id: MessageId, seq: Seq, created_at: datetime) -> Message:
    """A plain message that was stored."""
    return Message(
        message_id,
        draft.conversation_id,
        draft.kind,
        seq,
        draft.sender_id,
        draft.sender_name,
        draft.message_type,
        draft.content,
        draft.client_id,
        created_at,
    )


def with_surroundings(message: Message, around: Around) -> Message:
    """The same where it answers to something, calls somebody, or has files."""
    parent_id, mentions, audience, *_, files = around
    return structs.replace(
        message,
        parent_id=parent_id,
        mentions=tuple(mentions or ()),
        audience=Audience(audience) if audience else None,
        files=files_of(files) if files else (),
    )


def thread_of(reply: Message, root_id: MessageId, around: Around) -> ThreadUpdated:
    """What became of the thread that a message answers in."""
    _, _, _, rev, reply_count, last_reply_at, after_seq, _ = around
    return ThreadUpdated(
        root_id,
        reply.conversation_id,
        reply.kind,
        reply_count,
        last_reply_at,
        rev,
        after_seq,
    )
