"""What a dialect says of each fact: from an event's type to its framed bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from causerie.foundation.events import Event
from causerie.gateway.framing import text_frame

E = TypeVar("E", bound=Event)


class Vocabulary:
    """The words of one dialect; filled by the slices' wiring. An unknown event is not said."""

    def __init__(self) -> None:
        # Any: a word takes its own event type; say() is what keeps the pair honest.
        self._words: dict[type[Event], Callable[[Any], bytes]] = {}

    def say(self, kind: type[E], payload: Callable[[E], bytes]) -> None:
        """Say this event as one text message with this payload; an empty one is not sent."""
        if kind in self._words:
            raise ValueError(f"two words for {kind.__name__}")
        self._words[kind] = payload

    def __call__(self, event: Event) -> bytes:
        """The framed bytes of an event, or nothing."""
        word = self._words.get(type(event))
        payload = word(event) if word is not None else b""
        return text_frame(payload) if payload else b""


def event_payload(name: str, data: object) -> bytes:
    """The payload of a v2 event."""
    return b'{"type":"%b","data":%b}' % (name.encode(), msgspec.json.encode(data))
