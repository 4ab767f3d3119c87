"""What screening says of a text, and whether it counts."""

from __future__ import annotations

from causerie.foundation.identity import ConversationId, Principal
from causerie.messages.model import Sent
from causerie.messages.ports import Judgement, MessageStore, Screening, SendDone


class Judging:
    """Asks the screening, where there is one."""

    def __init__(self, screening: Screening | None, store: MessageStore) -> None:
        self._screening = screening
        self._store = store

    def judge(self, conversation_id: ConversationId, content: str) -> Judgement | None:
        """None: there is nothing to say."""
        if self._screening is None:
            return None
        return self._screening.judge(conversation_id, content)

    async def is_replay(
        self, judgement: Judgement, author: Principal, client_id: str | None
    ) -> bool:
        """Say whether what is refused today was stored under its key before the rules changed."""
        return (
            judgement.is_refused
            and client_id is not None
            and await self._store.knows_key(author.user_id, client_id)
        )


def noted(judgement: Judgement, author: Principal, done: SendDone) -> SendDone:
    """Have moderators told once the message is stored. Raises ``MessageRefused``."""
    if judgement.is_refused:
        judgement.note(author.user_id, message_id=None)
        raise judgement.refusal()

    def note_and_tell(outcome: Sent | Exception) -> None:
        if isinstance(outcome, Sent) and outcome.is_new:
            judgement.note(author.user_id, message_id=outcome.message.id)
        done(outcome)

    return note_and_tell
