"""The frames of v1: five commands in, five shapes out. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import Code, Invalid, Refusal, Unreadable
from causerie.foundation.identity import MAX_ID, UserId
from causerie.gateway.decoding import decode
from causerie.gateway.errors import MEANINGS, message_of
from causerie.messages import Message

DEFAULT_HISTORY_MESSAGES = 50
MAX_HISTORY_MESSAGES = 1000  # As in v2; an older client that asks for more is told so.

WireUserId = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
WireLimit = Annotated[int, msgspec.Meta(ge=1, le=MAX_HISTORY_MESSAGES)]


class JoinRoom(msgspec.Struct, frozen=True, gc=False):
    """``join_room``."""

    room: str


class RoomMessage(msgspec.Struct, frozen=True, gc=False):
    """``room_message``."""

    room: str
    content: str


class DirectMessage(msgspec.Struct, frozen=True, gc=False):
    """``direct_message``."""

    to_user_id: WireUserId
    content: str


class RoomHistory(msgspec.Struct, frozen=True, gc=False):
    """``room_history``."""

    room: str
    limit: WireLimit = DEFAULT_HISTORY_MESSAGES


class DmHistory(msgspec.Struct, frozen=True, gc=False, rename={"with_": "with"}):
    """``dm_history``."""

    with_: WireUserId
    limit: WireLimit = DEFAULT_HISTORY_MESSAGES


Command = JoinRoom | RoomMessage | DirectMessage | RoomHistory | DmHistory

COMMANDS: Mapping[str, type[Command]] = {
    "join_room": JoinRoom,
    "room_message": RoomMessage,
    "direct_message": DirectMessage,
    "room_history": RoomHistory,
    "dm_history": DmHistory,
}


class _Frame(msgspec.Struct, frozen=True, gc=False):
    """What all frames have. ``data`` is for clients that wrap the fields, as the answers do."""

    type: str
    data: msgspec.Raw = msgspec.Raw()


_FRAMES = msgspec.json.Decoder(_Frame)
_DECODERS: Mapping[str, msgspec.json.Decoder[Command]] = {
    name: msgspec.json.Decoder(command) for name, command in COMMANDS.items()
}


def read_command(payload: bytes) -> Command:
    """Read one frame. Raises ``Unreadable``, or ``Invalid`` with the field's name."""
    frame = decode(payload, _FRAMES)
    decoder = _DECODERS.get(frame.type)
    if decoder is None:
        raise Invalid("type", "No such command")
    data = bytes(frame.data)
    return decode(data if data.startswith(b"{") else payload, decoder)


def is_command(payload: bytes) -> bool:
    """Say whether a frame is one of the five commands, as its type goes."""
    try:
        return decode(payload, _FRAMES).type in COMMANDS
    except (Invalid, Unreadable):
        return False


# --- what the server says --------------------------------------------------------------------------


class RoomLine(msgspec.Struct, frozen=True, gc=False):
    """A message of a room."""

    id: int
    fromUser: int  # noqa: N815 - the name on the wire
    username: str
    content: str
    timestamp: str
    room: str


class DirectLine(msgspec.Struct, frozen=True, gc=False):
    """A message of a direct chat; it goes to both sides."""

    id: int
    fromUser: int  # noqa: N815 - the name on the wire
    username: str
    content: str
    timestamp: str
    toUser: int  # noqa: N815 - the name on the wire


Line = RoomLine | DirectLine


def room_line(message: Message, *, room: str) -> RoomLine:
    """Show a message of a room."""
    return RoomLine(
        message.id,
        message.sender_id,
        message.sender_name,
        message.content,
        rfc3339(message.created_at),
        room,
    )


def direct_line(message: Message, *, to_user: UserId) -> DirectLine:
    """Show a message of a direct chat."""
    return DirectLine(
        message.id,
        message.sender_id,
        message.sender_name,
        message.content,
        rfc3339(message.created_at),
        to_user,
    )


def line_payload(line: Line) -> bytes:
    """The event ``message`` or ``dm``."""
    return _frame(b"message" if isinstance(line, RoomLine) else b"dm", line)


def joined_payload(room: str) -> bytes:
    """The answer to ``join_room``."""
    return _frame(b"joined", {"room": room})


def room_history_payload(room: str, lines: Sequence[Line]) -> bytes:
    """The answer to ``room_history``, oldest first."""
    return _frame(b"history", {"room": room, "messages": lines})


def dm_history_payload(with_: UserId, lines: Sequence[Line]) -> bytes:
    """The answer to ``dm_history``, oldest first."""
    return _frame(b"history", {"with": with_, "messages": lines})


def error_payload(refusal: Refusal) -> bytes:
    """The answer to what is refused."""
    return _frame(b"error", {"message": message_of(refusal), "code": refusal.code})


def internal_payload() -> bytes:
    """The answer to what failed, without a word about why."""
    return _frame(b"error", {"message": MEANINGS[Code.INTERNAL].title, "code": Code.INTERNAL})


def _frame(kind: bytes, data: object) -> bytes:
    return b'{"type":"%b","data":%b}' % (kind, _encode(data))


_encode = msgspec.json.Encoder().encode
