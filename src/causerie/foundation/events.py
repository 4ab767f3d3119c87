"""Facts, announced after their commit to whoever listens.

``announce`` is not a coroutine: nothing can cancel it between the commit and the last listener.
A listener must be quick and must not raise; one that does is logged, and the others still hear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
import structlog

log = structlog.get_logger()


class Event(msgspec.Struct, frozen=True, gc=False):
    """A fact that was committed. Named in the past tense: ``MemberJoined``."""


E = TypeVar("E", bound=Event)


class Events:
    """Who listens to what. Wired once by assembly, before the server accepts."""

    def __init__(self) -> None:
        # Any: a listener takes its own event type; listen() is what keeps the pair honest.
        self._listeners: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)

    def listen(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call the listener with every later event of exactly this type."""
        self._listeners[kind].append(listener)

    def announce(self, events: Sequence[Event]) -> None:
        """Tell all listeners, event by event, in the order given (commit order)."""
        for event in events:
            for listener in self._listeners[type(event)]:
                try:
                    listener(event)
                except Exception:
                    log.exception("event_listener_failed", event_type=type(event).__name__)
