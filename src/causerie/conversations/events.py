"""What happened to conversations; each is announced right after its commit.

``after_seq`` is the conversation's ``last_seq`` in the transaction of the change: the change belongs
behind that message and before the next. Changes of one conversation that are made at the same
moment may be announced in another order than that of their ``rev``, which is the true one.
"""

from __future__ import annotations

from datetime import datetime

from causerie.conversations.model import ConversationView, Kind, MemberRole, Person, Visibility
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, Rev, Seq, UserId


class ConversationOpened(Event, frozen=True, gc=False):
    """A user is now in a conversation: it was created, joined, or the user was added to it.

    One for each such user, with what that user sees from here on: all up to ``view.last_seq`` and
    ``view.rev`` is in the view.
    """

    viewer: UserId
    view: ConversationView


class MemberJoined(Event, frozen=True, gc=False):
    """A user came; for those who were there before."""

    conversation_id: ConversationId
    kind: Kind
    user: Person
    rev: Rev
    after_seq: Seq


class MemberLeft(Event, frozen=True, gc=False):
    """A user left, or was put out; for those who stay, and for the sockets of the user."""

    conversation_id: ConversationId
    kind: Kind
    user: Person
    rev: Rev
    after_seq: Seq


class RoleGiven(Event, frozen=True, gc=False):
    """A member's role changed; announced before the ``ConversationUpdated`` that says so to all."""

    conversation_id: ConversationId
    kind: Kind
    user_id: UserId
    role: MemberRole


class ConversationUpdated(Event, frozen=True, gc=False):
    """A name, a topic, the visibility or a member's role changed, or the room was (un)archived.

    Carries what is the same for every viewer, as it is after the change.
    """

    conversation_id: ConversationId
    kind: Kind
    rev: Rev
    after_seq: Seq
    name: str | None
    visibility: Visibility
    topic: str
    last_seq: Seq
    member_count: int
    created_at: datetime
    archived: bool


MAX_READ_AUDIENCE = 100  # In a larger room who has read what is a flood, and nobody looks at it.


class ReadMoved(Event, frozen=True, gc=False):
    """A member has read further. ``is_discreet``: they keep it to themselves."""

    conversation_id: ConversationId
    kind: Kind
    user_id: UserId
    seq: Seq
    member_count: int
    is_discreet: bool = False

    @property
    def is_private(self) -> bool:
        """Whether it is for the member's own devices alone: others may not know it, or would not look."""
        return self.is_discreet or self.member_count > MAX_READ_AUDIENCE


def updated(view: ConversationView) -> ConversationUpdated:
    """Say what a conversation is like now, by the view of whoever changed it."""
    return ConversationUpdated(
        conversation_id=view.id,
        kind=view.kind,
        rev=view.rev,
        after_seq=view.last_seq,
        name=view.name,
        visibility=view.visibility,
        topic=view.topic,
        last_seq=view.last_seq,
        member_count=view.member_count,
        created_at=view.created_at,
        archived=view.archived,
    )


class PersonChanged(Event, frozen=True, gc=False):
    """Somebody is called otherwise, or says something else about themselves; without a number."""

    person: Person
