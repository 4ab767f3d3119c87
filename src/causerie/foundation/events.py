"""Facts, announced after their commit to whoever listens.

``announce`` is not a coroutine: nothing can cancel it between the commit and the last listener.
A listener must be quick and must not raise; one that does is logged, and the others still hear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
import structlog

log = structlog.get_logger()


class Event(msgspec.Struct, frozen=True, gc=False):
    """A fact that was committed. Named in the past tense: ``MemberJoined``."""


class Unheard(Event, frozen=True, gc=False):
    """Other nodes may have announced what was not heard here: what only they correct is in doubt.

    Never carried to another node. ``is_ongoing``: it was so before, and may be for long.
    """

    is_ongoing: bool


E = TypeVar("E", bound=Event)


class Events:
    """Who listens to what. Wired once by assembly, before the server accepts."""

    def __init__(self) -> None:
        # Any: a listener takes its own event type; listen() is what keeps the pair honest.
        self._listeners: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)
        self._everywhere: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)

    def listen(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call the listener with every later event of exactly this type."""
        self._listeners[kind].append(listener)

    def listen_everywhere(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call the listener with what other nodes announce, too: for what each process remembers.

        That is a hint, which may be lost, repeated or late; the listener's truth is the database.
        """
        self.listen(kind, listener)
        self._everywhere[kind].append(listener)

    def share(self, carry: Callable[[Event], None]) -> None:
        """Have what is listened for everywhere carried to the other nodes.

        Called once, if ever, and after all have said what they listen for.
        """
        for kind in self.shared:
            self.listen(kind, carry)

    @property
    def shared(self) -> list[type[Event]]:
        """What is listened for everywhere."""
        return [kind for kind, listeners in self._everywhere.items() if listeners]

    def hear(self, event: Event) -> None:
        """Tell those who listen everywhere of what another node has announced."""
        self._tell(self._everywhere.get(type(event), ()), event)

    def announce(self, events: Sequence[Event]) -> None:
        """Tell all listeners, event by event, in the order given (commit order)."""
        for event in events:
            self._tell(self._listeners[type(event)], event)

    @staticmethod
    def _tell(listeners: Iterable[Callable[[Any], None]], event: Event) -> None:
        for listener in listeners:
            try:
                listener(event)
            except Exception:
                log.exception("event_listener_failed", event_type=type(event).__name__)
