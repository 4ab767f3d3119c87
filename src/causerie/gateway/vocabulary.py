"""What a dialect says of each fact: from an event's type to its framed bytes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog

from causerie.foundation.events import Event
from causerie.gateway.framing import text_frame

log = structlog.get_logger()

E = TypeVar("E", bound=Event)

_FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s|\Z)", re.DOTALL)


class Word(NamedTuple):
    """What clients are told of an event: the description of the API is made of it."""

    data: Any  # The type of its ``data``, for msgspec.
    description: str


class Heard(NamedTuple):
    """A flat command: its fields stand beside ``type``."""

    command: Any  # As above.
    description: str


class FlatDialect(NamedTuple):
    """What an older dialect hears and says, for its description; ``said`` by a key of its own.

    What is said is ``{"type", "data"}``; the pair has the type.
    """

    name: str
    address: str
    about: str
    heard: Mapping[str, Heard]
    said: Mapping[str, tuple[str, Word]]


class ChannelDialect(msgspec.Struct, frozen=True):
    """A dialect of channels that a socket joins; what is pushed and told there is v2's, by its names.

    ``pushes`` and ``broadcasts``: what a client or the server calls it, to what v2 does.
    """

    name: str
    address: str
    about: str
    joins: Mapping[str, Heard]  # by what the channel is about
    pushes: Mapping[str, str]
    broadcasts: Mapping[str, str]
    states: Mapping[str, str]  # what has no word in v2, with what it says


class Vocabulary:
    """The words of one dialect; filled by the slices' wiring. An unknown event is not said."""

    def __init__(self) -> None:
        # Any: a word takes its own event type; say() is what keeps the pair honest.
        self._words: dict[type[Event], Callable[[Any], bytes]] = {}
        self._described: set[type[Event]] = set()
        self.words: dict[str, Word] = {}

    def say(
        self,
        kind: type[E],
        payload: Callable[[E], bytes],
        *,
        name: str | None = None,
        data: type[msgspec.Struct] | None = None,
    ) -> None:
        """Say this event as one text message with this payload; an empty one is not sent.

        ``name`` and ``data`` (its shape) are what v2 calls it; how the event's class describes itself
        is what clients read about it.
        """
        if kind in self._words:
            raise ValueError(f"two words for {kind.__name__}")
        self._words[kind] = payload
        if name is not None and data is not None:
            self._described.add(kind)
            self.describe(name, data, first_sentence(kind.__doc__))

    def describe(self, name: str, data: type[msgspec.Struct], description: str) -> None:
        """Describe what is said without an event, or by several."""
        if name in self.words:
            raise ValueError(f"{name!r} is described twice")
        self.words[name] = Word(data, description)

    @property
    def undescribed(self) -> set[str]:
        """Events that are said and not described: there are none in v2, as a test says."""
        return {kind.__name__ for kind in self._words if kind not in self._described}

    @property
    def kinds(self) -> frozenset[type[Event]]:
        """The events that there are words for."""
        return frozenset(self._words)

    def payload(self, event: Event) -> bytes:
        """What is said of an event, or nothing."""
        word = self._words.get(type(event))
        if word is None:
            return b""
        try:
            return word(event)
        except Exception:
            # The event is lost to this dialect; raised, it would hold up all others for ever.
            log.exception("event_not_said", event_type=type(event).__name__)
            return b""

    def __call__(self, event: Event) -> bytes:
        """The framed bytes of an event, or nothing."""
        payload = self.payload(event)
        return text_frame(payload) if payload else b""


def first_sentence(text: str | None) -> str:
    """The first sentence of a docstring, for those who use the API."""
    found = _FIRST_SENTENCE.match(inspect.cleandoc(text or ""))
    return " ".join(found[0].split()).replace("``", "`") if found else ""


def event_payload(name: str, data: object) -> bytes:
    """The payload of a v2 event."""
    return b'{"type":"%b","data":%b}' % (name.encode(), msgspec.json.encode(data))
