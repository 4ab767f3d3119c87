"""What conversations refuse."""

from __future__ import annotations

from causerie.foundation.errors import Conflict, Forbidden


class NotAMember(Forbidden):
    """The conversation may be seen, and this is for its members only."""

    def __init__(self) -> None:
        super().__init__("Only members of the conversation may do this")


class NotAllowed(Forbidden):
    """The user's role, in the conversation or on the server, is not enough. The text says for what."""


class NameTaken(Conflict):
    """Another room has the name, in whatever case."""

    def __init__(self) -> None:
        super().__init__("A room of this name exists already")


class ConversationArchived(Conflict):
    """The conversation is kept for reading only."""

    def __init__(self) -> None:
        super().__init__("The conversation is archived")


class NotARoom(Conflict):
    """Direct chats and inbox threads have the people that they have, and no name or topic."""

    def __init__(self) -> None:
        super().__init__("Only rooms are joined, left and managed")


class LastOwner(Conflict):
    """The change would leave the room without an owner."""

    def __init__(self) -> None:
        super().__init__("A room has an owner: make another member one first")


class TooManyConversations(Conflict):
    """The user is in as many conversations as anyone may be."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"You are in {limit} conversations already; leave one first")


class TooManyBlocks(Conflict):
    """The user has blocked as many as anyone may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"You have blocked {limit} users already; unblock one first")
