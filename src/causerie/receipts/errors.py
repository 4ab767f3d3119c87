"""What receipts refuse."""

from __future__ import annotations

from causerie.foundation.errors import Conflict


class TooManyDrafts(Conflict):
    """The user keeps as many drafts as anyone may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"You keep {limit} drafts already; throw one away first")
