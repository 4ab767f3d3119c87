"""What notifications refuse."""

from __future__ import annotations

from causerie.foundation.errors import Conflict, NotFound


class SubscriptionNotFound(NotFound):
    """There is none, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("subscription")


class LetterNotFound(NotFound):
    """No letter has this address to unsubscribe by, or a later one has replaced it."""

    def __init__(self) -> None:
        super().__init__("letter")


class TooManySubscriptions(Conflict):
    """The user has as many devices as anyone may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"You are told on {limit} devices already; remove one first")
