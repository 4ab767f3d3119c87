"""What streams speak: events as protobuf, made of v2's JSON once for all streams that need them.

A frame is a whole response with one event in it. Of a repeated field the encodings of several messages
one after the other are the encoding of one with all of it (protobuf, "Last One Wins"), so that what
is joined for one write is one response, without any copy of its events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from typing_extensions import override

from causerie.foundation.realtime import Variant
from causerie.gateway import v2
from causerie.gateway.framing import payload_of
from causerie.gateway.grpc.shaping import described, fields_of
from causerie.gateway.session import Dialect, Session, Work

NAME: Final = "grpc.v1"
# One response; more than one event has room only below it. Callers take 4 MiB unless they say
# otherwise, and one that is taken slowly must still be taken within STALLED_SECONDS.
MAX_RESPONSE_BYTES = 32 << 10
EVENTS = "events"  # The one field of a response, its number 1.
OTHER = "other"  # Where events go that have no field of their own.


class StreamTongue(Dialect):
    """A stream's dialect; the caller has said all by its request."""

    @property
    @override
    def name(self) -> str:
        return NAME

    @property
    @override
    def max_message_bytes(self) -> int:
        return 0

    @override
    def frame(self, payload: bytes) -> bytes:
        return payload  # Made by ``framed``.

    @override
    def received(self, session: Session, payload: bytes) -> Work | None:
        return None

    @override
    def received_binary(self, session: Session, payload: bytes) -> Work | None:
        return None


def words_of(response: type[Message]) -> Variant:
    """How the hub encodes events for streams of these responses."""
    return Variant(v2.NAME, lambda frame: _translated(response, frame))


def _translated(response: type[Message], frame: bytes) -> bytes:
    if not frame:
        return b""
    said = msgspec.json.decode(payload_of(frame))
    return framed(response, said["type"], said["data"])


def framed(response: type[Message], name: str, data: Any) -> bytes:
    """Frame one event; ``data`` is what v2 says of it, or a message of the field's type."""
    kind = _kinds(described(response)).get(name)
    event: dict[str, Any] = {"type": name}
    if isinstance(data, Message):
        event[name] = data
    elif kind is not None:
        event[name] = fields_of(kind, data)
    else:
        other = event[OTHER] = Struct()
        other.update(data)
    return response(**{EVENTS: [event]}).SerializeToString()


@cache  # There is one.
def _kinds(response: Descriptor) -> Mapping[str, Descriptor]:
    """The types of the events that have a field, by its name."""
    event = response.fields_by_name[EVENTS].message_type
    fields = () if event is None else event.fields
    return {field.name: field.message_type for field in fields if field.message_type is not None}


def pieces(joined: bytes) -> Iterator[bytes]:
    """Cut what was joined between events, so that a piece is small unless one event is not."""
    if len(joined) <= MAX_RESPONSE_BYTES:
        yield joined
        return
    start = end = 0
    while end < len(joined):
        after = _end_of_event(joined, end)
        if after - start > MAX_RESPONSE_BYTES and end > start:
            yield joined[start:end]
            start = end
        end = after
    yield joined[start:]


def _end_of_event(joined: bytes, at: int) -> int:
    """Read one tag and one length, which is a varint, and give where the event ends."""
    at += 1  # The tag of field 1 has one byte.
    length = shift = 0
    while True:
        byte = joined[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return at + length
