"""How conversations look outside (PROTOCOL, ``conversation``), and what clients send about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from causerie.conversations.events import (
    ConversationOpened,
    ConversationUpdated,
    MemberJoined,
    MemberLeft,
    PersonChanged,
    ReadMoved,
)
from causerie.conversations.model import (
    MAX_PEOPLE_PER_CALL,
    Block,
    ConversationView,
    Kind,
    Member,
    MemberRole,
    Person,
    ReadPosition,
    RoomName,
    Target,
    Visibility,
    parse_wire_id,
    wire_id,
)
from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID
from causerie.gateway.vocabulary import event_payload

WireId = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
# The limit is for what a client repeats: the service counts distinct ones.
WireIds = Annotated[list[WireId], msgspec.Meta(max_length=2 * MAX_PEOPLE_PER_CALL)]
Key = Annotated[str, msgspec.Meta(pattern=r"\A[\x20-\x7e]{1,128}\Z")]  # PROTOCOL, Idempotency


class WirePerson(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A user, as PROTOCOL has it, and what they say about themselves; see accounts' card."""

    id: int
    username: str
    display_name: str
    role: str
    created_at: str
    status_text: str | None = None
    status_until: str | None = None
    avatar_url: str | None = None


class WireConversation(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A conversation as one user sees it; ``archived`` stands in it only where it is."""

    id: str
    kind: Kind
    name: str | None
    visibility: Visibility
    topic: str
    peer: WirePerson | None
    last_seq: int
    rev: int
    read_seq: int
    unread: int
    member_count: int
    created_at: str
    archived: bool = False


class WireConversations(msgspec.Struct, frozen=True, gc=False):
    """A list of conversations."""

    items: list[WireConversation]


class WireMember(msgspec.Struct, frozen=True, gc=False):
    """One line of a list of members; ``role`` is the one in the conversation."""

    user: WirePerson
    role: MemberRole
    joined_at: str


class WireMembers(msgspec.Struct, frozen=True, gc=False):
    """A page of members, in the order of their ids."""

    items: list[WireMember]
    has_more: bool


class WireReadPosition(msgspec.Struct, frozen=True, gc=False):
    """How far a user has read."""

    read_seq: int
    unread: int


class WireHello(msgspec.Struct, frozen=True, gc=False):
    """What the server says first."""

    user: WirePerson
    session_id: str
    heartbeat_interval: int
    server_time: str
    conversations: list[WireConversation]


class WireMemberChange(msgspec.Struct, frozen=True, gc=False):
    """``member_joined`` and ``member_left``."""

    conversation_id: str
    user: WirePerson
    rev: int


class WireUpdate(msgspec.Struct, frozen=True, gc=False):
    """``conversation_updated``: what is the same for every viewer.

    The conversation's id stands under both names that events and conversations have for it.
    """

    id: str
    conversation_id: str
    kind: Kind
    name: str | None
    visibility: Visibility
    topic: str
    last_seq: int
    rev: int
    member_count: int
    created_at: str
    archived: bool


class WireRead(msgspec.Struct, frozen=True, gc=False):
    """``read``."""

    conversation_id: str
    user_id: int
    seq: int


class WireBlock(msgspec.Struct, frozen=True, gc=False):
    """One whom a user has blocked."""

    user: WirePerson
    blocked_at: str


class WireBlocks(msgspec.Struct, frozen=True, gc=False):
    """All whom a user has blocked, the latest first."""

    items: list[WireBlock]


# --- what clients send -----------------------------------------------------------------------------


class CreateConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/conversations``."""

    kind: Literal["room", "direct"]
    name: str | None = None
    visibility: Visibility | None = None
    topic: str | None = None
    members: WireIds | None = []


class UpdateConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PATCH /api/v2/conversations/{id}``; what is left out stays as it is."""

    name: str | None = None
    topic: str | None = None
    visibility: Visibility | None = None
    archived: bool | None = None


class AddMembers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/conversations/{id}/members``."""

    user_ids: WireIds


class ChangeRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PATCH /api/v2/conversations/{id}/members/{user_id}``."""

    role: MemberRole


class PostRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/conversations/{id}/read``."""

    seq: WireId


class JoinOrLeave(msgspec.Struct, frozen=True, gc=False):
    """``join`` and ``leave``: a conversation by its id, or a room by its name."""

    conversation_id: str | None = None
    name: str | None = None
    client_id: Key | None = None


class MarkRead(msgspec.Struct, frozen=True, gc=False):
    """``mark_read``; with ``parent_message_id`` of the thread that this message begins."""

    conversation_id: str
    seq: WireId
    parent_message_id: WireId | None = None
    client_id: Key | None = None


def target_of(command: JoinOrLeave) -> Target:
    """What the command names. Raises ``Invalid`` unless it is one thing, ``NotFound``."""
    if (command.conversation_id is None) == (command.name is None):
        raise Invalid("conversation_id", "Either this or name is needed, and not both")
    if command.conversation_id is not None:
        return parse_wire_id(command.conversation_id)
    return RoomName(command.name or "")


# --- what the server says --------------------------------------------------------------------------


def person_out(person: Person) -> WirePerson:
    """Show a user."""
    return WirePerson(
        id=person.id,
        username=person.username,
        display_name=person.display_name,
        role=person.role,
        created_at=rfc3339(person.created_at),
        status_text=person.profile.status_text,
        status_until=person.profile.status_until,
        avatar_url=person.profile.avatar_url(person.id),
    )


def conversation_out(view: ConversationView) -> WireConversation:
    """Show a conversation to its viewer."""
    return WireConversation(
        id=wire_id(view.kind, view.id),
        kind=view.kind,
        name=view.name,
        visibility=view.visibility,
        topic=view.topic,
        peer=None if view.peer is None else person_out(view.peer),
        last_seq=view.last_seq,
        rev=view.rev,
        read_seq=view.read_seq,
        unread=view.unread,
        member_count=view.member_count,
        created_at=rfc3339(view.created_at),
        archived=view.archived,
    )


def conversations_out(views: Sequence[ConversationView]) -> WireConversations:
    """Show a list of conversations."""
    return WireConversations([conversation_out(view) for view in views])


def member_out(member: Member) -> WireMember:
    """Show a member."""
    return WireMember(person_out(member.person), member.role, rfc3339(member.joined_at))


def members_out(members: Sequence[Member], *, has_more: bool) -> WireMembers:
    """Show a page of members."""
    return WireMembers([member_out(member) for member in members], has_more)


def blocks_out(blocks: Sequence[Block]) -> WireBlocks:
    """Show whom a user has blocked."""
    return WireBlocks(
        [WireBlock(person_out(block.person), rfc3339(block.blocked_at)) for block in blocks]
    )


def reading_out(position: ReadPosition) -> WireReadPosition:
    """Show how far one has read."""
    return WireReadPosition(position.read_seq, position.unread)


def hello_payload(
    me: Person,
    views: Sequence[ConversationView],
    *,
    session_id: str,
    heartbeat_interval: int,
    server_time: datetime,
) -> bytes:
    """The v2 event ``hello``."""
    hello = WireHello(
        user=person_out(me),
        session_id=session_id,
        heartbeat_interval=heartbeat_interval,
        server_time=rfc3339(server_time),
        conversations=[conversation_out(view) for view in views],
    )
    return event_payload("hello", hello)


def opened_payload(event: ConversationOpened) -> bytes:
    """The v2 event ``conversation_created``."""
    return event_payload("conversation_created", conversation_out(event.view))


def joined_payload(event: MemberJoined) -> bytes:
    """The v2 event ``member_joined``."""
    return event_payload("member_joined", _member_change(event))


def left_payload(event: MemberLeft) -> bytes:
    """The v2 event ``member_left``."""
    return event_payload("member_left", _member_change(event))


def updated_payload(event: ConversationUpdated) -> bytes:
    """The v2 event ``conversation_updated``."""
    name = wire_id(event.kind, event.conversation_id)
    update = WireUpdate(
        id=name,
        conversation_id=name,
        kind=event.kind,
        name=event.name,
        visibility=event.visibility,
        topic=event.topic,
        last_seq=event.last_seq,
        rev=event.rev,
        member_count=event.member_count,
        created_at=rfc3339(event.created_at),
        archived=event.archived,
    )
    return event_payload("conversation_updated", update)


def person_payload(event: PersonChanged) -> bytes:
    """The ``user_updated`` event: somebody who shares a conversation is another now."""
    return event_payload("user_updated", person_out(event.person))


def read_payload(event: ReadMoved) -> bytes:
    """The v2 event ``read``."""
    read = WireRead(wire_id(event.kind, event.conversation_id), event.user_id, event.seq)
    return event_payload("read", read)


def _member_change(event: MemberJoined | MemberLeft) -> WireMemberChange:
    name = wire_id(event.kind, event.conversation_id)
    return WireMemberChange(name, person_out(event.user), event.rev)
