"""What messages refuse."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.foundation.errors import Check, Code, Conflict, Forbidden, NotFound, Refusal


class MessageNotFound(NotFound):
    """No such message, or not in a conversation of this user."""

    def __init__(self) -> None:
        super().__init__("message")


class ConversationNotFound(NotFound):
    """No such conversation, or not one of this user's."""

    def __init__(self) -> None:
        super().__init__("conversation")


class MayNotWrite(Forbidden):
    """A member who may only read, or a role that may not send."""

    def __init__(self) -> None:
        super().__init__("You may only read here")


class NotTheAuthor(Forbidden):
    """Only authors edit; authors, moderators and the room's admins delete."""

    def __init__(self) -> None:
        super().__init__("The message is somebody else's")


class MayNotPin(Forbidden):
    """Owners and admins pin in rooms, moderators everywhere but in others' direct chats."""

    def __init__(self) -> None:
        super().__init__("You may not pin here")


class TooManyEmojis(Conflict):
    """There are as many different emoji on the message as there may be."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A message has at most {most} different emoji")


class TooManyPins(Conflict):
    """There are as many pins in the conversation as there may be."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A conversation has at most {most} pinned messages")


class ConversationArchived(Conflict):
    """Nothing new is written in an archived conversation."""

    def __init__(self) -> None:
        super().__init__("The conversation is archived")


class MessageDeleted(Conflict):
    """A deleted message stays as it is."""

    def __init__(self) -> None:
        super().__init__("The message was deleted")


class EditsHidden(Forbidden):
    """What a deleted message said is for moderators."""

    def __init__(self) -> None:
        super().__init__("The message was deleted")


class KeyUsedOtherwise(Conflict):
    """The idempotency key was used before, for something else."""

    def __init__(self) -> None:
        super().__init__("This client_id was used for another request")


class MessageRefused(Refusal):
    """The content filter said no; ``rule`` names which part of it, ``evidence`` what it saw."""

    code = Code.REFUSED
    check = Check.FILTER

    def __init__(self, rule: str, evidence: Sequence[str] = ()) -> None:
        seen = f" ({', '.join(evidence)})" if evidence else ""
        super().__init__(f"The content filter refused this: {rule.replace('_', ' ')}{seen}")
        self.rule = rule
        self.evidence = tuple(evidence)

    @override
    def extras(self) -> dict[str, object]:
        return {"rule": self.rule, "evidence": list(self.evidence)}


class ScheduledNotFound(NotFound):
    """No such message to be sent later, or not one of this user's."""

    def __init__(self) -> None:
        super().__init__("scheduled_message")


class TooManyScheduled(Conflict):
    """There are as many messages waiting to be sent as there may be."""

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} messages wait to be sent: cancel one first")


class ScheduledIsOver(Conflict):
    """It is about to be sent, or what becomes of it is known: nothing can be changed."""

    def __init__(self, state: str) -> None:
        super().__init__(
            "The message is being sent" if state == "waiting" else f"The message is {state} already"
        )
