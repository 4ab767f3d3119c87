"""What presence refuses."""

from __future__ import annotations

from causerie.foundation.errors import Forbidden


class MayNotType(Forbidden):
    """Who may not write in a conversation does not type there either."""

    def __init__(self) -> None:
        super().__init__("You may only read here")
