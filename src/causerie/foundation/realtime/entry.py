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
    bytes: the text once as such and once encoded. Variants are not in it: once the entry is
    remembered they are let go, and made again for who comes late.
    """

    __slots__ = (
        "_frames",
        "_is_remembered",
        "_variants",
        "after_seq",
        "event",
        "rev",
        "seq",
        "weight",
    )

    def __init__(
        self, event: Event, *, seq: int = 0, rev: int = 0, after_seq: int = 0, text_bytes: int = 0
    ) -> None:
        self.event = event
        self.seq = seq
        self.rev = rev
        self.after_seq = after_seq
        self.weight = ENTRY_BYTES + 2 * text_bytes
        self._frames: dict[str, bytes] = {}
        self._variants: dict[str, bytes] | None = None
        self._is_remembered = False

    @property
    def text_bytes(self) -> int:
        """How long its text is."""
        return (self.weight - ENTRY_BYTES) // 2

    def frame(self, dialect: str, encoders: Encoders) -> bytes:
        """The framed bytes for this dialect."""
        framed = self._frames.get(dialect)
        if framed is None:
            encoder = encoders[dialect]
            if isinstance(encoder, Variant):
                return self._variant(dialect, encoder, encoders)
            framed = self._frames[dialect] = encoder(self.event)
        return framed

    def _variant(self, dialect: str, variant: Variant, encoders: Encoders) -> bytes:
        if self._variants is not None and dialect in self._variants:
            return self._variants[dialect]
        framed = variant.make(self.frame(variant.of, encoders))
        if not self._is_remembered:
            if self._variants is None:
                self._variants = {}
            self._variants[dialect] = framed
        return framed

    def remember(self) -> None:
        """Keep from here on what ``weight`` counts, and no more."""
        self._is_remembered = True
        self._variants = None

    def give(self, dialect: str, framed: bytes) -> None:
        """Take bytes that somebody made already."""
        self._frames[dialect] = framed
