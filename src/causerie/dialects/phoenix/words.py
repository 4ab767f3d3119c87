"""What the server says, as frames of Phoenix: made of the words of v2."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from causerie.dialects.phoenix.wire import (
    CONVERSATION,
    NOT_SAID,
    RENAMED,
    USER,
    Serializer,
)
from causerie.foundation.events import Event
from causerie.gateway.framing import payload_of, text_frame

# Gives an event as a frame of v2, or nothing.
Words = Callable[[Event], bytes]


class _Said(msgspec.Struct, gc=False):
    type: str
    data: msgspec.Raw


class _Place(msgspec.Struct, gc=False):
    conversation_id: str | None = None


class PhoenixWords:
    """An encoder for the hub: what concerns a conversation goes to its channel, the same for all.

    What concerns one user alone goes to that user's channel; its event says whose it is.
    """

    def __init__(self, words: Words, serializer: Serializer) -> None:
        self._words = words
        self._serializer = serializer

    def __call__(self, event: Event) -> bytes:
        """The framed bytes of an event, or nothing."""
        framed = self._words(event)
        if not framed:
            return b""
        said = _SAID.decode(payload_of(framed))
        topic = self._topic_of(said, event)
        if topic is None or said.type in NOT_SAID:
            return b""
        return text_frame(self._serializer.write(topic, _name(said.type), bytes(said.data)))

    def payload_on(self, topic: str, event: Event) -> bytes:
        """The payload of a frame that says the event on another topic."""
        said = _SAID.decode(payload_of(self._words(event)))
        return self._serializer.write(topic, _name(said.type), bytes(said.data))

    @staticmethod
    def _topic_of(said: _Said, event: Event) -> str | None:
        if said.type not in PERSONAL:
            place = _PLACES.decode(said.data).conversation_id
            if place is not None:
                return CONVERSATION + place
        # What differs by viewer names its viewer; a fact about one user is told to that user.
        user_id = getattr(event, "viewer", None) or getattr(event, "user_id", None)
        return None if user_id is None else f"{USER}{user_id}"


PERSONAL = frozenset({"conversation_created", "notification", "sanction"})


def _name(kind: str) -> bytes:
    return RENAMED.get(kind) or kind.encode()


_SAID = msgspec.json.Decoder(_Said)
_PLACES = msgspec.json.Decoder(_Place)
