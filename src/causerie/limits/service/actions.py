"""What users do, by the name of the action: the face that the slices above ask."""

from __future__ import annotations

from causerie.foundation.identity import UserId
from causerie.limits.model import SCOPES, Action, Scope
from causerie.limits.service.book import LimitBook


class ActionLimits:
    """All limits by user in one."""

    def __init__(self, book: LimitBook) -> None:
        self._by_action = {
            action: book.of_users(action) for action in Action if SCOPES[action] is Scope.USER
        }

    def require(self, action: Action, user_id: UserId, cost: int = 1) -> None:
        """Count what a user is about to do. Raises ``RateLimited`` where it is too much."""
        self._by_action[action].require(user_id, cost)
