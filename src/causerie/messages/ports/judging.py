"""Who looks at a text before it is stored."""

from __future__ import annotations

from typing import Protocol

from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.messages.errors import MessageRefused


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
