"""What conversations know of their topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from causerie.conversations import Change
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, Rev, Seq


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
