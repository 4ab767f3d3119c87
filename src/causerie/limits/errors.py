"""What limits say no with, beside ``RateLimited`` itself."""

from __future__ import annotations

from causerie.foundation.errors import NotFound


class UnknownLimit(NotFound):
    """The catalogue has no such limit."""

    def __init__(self) -> None:
        super().__init__("limit")
