"""How messages look outside (PROTOCOL, ``message``), and what clients send about them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from causerie.conversations import wire_id
from causerie.files import MAX_FILES_PER_MESSAGE, Attached
from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import MAX_ID
from causerie.messages.events import (
    MessageDeleted,
    MessageEdited,
    MessageSent,
)
from causerie.messages.model import (
    DEFAULT_PAGE_MESSAGES,
    Audience,
    Message,
    MessageType,
    Page,
    Reaction,
    shown_key,
)

MAX_JUST_MADE = (
    2048  # Two batches of the writer; those whose acknowledgement nobody asked for stay.
)
MAX_KEPT_BYTES = 2048  # Long texts are made twice: 4 MB is what all this may hold.

WireId = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
# The service says what is wrong with one that is longer.
FileIds = Annotated[tuple[WireId, ...], msgspec.Meta(max_length=10 * MAX_FILES_PER_MESSAGE)]
WireSeq = Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)]


class WireSender(msgspec.Struct, frozen=True, gc=False):
    """Who wrote a message."""

    id: int
    username: str


class WireReaction(msgspec.Struct, frozen=True, gc=False):
    """How many users reacted with an emoji."""

    emoji: str
    count: int
    me: bool | msgspec.UnsetType = msgspec.UNSET  # absent from events, which are the same for all


class WireMessageFile(msgspec.Struct, frozen=True, gc=False):
    """A file of a message; ``media_type`` is what the content is, ``size`` in bytes.

    ``status`` is ``quarantined`` (nobody gets it yet), ``clean`` or ``refused``. ``width`` and
    ``height`` are a picture's, in pixels as it is shown; ``thumbnail`` says whether there is one.
    """

    id: int
    name: str
    media_type: str
    size: int
    status: Literal["quarantined", "clean", "refused"]
    width: int | None
    height: int | None
    thumbnail: bool


class WireMessage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A message.

    ``participants`` is there only where somebody has answered in its thread, ``audience`` only where
    all in the room are called, ``files`` only where it has some.
    """

    id: int
    conversation_id: str
    seq: int
    sender: WireSender
    content: str
    message_type: MessageType
    parent_message_id: int | None = None
    client_id: str | None
    created_at: str
    edited_at: str | None
    deleted: bool
    pinned: bool = False
    reply_count: int = 0
    last_reply_at: str | None = None
    participants: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET
    reactions: tuple[WireReaction, ...] = ()
    mentions: tuple[int, ...] = ()
    audience: Audience | msgspec.UnsetType = msgspec.UNSET
    files: tuple[WireMessageFile, ...] | msgspec.UnsetType = msgspec.UNSET


class WireChangedMessage(WireMessage, frozen=True, gc=False, kw_only=True):
    """A message in an event of a lasting change, which has a number."""

    rev: int


class WirePage(msgspec.Struct, frozen=True, gc=False):
    """A page of history, oldest first."""

    items: list[WireMessage]
    has_more: bool


# --- what clients send -----------------------------------------------------------------------------


class SendMessage(msgspec.Struct, frozen=True, gc=False):
    """``send_message``."""

    conversation_id: str
    content: str
    client_id: str | None = None
    parent_message_id: WireId | None = None
    message_type: MessageType | None = MessageType.TEXT
    file_ids: FileIds = ()


class EditMessage(msgspec.Struct, frozen=True, gc=False):
    """``edit_message``."""

    message_id: WireId
    content: str
    client_id: str | None = None


class DeleteMessage(msgspec.Struct, frozen=True, gc=False):
    """``delete_message``."""

    message_id: WireId
    client_id: str | None = None


class History(msgspec.Struct, frozen=True, gc=False):
    """``history``; ``before`` and ``after`` are ``seq``, exclusive."""

    conversation_id: str
    before: WireSeq | None = None
    after: WireSeq | None = None
    limit: int | None = DEFAULT_PAGE_MESSAGES
    parent_message_id: WireId | None = None

    @property
    def most(self) -> int:
        """How many are wanted; a null is as good as nothing."""
        return DEFAULT_PAGE_MESSAGES if self.limit is None else self.limit


class Subscribe(msgspec.Struct, frozen=True, gc=False):
    """``subscribe``: what the client holds, by conversation."""

    since: dict[str, WireSeq] = {}
    revs: dict[str, WireSeq] | None = {}

    @property
    def revs_held(self) -> dict[str, WireSeq]:
        """The same; a null is as good as nothing."""
        return self.revs or {}


class Resumed(msgspec.Struct, frozen=True, gc=False):
    """What ``subscribe`` answers for one conversation."""

    last_seq: int
    rev: int
    missed: int
    reset: bool


class PostMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/conversations/{id}/messages``."""

    content: str
    client_id: str | None = None
    parent_message_id: WireId | None = None
    message_type: MessageType | None = MessageType.TEXT
    file_ids: FileIds = ()


class PatchMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PATCH /api/v2/messages/{id}``."""

    content: str
    client_id: str | None = None


# --- what the server says --------------------------------------------------------------------------


def message_out(message: Message) -> WireMessage:
    """Show a message."""
    return WireMessage(
        id=message.id,
        conversation_id=wire_id(message.kind, message.conversation_id),
        seq=message.seq,
        sender=WireSender(message.sender_id, message.sender_name),
        content=message.content,
        message_type=message.message_type,
        parent_message_id=message.parent_id,
        client_id=shown_key(message.client_id),
        created_at=rfc3339(message.created_at),
        edited_at=rfc3339(message.edited_at) if message.edited_at else None,
        deleted=message.deleted,
        pinned=message.pinned,
        reply_count=message.reply_count,
        last_reply_at=rfc3339(message.last_reply_at) if message.last_reply_at else None,
        participants=message.participants or msgspec.UNSET,
        reactions=tuple(map(reaction_out, message.reactions)) if message.reactions else (),
        mentions=message.mentions,
        audience=message.audience or msgspec.UNSET,
        files=tuple(map(_file_out, message.files)) if message.files else msgspec.UNSET,
    )


def _file_out(file: Attached) -> WireMessageFile:
    return WireMessageFile(
        file.id,
        file.name,
        file.media_type,
        file.size_bytes,
        file.state,
        file.width,
        file.height,
        file.has_thumbnail,
    )


def reaction_out(reaction: Reaction) -> WireReaction:
    """Show how many reacted with an emoji."""
    me = msgspec.UNSET if reaction.me is None else reaction.me
    return WireReaction(reaction.emoji, reaction.count, me)


def page_out(page: Page) -> WirePage:
    """Show a page."""
    return WirePage([message_out(message) for message in page.items], page.has_more)


def message_json(message: Message) -> bytes:
    """Show a message, as JSON. Its event and the acknowledgement right after it are made once."""
    made = _just_made.pop(message.id, None)
    if made is not None and made[0] is message:
        return made[1]
    encoded = _encode(message_out(message))
    if len(encoded) <= MAX_KEPT_BYTES:
        if len(_just_made) >= MAX_JUST_MADE:
            _just_made.clear()
        _just_made[message.id] = (message, encoded)
    return encoded


def sent_payload(event: MessageSent) -> bytes:
    """The v2 event ``message``."""
    return b'{"type":"message","data":' + message_json(event.message) + b"}"


def edited_payload(event: MessageEdited) -> bytes:
    """The v2 event ``message_edited``."""
    return b'{"type":"message_edited","data":' + _changed(event) + b"}"


def deleted_payload(event: MessageDeleted) -> bytes:
    """The v2 event ``message_deleted``."""
    return b'{"type":"message_deleted","data":' + _changed(event) + b"}"


def _changed(event: MessageEdited | MessageDeleted) -> bytes:
    fields = msgspec.structs.asdict(message_out(event.message))
    return _encode(WireChangedMessage(**fields, rev=event.rev))


_encode = msgspec.json.Encoder().encode
_just_made: dict[int, tuple[Message, bytes]] = {}
