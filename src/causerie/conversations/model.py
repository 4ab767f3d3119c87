"""Conversations, who is in them and as what, and how they are called on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, NewType

import msgspec

from causerie.accounts import NO_PROFILE, Profile
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import MAX_ID, ConversationId, Rev, Seq, UserId

MAX_TOPIC_CHARS = 250  # One line over a chat on a wide screen; the table checks it too.
MAX_PEOPLE_PER_CALL = 1000  # One transaction, one answer; more people come in several calls.
# Everyone is told of all of them in one hello: at some 300 bytes each, 3 MB at the very most.
MAX_CONVERSATIONS_PER_USER = 10_000

_ROOM_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Nineteen digits are enough for 2^63 - 1; [0-9] because \d takes other scripts' digits.
_WIRE_ID = re.compile(r"(room|dm|thread)_([1-9][0-9]{0,18})")


class Kind(StrEnum):
    """What a conversation is; one table and one sequence of ids for all."""

    ROOM = "room"
    DIRECT = "direct"
    THREAD = "thread"  # a contact's, in the inbox


class Visibility(StrEnum):
    """Whether a room can be found and joined by everyone; all else is private."""

    PUBLIC = "public"
    PRIVATE = "private"


class MemberRole(StrEnum):
    """What a member is in one conversation."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    READ_ONLY = "read_only"


class ChangeKind(StrEnum):
    """The changes that conversations themselves number; the kinds of messages' changes are theirs."""

    MEMBER_JOINED = "member_joined"
    MEMBER_LEFT = "member_left"
    MEMBER_ROLE = "member_role"
    UPDATED = "conversation_updated"


_PREFIXES = {Kind.ROOM: "room_", Kind.DIRECT: "dm_", Kind.THREAD: "thread_"}
_KINDS = {"room": Kind.ROOM, "dm": Kind.DIRECT, "thread": Kind.THREAD}


class Address(NamedTuple):
    """A conversation as the wire names it: its id, and the kind that its prefix claims."""

    kind: Kind
    id: ConversationId


RoomName = NewType("RoomName", str)
Target = Address | RoomName  # what join and leave take: an address, or a room's name


@lru_cache(maxsize=8192)  # As below.
def wire_id(kind: Kind, conversation_id: ConversationId) -> str:
    """Write an id as PROTOCOL has it: ``room_12``, ``dm_7``, ``thread_3``."""
    return _PREFIXES[kind] + str(conversation_id)


@lru_cache(maxsize=8192)  # Every send names its conversation, and most are sent to a few.
def parse_wire_id(text: str) -> Address:
    """Read ``room_12``, ``dm_7``, ``thread_3``. Raises ``NotFound`` for whatever else."""
    match = _WIRE_ID.fullmatch(text)
    if match is None or (number := int(match[2])) > MAX_ID:
        raise NotFound("conversation")
    return Address(_KINDS[match[1]], ConversationId(number))


class Person(msgspec.Struct, frozen=True, gc=False):
    """A user as others see them; the fields are those of ``user`` on the wire."""

    id: UserId
    username: str
    display_name: str
    role: str
    created_at: datetime
    profile: Profile = NO_PROFILE


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A user who comes in; ``positions`` is the last seq of each conversation that is theirs."""

    person: Person
    positions: Mapping[ConversationId, Seq]


class Membership(msgspec.Struct, frozen=True, gc=False):
    """One user's place in one conversation."""

    conversation_id: ConversationId
    kind: Kind
    user_id: UserId
    role: MemberRole
    archived: bool

    @property
    def may_send(self) -> bool:
        """Say whether the member may write here, as far as the conversation is concerned."""
        return self.role is not MemberRole.READ_ONLY and not self.archived


class Position(msgspec.Struct, frozen=True, gc=False):
    """How far a conversation has come, as one who is in it may know."""

    kind: Kind
    seq: Seq
    rev: Rev


class Member(msgspec.Struct, frozen=True, gc=False):
    """One line of a conversation's list of members."""

    person: Person
    role: MemberRole
    joined_at: datetime


class MemberPage(msgspec.Struct, frozen=True, gc=False):
    """Members in the order of their ids; ``has_more`` says whether others follow."""

    items: list[Member]
    has_more: bool


class ConversationView(msgspec.Struct, frozen=True, gc=False):
    """A conversation as one user sees it.

    ``peer`` is the other person of a direct chat. ``role`` is the viewer's and None where the viewer
    is not a member, who then has read nothing and has nothing unread.
    """

    id: ConversationId
    kind: Kind
    name: str | None
    visibility: Visibility
    topic: str
    peer: Person | None
    last_seq: Seq
    rev: Rev
    read_seq: Seq
    member_count: int
    created_at: datetime
    role: MemberRole | None
    archived: bool

    @property
    def unread(self) -> int:
        """How many messages the viewer has not read."""
        return self.last_seq - self.read_seq if self.role is not None else 0

    @property
    def address(self) -> Address:
        """What the wire calls it."""
        return Address(self.kind, self.id)

    @property
    def is_open_to_all(self) -> bool:
        """Say whether every user may see it (a public room)."""
        return self.visibility is Visibility.PUBLIC

    def membership(self, user_id: UserId) -> Membership | None:
        """The viewer's place in it, None for one who is not in it."""
        if self.role is None:
            return None
        return Membership(self.id, self.kind, user_id, self.role, self.archived)


class Change(msgspec.Struct, frozen=True, gc=False):
    """One numbered change that was not a new message.

    ``kind`` is a ``ChangeKind`` or one of messages' own; ``subject`` is the id of the user or the
    message that it is about, ``actor`` who did it.
    """

    rev: Rev
    kind: str
    subject: int
    actor: UserId


class Block(msgspec.Struct, frozen=True, gc=False):
    """One line of the list of those whom a user has blocked."""

    person: Person
    blocked_at: datetime


class ReadPosition(msgspec.Struct, frozen=True, gc=False):
    """How far a user has read a conversation, and how much is left."""

    read_seq: Seq
    unread: int


def is_room_name(text: str) -> bool:
    """Say whether a room may be called so; parts of names have the same form."""
    return _ROOM_NAME.fullmatch(text) is not None


def require_room_name(name: str) -> str:
    """Give the name back. Raises ``Invalid`` unless it is 1 to 64 letters, digits, ``-``, ``_``."""
    if not is_room_name(name):
        raise Invalid("name", "must be 1 to 64 of the characters A-Z a-z 0-9 _ -")
    return name


def require_topic(topic: str) -> str:
    """Give the topic back. Raises ``Invalid`` where it is too long or not storable text."""
    if len(topic) > MAX_TOPIC_CHARS:
        raise Invalid("topic", f"must have {MAX_TOPIC_CHARS} characters at most")
    # PostgreSQL stores neither, and msgspec lets both pass.
    if "\x00" in topic or any("\ud800" <= c <= "\udfff" for c in topic):
        raise Invalid("topic", "must not contain NUL or unpaired surrogates")
    return topic


def require_user_id(user_id: int, *, field: str) -> UserId:
    """Give the id back. Raises ``Invalid`` outside 1 ... 2^63-1."""
    if not 1 <= user_id <= MAX_ID:
        raise Invalid(field, "must be ids from 1 to 9223372036854775807")
    return UserId(user_id)


class Intent(msgspec.Struct, frozen=True, gc=False):
    """A write as a user asked for it; with ``key`` it happens once, however often it is asked.

    ``key`` is the idempotency key (None: each asking is its own); ``body`` is what must be the same
    where the key is, in values that JSON has.
    """

    actor: UserId
    key: str | None
    operation: str
    body: tuple[object, ...]
