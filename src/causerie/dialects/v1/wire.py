"""The frames of v1: five commands in, five shapes out. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, cast

import msgspec

from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import Code, Invalid, Refusal, Unreadable
from causerie.foundation.identity import MAX_ID, UserId
from causerie.gateway.decoding import decode
from causerie.gateway.errors import MEANINGS, message_of
from causerie.gateway.vocabulary import FlatDialect, Heard, Word, first_sentence
from causerie.messages import Message

DEFAULT_HISTORY_MESSAGES = 50
MAX_HISTORY_MESSAGES = 1000  # As in v2; an older client that asks for more is told so.

WireUserId = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
WireLimit = Annotated[int, msgspec.Meta(ge=1, le=MAX_HISTORY_MESSAGES)]


class JoinRoom(msgspec.Struct, frozen=True, gc=False):
    """Enter a room, or make it."""

    room: str


class RoomMessage(msgspec.Struct, frozen=True, gc=False):
    """Say something in a room."""

    room: str
    content: str


class DirectMessage(msgspec.Struct, frozen=True, gc=False):
    """Say something to a user."""

    to_user_id: WireUserId
    content: str


class RoomHistory(msgspec.Struct, frozen=True, gc=False):
    """Ask for the newest messages of a room."""

    room: str
    limit: WireLimit = DEFAULT_HISTORY_MESSAGES


class DmHistory(msgspec.Struct, frozen=True, gc=False, rename={"with_": "with"}):
    """Ask for the newest messages of a direct chat."""

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


class Joined(msgspec.Struct, frozen=True, gc=False):
    """The answer to ``join_room``."""

    room: str


class RoomLines(msgspec.Struct, frozen=True, gc=False):
    """The answer to ``room_history``, oldest first."""

    room: str
    messages: Sequence[RoomLine]


class DirectLines(msgspec.Struct, frozen=True, gc=False, rename={"with_": "with"}):
    """The answer to ``dm_history``, oldest first."""

    with_: int
    messages: Sequence[DirectLine]


class WrongV1(msgspec.Struct, frozen=True, gc=False):
    """The answer to what is refused; older clients pass over the code."""

    message: str
    code: str


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
    return _frame(b"joined", Joined(room))


def room_history_payload(room: str, lines: Sequence[Line]) -> bytes:
    """The answer to ``room_history``, oldest first."""
    return _frame(b"history", RoomLines(room, cast("Sequence[RoomLine]", lines)))


def dm_history_payload(with_: UserId, lines: Sequence[Line]) -> bytes:
    """The answer to ``dm_history``, oldest first."""
    return _frame(b"history", DirectLines(with_, cast("Sequence[DirectLine]", lines)))


# What the services call differently than these commands do.
_NAMES_HERE = {"name": "room", "members": "to_user_id"}


def error_payload(refusal: Refusal) -> bytes:
    """The answer to what is refused; a field has the name that it has here."""
    if isinstance(refusal, Invalid):
        wrong = refusal.errors[0]
        refusal = Invalid(_NAMES_HERE.get(wrong.field, wrong.field), wrong.message)
    return _frame(b"error", WrongV1(message_of(refusal), refusal.code))


def internal_payload() -> bytes:
    """The answer to what failed, without a word about why."""
    return _frame(b"error", WrongV1(MEANINGS[Code.INTERNAL].title, Code.INTERNAL))


def _frame(kind: bytes, data: object) -> bytes:
    return b'{"type":"%b","data":%b}' % (kind, _encode(data))


_encode = msgspec.json.Encoder().encode


# --- what is described -----------------------------------------------------------------------------


def _word(data: type[msgspec.Struct]) -> Word:
    return Word(data, first_sentence(data.__doc__))


DESCRIPTION = FlatDialect(
    name="v1",
    address="/ws/v1",
    about="The flat dialect of older clients; no acknowledgements. `/` is the same for who begins with"
    " one of these commands.",
    heard={
        name: Heard(command, first_sentence(command.__doc__)) for name, command in COMMANDS.items()
    },
    said={
        "message": ("message", _word(RoomLine)),
        "dm": ("dm", _word(DirectLine)),
        "joined": ("joined", _word(Joined)),
        "room_history": ("history", _word(RoomLines)),
        "dm_history": ("history", _word(DirectLines)),
        "error": ("error", _word(WrongV1)),
    },
)
