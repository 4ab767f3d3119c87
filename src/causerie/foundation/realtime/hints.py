"""Hints: "look now", by a name, to all nodes. What there is to see stands in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from causerie.foundation.events import Event, Events, Unheard


class Hint(Event, frozen=True, gc=False):
    """There is something new to see."""

    name: str


class Hints:
    """Says and hears hints. One may be lost: whoever listens looks by itself too, less often.

    ``listen`` is called at assembly; a callback must be quick and must not raise. It is called on
    this node as well, and with every hint that may have been missed, by ``Unheard``.
    """

    def __init__(self, events: Events) -> None:
        self._events = events
        self._listeners: dict[str, list[Callable[[], None]]] = defaultdict(list)
        events.listen_everywhere(Hint, self._heard)
        events.listen(Unheard, lambda _: self._look_at_all())

    def publish(self, name: str) -> None:
        """Have all who listen for this name look, on every node. Call it after the commit."""
        self._events.announce([Hint(name)])

    def listen(self, name: str, callback: Callable[[], None]) -> None:
        """Look whenever the name is heard."""
        self._listeners[name].append(callback)

    def _heard(self, hint: Hint) -> None:
        for callback in self._listeners.get(hint.name, ()):
            callback()

    def _look_at_all(self) -> None:
        for callbacks in self._listeners.values():
            for callback in callbacks:
                callback()
