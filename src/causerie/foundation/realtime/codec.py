"""Facts as bytes, for the other nodes: entries of a topic, and events that have no number.

MessagePack. An event goes by its class' name and with its fields by theirs, so that nodes of two
versions understand each other where a field came or went. What a node cannot read it leaves out:
a hint that is not understood is a hint that was lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from causerie.foundation.events import Event
from causerie.foundation.realtime.entry import Entry

log = structlog.get_logger()


class SentEntry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An entry on the wire."""

    kind: str
    event: msgspec.Raw
    seq: int
    rev: int
    after_seq: int
    text_bytes: int


class _SentEvent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    kind: str
    event: msgspec.Raw


class NotCarried(TypeError):  # noqa: N818 - named after the fact, like every refusal
    """An event's type was not taught: a fault of the program, found by the first that is sent."""


class Codec:
    """The events that may cross, each by its name."""

    def __init__(self, *kinds: type[Event]) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._entries = msgspec.msgpack.Decoder(list[SentEntry])
        self._event = msgspec.msgpack.Decoder(_SentEvent)
        self._names: dict[type[Event], str] = {}
        self._decoders: dict[str, msgspec.msgpack.Decoder[Event]] = {}
        self.teach(*kinds)

    @property
    def kinds(self) -> frozenset[type[Event]]:
        """What may cross."""
        return frozenset(self._names)

    def teach(self, *kinds: type[Event]) -> None:
        """Take further types. Raises ``ValueError`` for a name that another type has."""
        for kind in kinds:
            name = kind.__name__
            if kind not in self._names and name in self._decoders:
                raise ValueError(f"there is another event named {name!r}")
            self._names[kind] = name
            self._decoders[name] = msgspec.msgpack.Decoder(kind)

    def encode_entries(self, entries: Sequence[Entry]) -> bytes:
        """What one commit brought to a topic. Raises ``NotCarried``."""
        return self._encoder.encode([self.sent(entry) for entry in entries])

    def sent(self, entry: Entry) -> SentEntry:
        """One entry, as it is sent. Raises ``NotCarried``."""
        kind, event = self._parts(entry.event)
        return SentEntry(kind, event, entry.seq, entry.rev, entry.after_seq, entry.text_bytes)

    def decode_entries(self, body: bytes) -> list[Entry]:
        """The entries that this node can read."""
        try:
            sent = self.read(body)
        except msgspec.DecodeError:
            log.warning("bus_unreadable", what="entries")
            return []
        return [entry for one in sent if (entry := self.entry(one)) is not None]

    def read(self, body: bytes) -> Sequence[SentEntry]:
        """What one commit brought, as it was sent. Raises ``DecodeError``."""
        return self._entries.decode(body)

    def entry(self, sent: SentEntry) -> Entry | None:
        """One entry, None where this node cannot read it."""
        event = self._read(sent.kind, sent.event)
        if event is None:
            return None
        return Entry(
            event,
            seq=sent.seq,
            rev=sent.rev,
            after_seq=sent.after_seq,
            text_bytes=sent.text_bytes,
        )

    def encode_event(self, event: Event) -> bytes:
        """One event. Raises ``NotCarried``."""
        return self._encoder.encode(_SentEvent(*self._parts(event)))

    def decode_event(self, body: bytes) -> Event | None:
        """The event, None where this node cannot read it."""
        try:
            sent = self._event.decode(body)
        except msgspec.DecodeError:
            log.warning("bus_unreadable", what="event")
            return None
        return self._read(sent.kind, sent.event)

    def _parts(self, event: Event) -> tuple[str, msgspec.Raw]:
        name = self._names.get(type(event))
        if name is None:
            raise NotCarried(type(event).__name__)
        return name, msgspec.Raw(self._encoder.encode(event))

    def _read(self, kind: str, event: msgspec.Raw) -> Event | None:
        decoder = self._decoders.get(kind)
        if decoder is None:  # Of a newer node.
            return None
        try:
            return decoder.decode(event)
        except msgspec.DecodeError:  # Of a node that is older or newer than a field.
            log.warning("bus_unreadable", what=kind)
            return None
