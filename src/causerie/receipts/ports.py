"""What receipts need from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from causerie.conversations import Kind, ReadMoved
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.receipts.events import DraftSet, PreferenceSet
from causerie.receipts.model.drafts import Draft, DraftPlace
from causerie.receipts.model.preferences import Preference, Value
from causerie.receipts.model.unread import Position, Receipt, Recount, Tally


class Tallies(Protocol):
    """Counts that lie with the messages. Raises ``Unavailable``."""

    async def behind(
        self, user_id: UserId, positions: Sequence[Position]
    ) -> Mapping[ConversationId, Tally]:
        """Mentions and threads of what is unread; what has none of these may be left out."""
        ...

    async def recount(self, positions: Sequence[Position]) -> Sequence[Recount]:
        """What is shown of positions and what is true, in the order given; of several users."""
        ...


class Roots(Protocol):
    """Threads, which lie with the messages. Raises ``Unavailable``."""

    async def root_of(
        self, conversation_id: ConversationId, message_id: MessageId
    ) -> MessageId | None:
        """The first message of the thread that a message of this conversation begins or is in."""
        ...


class Positions(Protocol):
    """Read positions, which lie with the conversations. Raises ``Unavailable``."""

    async def unread(self, user_id: UserId) -> Sequence[tuple[Kind, Position]]:
        """Where the user has not read all, by conversation id."""
        ...

    async def read_all(self, user_id: UserId, *, key: str | None) -> Sequence[ReadMoved]:
        """Move all positions to the end; gives what moved, nothing where the key is known."""
        ...

    async def readers(self, conversation_id: ConversationId, *, limit: int) -> Sequence[Receipt]:
        """How far members have read, as far as others may know; by user id."""
        ...

    async def after(
        self, conversation_id: ConversationId, user_id: UserId, *, limit: int
    ) -> Sequence[Position]:
        """Positions in the order of conversation and user, behind this one."""
        ...


class PreferenceStore(Protocol):
    """What people prefer. Raises ``Unavailable``."""

    async def all(self, user_id: UserId) -> Mapping[str, Preference]:
        """What a user has set, by key."""
        ...

    async def set(
        self, user_id: UserId, key: str, value: Value | None, *, idempotency_key: str | None
    ) -> Preference | None:
        """Set a key, or (None) what is the default; None where the idempotency key is known.

        Raises ``Invalid`` for a time zone that there is not.
        """
        ...

    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[PreferenceSet]:
        """What these set in the last so many seconds, as it is now."""
        ...


class DraftStore(Protocol):
    """What people have begun to write. Raises ``Unavailable``."""

    async def all(self, user_id: UserId) -> Sequence[Draft]:
        """A user's drafts in the conversations that they are in; by conversation and thread."""
        ...

    async def find(self, user_id: UserId, place: DraftPlace) -> Draft | None:
        """A user's draft at one place, None where there is none."""
        ...

    async def set(
        self, user_id: UserId, draft: Draft, *, key: str | None, limit: int
    ) -> tuple[Draft, bool]:
        """Keep a draft unless a newer one is there; gives what holds, and whether it changed.

        Raises ``TooManyDrafts`` where the user has ``limit`` of them, ``Conflict``.
        """
        ...

    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[DraftSet]:
        """What these wrote in the last so many seconds, as it is now; thrown away: empty."""
        ...
