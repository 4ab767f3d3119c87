"""The hub and its codec where messages are followed: by lines of the log, and by spans with traces on.

Entries then carry where they began, over the bus too: a node that does not follow passes it over.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog
from typing_extensions import override

from causerie.foundation.realtime.backlogs import Backlogs
from causerie.foundation.realtime.bus import Bus
from causerie.foundation.realtime.catching import Source
from causerie.foundation.realtime.codec import Codec, SentEntry
from causerie.foundation.realtime.entry import Encoders, Entry
from causerie.foundation.realtime.hub import Hub
from causerie.foundation.telemetry import following, tracing
from causerie.foundation.telemetry.following import Origin
from causerie.foundation.telemetry.tracing import Tracer

log = structlog.get_logger()


class FollowedEntry(Entry):
    """An entry that knows where it began."""

    __slots__ = ("origin",)

    def __init__(self, entry: Entry, origin: Origin) -> None:
        super().__init__(
            entry.event,
            seq=entry.seq,
            rev=entry.rev,
            after_seq=entry.after_seq,
            text_bytes=entry.text_bytes,
        )
        self.origin = origin


class _SentFollowed(SentEntry, frozen=True, gc=False, array_like=True):
    """What is sent has one part more, which others leave unread."""

    origin: Origin | None = None


class FollowedCodec(Codec):
    """Sends and reads the origins of entries."""

    def __init__(self) -> None:
        super().__init__()
        self._followed = msgspec.msgpack.Decoder(list[_SentFollowed])

    @override
    def sent(self, entry: Entry) -> SentEntry:
        origin = entry.origin if isinstance(entry, FollowedEntry) else None
        plain = super().sent(entry)
        return _SentFollowed(
            plain.kind,
            plain.event,
            plain.seq,
            plain.rev,
            plain.after_seq,
            plain.text_bytes,
            origin=origin,
        )

    @override
    def read(self, body: bytes) -> Sequence[SentEntry]:
        return self._followed.decode(body)

    @override
    def entry(self, sent: SentEntry) -> Entry | None:
        entry = super().entry(sent)
        if entry is None or not isinstance(sent, _SentFollowed) or sent.origin is None:
            return entry
        return FollowedEntry(entry, sent.origin)


class FollowedHub(Hub):
    """Publishing is handing over to the bus; delivering, what the bus brings, to the sockets."""

    @override
    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        super().publish(
            topic_id, [FollowedEntry(e, self.origin_of(topic_id, e.seq)) for e in entries]
        )

    @override
    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        if topic_id in self._topics:
            for entry in entries:
                if isinstance(entry, FollowedEntry):
                    log.debug(
                        "message_delivered" if entry.seq else "change_delivered",
                        conversation_id=topic_id,
                        number=entry.seq or entry.rev,
                        **entry.origin.ids,
                    )
        super().deliver(topic_id, entries)

    def origin_of(self, topic_id: int, seq: int) -> Origin:
        """Where an entry began."""
        return following.origin_of((topic_id, seq))


class TracedHub(FollowedHub):
    """With a span for what it publishes and for what it delivers, on whichever node."""

    def __init__(
        self, bus: Bus, source: Source, encoders: Encoders, backlogs: Backlogs, *, tracer: Tracer
    ) -> None:
        super().__init__(bus, source, encoders, backlogs)
        self._tracer = tracer

    @override
    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        with self._tracer.span("bus.publish", {"causerie.entries": len(entries)}):
            super().publish(topic_id, entries)

    @override
    def deliver(self, topic_id: int, entries: Sequence[Entry]) -> None:
        # What one commit brought is one piece of work, wherever its messages came from.
        first = next((e.origin for e in entries if isinstance(e, FollowedEntry)), Origin())
        with self._tracer.span(
            "hub.deliver", {"causerie.entries": len(entries)}, traceparent=first.traceparent
        ):
            super().deliver(topic_id, entries)

    @override
    def origin_of(self, topic_id: int, seq: int) -> Origin:
        origin = super().origin_of(topic_id, seq)
        return msgspec.structs.replace(origin, traceparent=self._tracer.traceparent())


def open_hub(bus: Bus, source: Source, encoders: Encoders, backlogs: Backlogs) -> Hub:
    """A hub that follows what it carries where that is wanted."""
    tracer = tracing.current()
    if tracer is not None:
        return TracedHub(bus, source, encoders, backlogs, tracer=tracer)
    kind = FollowedHub if following.is_followed() else Hub
    return kind(bus, source, encoders, backlogs)


def open_codec() -> Codec:
    """A codec that carries origins where that is wanted."""
    return FollowedCodec() if following.is_followed() else Codec()
