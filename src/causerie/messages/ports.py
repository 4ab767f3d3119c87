"""What messages need: a place to keep them, and somebody who looks at the text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

import msgspec

from causerie.conversations import Change, MemberRole
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, MessageId, Principal, Rev, Seq, UserId
from causerie.messages.errors import MessageRefused
from causerie.messages.events import (
    MessagePinned,
    ReactionAdded,
    ReactionRemoved,
    ThreadUpdated,
)
from causerie.messages.model import (
    Attention,
    Draft,
    Due,
    EditPage,
    EmojiTotal,
    Message,
    NewScheduled,
    Page,
    Pin,
    ReactorPage,
    Scheduled,
    ScheduledId,
    Search,
    Sent,
    Thread,
    ThreadPage,
    ThreadReading,
)


class Judgement(Protocol):
    """What screening says of a text that is not simply fine."""

    @property
    def is_refused(self) -> bool:
        """Say whether the text must not be stored; else it is stored, and moderators are told."""
        ...

    def note(self, author: UserId, *, message_id: MessageId | None) -> None:
        """Keep it for moderators; never waits. None: a send that was refused."""
        ...

    def refusal(self) -> MessageRefused:
        """What the author is told."""
        ...


class Screening(Protocol):
    """Looks at a text before it is stored. On the way of every message: nothing is awaited."""

    def judge(self, conversation_id: ConversationId, content: str) -> Judgement | None:
        """Judge by the rules of the conversation. None: there is nothing to say."""
        ...


class Voices(Protocol):
    """Who may speak at all."""

    def require_may_speak(self, user_id: UserId, /) -> None:
        """Raise ``Muted`` or ``Banned``."""
        ...


class SendLimit(Protocol):
    """How often a user may send."""

    def require(self, user_id: UserId, /) -> None:
        """Count a send. Raises ``RateLimited``."""
        ...


# Called once with what became of a send. An ``Exception`` that is no ``Refusal`` is a bug.
SendDone = Callable[[Sent | Exception], None]


class Outgoing(Protocol):
    """Takes drafts and commits them, in the order in which one sender gave them."""

    def put(self, draft: Draft, done: SendDone) -> None:
        """Queue a draft. Raises ``Unavailable`` where it cannot be stored for now."""
        ...


class Names(Protocol):
    """Who a message is from, for its readers."""

    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        """The usernames of these users; each has one, also one who has gone."""
        ...

    async def ids_of(self, names: Collection[str]) -> Sequence[UserId]:
        """Those of these names, in any case, that are users'."""
        ...


class Topics(Protocol):
    """What conversations know of their topics: positions, and the changes that are theirs."""

    async def position(self, conversation_id: ConversationId) -> tuple[Seq, Rev]:
        """The newest numbers, from one moment."""
        ...

    async def positions(
        self, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, tuple[Seq, Rev]]:
        """The same of many."""
        ...

    async def changes_between(
        self, conversation_id: ConversationId, *, after: Rev, upto: Rev, limit: int
    ) -> Sequence[Change]:
        """Changes with ``after < rev <= upto``, in order."""
        ...

    async def events_of(
        self, conversation_id: ConversationId, changes: Sequence[Change]
    ) -> Mapping[Rev, Event]:
        """The event of each change, with the state of now."""
        ...


class Found(msgspec.Struct, frozen=True, gc=False):
    """A message and what the one who asks is in its conversation; None: not a member."""

    message: Message
    role: MemberRole | None
    is_archived: bool


class Changed(msgspec.Struct, frozen=True, gc=False):
    """What became of a change: the message as it is now, and what to tell; nothing for a replay."""

    message: Message
    facts: tuple[Event, ...] = ()


class MessageStore(Protocol):
    """The tables of messages. All methods raise ``Unavailable`` where the database is away."""

    async def page(
        self,
        conversation_id: ConversationId,
        *,
        viewer: UserId,
        before: int | None,
        after: int | None,
        limit: int,
        root: MessageId | None = None,
    ) -> Page:
        """What the range holds now; the newest page where neither bound is given.

        ``root``: only the answers in its thread. By the viewer's own rights: who is not in the
        conversation gets nothing.
        """
        ...

    async def find(self, message_id: MessageId, *, viewer: UserId) -> Found | None:
        """A message by its id alone."""
        ...

    async def knows_key(self, user_id: UserId, key: str) -> bool:
        """Say whether the user has made a write under this key."""
        ...

    def edit(
        self, found: Found, *, editor: UserId, content: str, key: str | None, fingerprint: bytes
    ) -> Coroutine[Any, Any, Changed]:
        """Replace the content, once per key: ``MessageEdited``, or nothing to tell for a replay.

        Raises ``MessageDeleted`` (the refusal) and ``Conflict``.
        """
        ...

    def delete(
        self, found: Found, *, editor: UserId, key: str | None, fingerprint: bytes
    ) -> Coroutine[Any, Any, Changed]:
        """Make a tombstone, once: ``MessageDeleted``, and ``ThreadUpdated`` where it was in one.

        Nothing is told where it was a tombstone already.
        """
        ...

    async def as_seen(
        self, messages: Sequence[Message], viewers: Sequence[UserId]
    ) -> list[Message]:
        """Each message as the viewer beside it sees it: with whether a reaction is theirs."""
        ...

    async def messages_between(
        self, conversation_id: ConversationId, *, after: int, upto: int, limit: int
    ) -> Sequence[Message]:
        """Messages with ``after < seq <= upto``, in order."""
        ...

    async def by_ids(self, ids: Sequence[int]) -> dict[int, Message]:
        """Messages by id; those that do not exist are left out."""
        ...

    async def threads_now(self, roots: Sequence[MessageId]) -> Sequence[ThreadUpdated]:
        """The latest change of each of these threads, with the state of now."""
        ...

    async def edits(
        self, message_id: MessageId, *, viewer: UserId | None, after: int, limit: int
    ) -> EditPage:
        """What a message said before; by the viewer's own rights, None: by the service's."""
        ...


class AroundStore(Protocol):
    """Reactions and pins. All methods raise ``Unavailable`` where the database is away."""

    async def react(
        self,
        user_id: UserId,
        message_id: MessageId,
        emoji: str,
        *,
        is_adding: bool,
        key: str | None,
        fingerprint: bytes,
    ) -> tuple[int, ReactionAdded | ReactionRemoved | None]:
        """Make or take away a reaction: how many there are then, and the event of a change.

        Raises ``MessageNotFound``, ``Muted``, ``Banned``, ``ConversationArchived``,
        ``MayNotWrite``, ``MessageDeleted`` (the refusal), ``TooManyEmojis`` and ``Conflict``.
        """
        ...

    async def pin(
        self,
        user_id: UserId,
        message_id: MessageId,
        *,
        is_pinned: bool,
        is_moderator: bool,
        key: str | None,
        fingerprint: bytes,
    ) -> MessagePinned | None:
        """Pin a message or take the pin away: the event of a change.

        Raises what ``react`` raises, ``MayNotPin`` and ``TooManyPins``.
        """
        ...

    async def reactors(
        self, message: Message, *, viewer: UserId, emoji: str | None, after: int, limit: int
    ) -> ReactorPage:
        """Who reacted, in the order of their ids, by the viewer's own rights."""
        ...

    async def emoji_totals(
        self, conversation_id: ConversationId, *, viewer: UserId, limit: int
    ) -> Sequence[EmojiTotal]:
        """The emoji that a conversation has most of, by the viewer's own rights."""
        ...

    async def pins(self, conversation_id: ConversationId, *, viewer: UserId) -> Sequence[Pin]:
        """What is pinned, the latest first, by the viewer's own rights."""
        ...

    async def emojis_of(
        self, conversation_id: ConversationId, revs: Collection[Rev]
    ) -> Mapping[Rev, str]:
        """Which emoji the numbered changes were about."""
        ...


class SearchIndex(Protocol):
    """The index of words, which follows behind the messages."""

    async def behind(self, *, limit: int) -> Sequence[ConversationId]:
        """Conversations with messages that are not indexed yet."""
        ...

    async def index_some(
        self, conversation_ids: Sequence[ConversationId], *, limit: int
    ) -> tuple[int, Sequence[ConversationId]]:
        """Index some messages of these, in order: how many, and which conversations may have more."""
        ...


class ThreadStore(Protocol):
    """Threads as users have them. All methods raise ``Unavailable`` where the database is away."""

    async def threads(
        self,
        conversation_id: ConversationId,
        *,
        viewer: UserId,
        before: int | None,
        limit: int,
        only_followed: bool,
    ) -> ThreadPage:
        """Threads whose last answer has a lower ``seq``, by the viewer's own rights."""
        ...

    async def find_thread(self, root: MessageId, *, viewer: UserId) -> Thread | None:
        """The thread that begins with a message, whether or not anybody has answered."""
        ...

    def attend(
        self,
        root: Message,
        *,
        viewer: UserId,
        attention: Attention,
        key: str | None,
        fingerprint: bytes,
    ) -> Coroutine[Any, Any, bool]:
        """Keep what a user wants of a thread, once per key. False: a replay, nothing was changed.

        Raises ``Conflict``.
        """
        ...

    async def read(
        self, root: Message, *, viewer: UserId, seq: int, key: str | None, fingerprint: bytes
    ) -> ThreadReading:
        """Move a position in a thread forward, once per key; a replay gives what is so now.

        Raises ``Conflict``.
        """
        ...


class RoomLimit(Protocol):
    """How often all of a room may be called."""

    def require(self, key: ConversationId, cost: int = 1, /) -> None:
        """Count a call. Raises ``RateLimited`` where it is too much."""
        ...


class Senders(Protocol):
    """Who acts when nobody has shown credentials: for what a user asked for before."""

    async def find(self, user_id: UserId) -> Principal | None:
        """The user with what their role may do now; None for one who is gone."""
        ...


class DueMessages(Protocol):
    """Messages whose time has come, kept from every other process until the transaction's end."""

    @property
    def items(self) -> Sequence[Due]:
        """The earliest first."""
        ...

    async def sent(self, due: Due, message_id: MessageId) -> Scheduled:
        """Keep that it was sent, and as what."""
        ...

    async def refused(self, due: Due, *, code: str, reason: str) -> Scheduled:
        """Keep that it may not be sent, and why."""
        ...


class ScheduleStore(Protocol):
    """Messages to be sent later. All methods raise ``Unavailable`` where the database is away."""

    async def create(
        self, new: NewScheduled, *, key: str | None, fingerprint: bytes
    ) -> tuple[Scheduled, bool]:
        """Keep a message to be sent later, once per key; and whether it is new.

        Raises ``TooManyScheduled`` and ``Conflict``.
        """
        ...

    async def change(
        self,
        scheduled_id: ScheduledId,
        sender: UserId,
        *,
        content: str | None,
        send_at: datetime | None,
        key: str | None,
        fingerprint: bytes,
    ) -> tuple[Scheduled, bool]:
        """Change what waits, once per key; and whether anything was changed.

        Raises ``ScheduledNotFound``, ``ScheduledIsOver`` and ``Conflict``.
        """
        ...

    async def cancel(
        self, scheduled_id: ScheduledId, sender: UserId, *, key: str | None, fingerprint: bytes
    ) -> tuple[Scheduled, bool]:
        """Cancel what waits, or put away what was refused; and whether it was not already.

        Raises what ``change`` raises.
        """
        ...

    async def find(self, scheduled_id: ScheduledId, *, viewer: UserId) -> Scheduled | None:
        """One of the viewer's, by the viewer's own rights."""
        ...

    async def list_of(
        self, viewer: UserId, *, conversation_id: ConversationId | None
    ) -> Sequence[Scheduled]:
        """What of the viewer's waits or was refused, the earliest first."""
        ...

    def due(self, *, limit: int) -> AbstractAsyncContextManager[DueMessages]:
        """Take messages whose time has come; committed on leaving."""
        ...

    async def next_due_seconds(self) -> float | None:
        """How long until the next one's time, 0 where it has come; None: none waits."""
        ...


class Asked(msgspec.Struct, frozen=True):
    """A search whose names were looked up; None: in all of the reader's conversations."""

    search: Search
    senders: Sequence[UserId]
    not_senders: Sequence[UserId]
    conversations: Sequence[ConversationId] | None
    not_conversations: Sequence[ConversationId]


class SearchStore(Protocol):
    """What was said, by its words. All methods raise ``Unavailable`` where the database is away."""

    async def find(self, asked: Asked, *, viewer: UserId, limit: int) -> Sequence[Message]:
        """The best matches in the viewer's conversations, the best first, as the viewer sees them."""
        ...

    async def words_found(self, words: Sequence[str], terms: Sequence[str]) -> Collection[str]:
        """Those of the words that one of the terms finds."""
        ...

    async def places_of(
        self, viewer: UserId, *, names: Sequence[str], peers: Sequence[UserId]
    ) -> Sequence[ConversationId]:
        """The viewer's rooms of these names, and direct chats with these people."""
        ...
