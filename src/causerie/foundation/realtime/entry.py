"""One numbered fact of a topic, and its bytes in every dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from causerie.foundation.events import Event

# Gives the framed bytes of an event, or nothing where the dialect has no word for it.
Encoder = Callable[[Event], bytes]


class Variant(NamedTuple):
    """A dialect whose frames are made of another's: compressed, or in another encoding."""

    of: str
    make: Callable[[bytes], bytes]


Encoders = Mapping[str, Encoder | Variant]

ENTRY_BYTES = 1024  # The event, its structs and one encoded envelope, without the text.


class Entry:
    """A message (``seq`` > 0) or a lasting change (``rev`` > 0) of one topic.

    ``after_seq`` of a change is the topic's newest ``seq`` in the transaction of the change: every
    message that the change can speak of has that number or a lower one. Encoded at most once per
    dialect, when the first reader of that dialect needs it. ``weight`` is about what it holds, in
    bytes: the text once as such and once encoded.
    """

    __slots__ = ("_frames", "after_seq", "event", "rev", "seq", "weight")

    def __init__(
        self, event: Event, *, seq: int = 0, rev: int = 0, after_seq: int = 0, text_bytes: int = 0
    ) -> None:
        self.event = event
        self.seq = seq
        self.rev = rev
        self.after_seq = after_seq
        self.weight = ENTRY_BYTES + 2 * text_bytes
        self._frames: dict[str, bytes] = {}

    def frame(self, dialect: str, encoders: Encoders) -> bytes:
        """The framed bytes for this dialect."""
        framed = self._frames.get(dialect)
        if framed is None:
            encoder = encoders[dialect]
            if isinstance(encoder, Variant):
                framed = encoder.make(self.frame(encoder.of, encoders))
            else:
                framed = encoder(self.event)
            self._frames[dialect] = framed
        return framed

    def give(self, dialect: str, framed: bytes) -> None:
        """Take bytes that somebody made already."""
        self._frames[dialect] = framed
