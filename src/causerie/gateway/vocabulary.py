"""What a dialect says of each fact: from an event's type to its framed bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import structlog

from causerie.foundation.events import Event
from causerie.gateway.framing import text_frame

log = structlog.get_logger()

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
        if word is None:
            return b""
        try:
            payload = word(event)
        except Exception:
            # The event is lost to this dialect; raised, it would hold up all others for ever.
            log.exception("event_not_said", event_type=type(event).__name__)
            return b""
        return text_frame(payload) if payload else b""


def event_payload(name: str, data: object) -> bytes:
    """The payload of a v2 event."""
    return b'{"type":"%b","data":%b}' % (name.encode(), msgspec.json.encode(data))
