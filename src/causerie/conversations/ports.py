"""What conversations need from their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.conversations.events import ReadMoved
from causerie.conversations.model import (
    Address,
    Arrival,
    Block,
    Change,
    ConversationView,
    Intent,
    Member,
    MemberRole,
    Membership,
    Person,
    Position,
    ReadPosition,
    Visibility,
)
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, Principal, Rev, Seq, UserId


class Wording(Protocol):
    """Looks at the words that a room is called and described by."""

    def require_acceptable(self, author: UserId, text: str) -> None:
        """Raise a ``Refusal`` where the text must not be shown to everybody."""
        ...


class Voices(Protocol):
    """Who may speak at all."""

    def require_may_speak(self, user_id: UserId, /) -> None:
        """Raise ``Muted`` or ``Banned``."""
        ...


class Settings(msgspec.Struct, frozen=True, gc=False):
    """What a room's managers set; None leaves a field as it is."""

    name: str | None = None
    topic: str | None = None
    visibility: Visibility | None = None
    archived: bool | None = None


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What became of a read position: where it is, and whether it moved to get there.

    ``is_discreet``: the reader keeps it to themselves.
    """

    read_seq: Seq
    last_seq: Seq
    member_count: int
    moved: bool
    is_discreet: bool = False


class Writes(Protocol):
    """One transaction. The conversation's row is locked before any row of its members."""

    def tell(self, *events: Event) -> None:
        """Announce these right after the commit, before anything else is awaited."""
        ...

    async def claim(self, intent: Intent) -> ConversationId | None:
        """Take the intent's key; give what the first asking was about if this is a replay.

        Raises ``Conflict`` where the key was used for something else.
        """
        ...

    async def settle(self, intent: Intent, result: ConversationId) -> None:
        """Keep beside the intent's key what it was about."""
        ...

    async def record(
        self,
        action: str,
        target: str,
        before: Mapping[str, object] | None,
        after: Mapping[str, object],
    ) -> None:
        """Put what a manager did on record: ids and roles, no words. With the transaction."""
        ...

    async def find_room(self, name: str) -> Address | None:
        """A room by its name, in whatever case."""
        ...

    async def lock(self, address: Address, viewer: UserId) -> ConversationView | None:
        """Keep others from changing the conversation, and see it as it is now."""
        ...

    async def see(self, conversation_id: ConversationId, viewer: UserId) -> ConversationView:
        """See a conversation that is known to exist."""
        ...

    async def has_room_for(self, user_id: UserId, *, limit: int) -> bool:
        """Say whether the user is in fewer conversations than the limit."""
        ...

    async def people(self, ids: Sequence[UserId]) -> list[Person]:
        """Those of the users that exist."""
        ...

    async def insert_room(
        self, creator: UserId, *, name: str, visibility: Visibility, topic: str
    ) -> ConversationId | None:
        """Make a room without members; None where the name is taken."""
        ...

    async def insert_direct(self, creator: UserId, peer: UserId) -> ConversationId | None:
        """Make the direct chat of two people, without members; None where they have one."""
        ...

    async def get_direct(self, one: UserId, other: UserId) -> ConversationId:
        """The direct chat of two people, who are known to have one."""
        ...

    async def seat(
        self, conversation_id: ConversationId, users: Sequence[UserId], role: MemberRole
    ) -> None:
        """Put the first members into a new conversation: no numbered changes."""
        ...

    async def admit(
        self,
        conversation_id: ConversationId,
        users: Sequence[UserId],
        *,
        role: MemberRole,
        actor: UserId,
    ) -> list[tuple[Person, Rev]]:
        """Add who is not a member yet, read up to now, each a numbered change; in ``rev`` order."""
        ...

    async def expel(
        self, conversation_id: ConversationId, user_id: UserId, *, actor: UserId
    ) -> Rev:
        """Take a member out; a numbered change."""
        ...

    async def find_member(self, conversation_id: ConversationId, user_id: UserId) -> Member | None:
        """A member of the conversation, None for a stranger."""
        ...

    async def was_member(self, conversation_id: ConversationId, user_id: UserId) -> bool:
        """Say whether the user once left the conversation or was put out of it."""
        ...

    async def find_heir(self, conversation_id: ConversationId) -> UserId | None:
        """Who is to own a room without an owner; None where it has one, or nobody at all."""
        ...

    async def has_another_owner(self, conversation_id: ConversationId, user_id: UserId) -> bool:
        """Say whether anyone but this user owns the room."""
        ...

    async def give_role(
        self,
        conversation_id: ConversationId,
        user_id: UserId,
        *,
        role: MemberRole,
        actor: UserId,
    ) -> Rev:
        """Change a member's role; a numbered change."""
        ...

    async def hold_pair(self, one: UserId, other: UserId) -> None:
        """Keep others from opening the pair's direct chat, and from blocking, until the commit."""
        ...

    async def blockers(self, user_id: UserId, others: Sequence[UserId]) -> list[UserId]:
        """Those of the others who have blocked the user."""
        ...

    async def may_block(self, user_id: UserId, *, limit: int) -> bool:
        """Say whether the user has blocked fewer than the limit."""
        ...

    async def set_block(
        self, blocker: UserId, blocked: UserId, *, is_blocked: bool
    ) -> ConversationId | None:
        """Block or unblock; gives the direct chat where that changed what the blocked may do."""
        ...

    async def move_read(self, address: Address, user_id: UserId, seq: Seq) -> Reading | None:
        """Move a member's read position forward, to the newest message at most; None: a stranger."""
        ...

    async def update(
        self, conversation_id: ConversationId, settings: Settings, *, actor: UserId
    ) -> Rev:
        """Change a room; a numbered change. Raises ``NameTaken``."""
        ...


class Store(Protocol):
    """The conversations' tables. Each method is one statement, and so one consistent view."""

    def transaction(self) -> AbstractAsyncContextManager[Writes]:
        """Write: committed on leaving, rolled back (and nothing told) where something raises."""
        ...

    async def seen_by(
        self, viewer: UserId, ids: Sequence[ConversationId]
    ) -> list[ConversationView]:
        """Those of the conversations that exist, also where the viewer is a stranger; by id."""
        ...

    async def find_view(
        self, conversation_id: ConversationId, *, viewer: UserId
    ) -> ConversationView | None:
        """A conversation that the viewer is in, or a public one; by the viewer's own rights."""
        ...

    async def own_views(self, viewer: UserId) -> list[ConversationView]:
        """All conversations that the viewer is in, by id; by the viewer's own rights."""
        ...

    async def views_of(self, user_id: UserId) -> list[ConversationView]:
        """All conversations that the user is in; by id."""
        ...

    async def named_views_of(
        self, user_id: UserId, ids: Sequence[ConversationId]
    ) -> list[ConversationView]:
        """Those of the named conversations that the user is in; by id. Read with other users'."""
        ...

    async def find_arrival(self, user_id: UserId) -> Arrival | None:
        """Who comes, and where they belong; None for who is gone. Read with other users'."""
        ...

    async def search_rooms(
        self, part: str, viewer: UserId, *, limit: int
    ) -> list[ConversationView]:
        """Public rooms, not archived, with this in their names; the best matches first.

        By the viewer's own rights.
        """
        ...

    async def find_membership(
        self, conversation_id: ConversationId, user_id: UserId
    ) -> Membership | None:
        """A user's place in a conversation."""
        ...

    async def find_position(
        self, conversation_id: ConversationId, user_id: UserId
    ) -> Position | None:
        """How far it has come, for a member; None for a stranger. Read with other users'."""
        ...

    async def members(
        self,
        conversation_id: ConversationId,
        *,
        after: UserId | None,
        limit: int,
        viewer: UserId | None,
    ) -> list[Member]:
        """Members in the order of their ids, beginning behind ``after``.

        By the viewer's own rights; None where it is not a member who asks.
        """
        ...

    async def people(self, ids: Sequence[UserId]) -> list[Person]:
        """Those of the users that exist."""
        ...

    async def blocks(self, user_id: UserId) -> list[Block]:
        """Whom the user has blocked, the latest first."""
        ...

    async def changes_since(
        self, conversation_id: ConversationId, rev: Rev, *, upto: Rev, limit: int
    ) -> list[Change]:
        """The changes after ``rev`` up to and with ``upto``, oldest first."""
        ...


class ThreadPositions(Protocol):
    """How far people have read threads, which lie with the messages."""

    async def mark_read(
        self, who: Principal, address: Address, root_id: int, seq: int, *, key: str | None
    ) -> ReadPosition:
        """Say how far one has read a thread. Raises ``NotFound``, ``NotAMember``."""
        ...


class Positions(Protocol):
    """How far many conversations have come, in one question."""

    async def numbers_of(
        self, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, tuple[Seq, Rev]]:
        """The newest numbers of those that exist. Raises ``Unavailable``."""
        ...


class Seat(msgspec.Struct, frozen=True, gc=False):
    """Somebody is in a conversation, and since when."""

    user_id: UserId
    conversation_id: ConversationId
    joined_at: datetime


class Moves(Protocol):
    """What happened lately and has no number. Raises ``Unavailable``."""

    async def seats_since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[Seat]:
        """Who of these came into a conversation in the last so many seconds, and is in it."""
        ...

    async def reads_since(
        self, ids: Sequence[ConversationId], *, seconds: float
    ) -> Sequence[ReadMoved]:
        """Who has read in these conversations in the last so many seconds."""
        ...

    async def shown_since(self, *, seconds: float) -> Sequence[UserId]:
        """Whose name, picture or status changed in the last so many seconds."""
        ...
