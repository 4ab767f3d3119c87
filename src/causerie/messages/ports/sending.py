"""Who takes drafts and commits them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from causerie.messages.model import Draft, Sent

# Called once with what became of a send. An ``Exception`` that is no ``Refusal`` is a bug.
SendDone = Callable[[Sent | Exception], None]


class Outgoing(Protocol):
    """Takes drafts and commits them, in the order in which one sender gave them."""

    def put(self, draft: Draft, done: SendDone) -> None:
        """Queue a draft. Raises ``Unavailable`` where it cannot be stored for now."""
        ...
