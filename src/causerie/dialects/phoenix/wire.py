"""Frames of Phoenix Channels, serializers V1 and V2, as ``phoenix.js`` 1.x reads and writes them.

V1 is an object ``{topic, event, payload, ref}``, V2 an array ``[join_ref, ref, topic, event,
payload]``. Values in, values out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Protocol

import msgspec
from typing_extensions import override

from causerie.foundation.errors import Code, Refusal, Unreadable
from causerie.foundation.identity import MAX_ID
from causerie.gateway.decoding import decode
from causerie.gateway.errors import MEANINGS, message_of
from causerie.gateway.vocabulary import ChannelDialect, Heard

Ref = str | int | None

PHOENIX: Final = "phoenix"  # The topic of the heartbeat.
HEARTBEAT: Final = "heartbeat"
JOIN: Final = "phx_join"
LEAVE: Final = "phx_leave"
REPLY: Final = b"phx_reply"
CLOSE: Final = b"phx_close"
CONVERSATION: Final = "conversation:"
USER: Final = "user:"

# What a client sends, to the command of v2 that does it.
COMMANDS: Final[Mapping[str, str]] = {
    "new_message": "send_message",
    "edit_message": "edit_message",
    "delete_message": "delete_message",
    "add_reaction": "add_reaction",
    "remove_reaction": "remove_reaction",
    "pin_message": "pin_message",
    "typing_start": "typing",
    "typing_stop": "typing",
    "mark_read": "mark_read",
    "history": "history",
}
# Those that say by their name what v2 says in a field.
FIELDS: Final[Mapping[str, Mapping[str, bool]]] = {
    "typing_start": {"typing": True},
    "typing_stop": {"typing": False},
}
# What the server says of a conversation; everything else is for its user's own channel.
RENAMED: Final[Mapping[str, bytes]] = {"message": b"new_message"}
NOT_SAID: Final = frozenset({"presence"})  # Told as presence_diff, channel by channel.

_EMPTY: Final = msgspec.Raw(b"{}")


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One frame, whichever serializer it came in."""

    topic: str
    event: str
    payload: msgspec.Raw = _EMPTY
    ref: Ref = None
    join_ref: Ref = None


class _Array(msgspec.Struct, frozen=True, gc=False, array_like=True):
    join_ref: Ref
    ref: Ref
    topic: str
    event: str
    payload: msgspec.Raw


class JoinParams(msgspec.Struct, frozen=True, gc=False):
    """The params of a conversation's channel: what the client holds of it."""

    last_seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)] | None = None
    rev: Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)] | None = None


class Serializer(Protocol):
    """One of the two; ``name`` is what the hub's encodings know it as."""

    name: ClassVar[str]

    def read(self, payload: bytes) -> Frame:
        """Read one frame. Raises ``Unreadable`` or ``Invalid``."""
        ...

    def write(
        self, topic: str, event: bytes, payload: bytes, *, ref: Ref = None, join_ref: Ref = None
    ) -> bytes:
        """Write one frame; ``payload`` is JSON already."""
        ...


class V1(Serializer):
    """``vsn=1.0.0``: a reply finds its push by ``ref`` alone."""

    name: ClassVar[str] = "phoenix.v1"

    @override
    def read(self, payload: bytes) -> Frame:
        """Read an object."""
        return decode(payload, _OBJECTS)

    @override
    def write(
        self,
        topic: str,
        event: bytes,
        payload: bytes,
        *,
        ref: Ref = None,
        join_ref: Ref = None,
    ) -> bytes:
        """Write an object."""
        return b'{"topic":%b,"event":"%b","payload":%b,"ref":%b}' % (
            _encode(topic),
            event,
            payload,
            _encode(ref),
        )


class V2(Serializer):
    """``vsn=2.0.0``: replies carry the ``join_ref`` of their channel; broadcasts none, for all."""

    name: ClassVar[str] = "phoenix.v2"

    @override
    def read(self, payload: bytes) -> Frame:
        """Read an array."""
        array = decode(payload, _ARRAYS)
        return Frame(array.topic, array.event, array.payload, array.ref, array.join_ref)

    @override
    def write(
        self, topic: str, event: bytes, payload: bytes, *, ref: Ref = None, join_ref: Ref = None
    ) -> bytes:
        """Write an array."""
        return b'[%b,%b,%b,"%b",%b]' % (
            _encode(join_ref),
            _encode(ref),
            _encode(topic),
            event,
            payload,
        )


def refusal_payload(refusal: Refusal) -> bytes:
    """What stands in a reply to what was refused; ``reason`` is Phoenix's own word for it."""
    said: dict[str, object] = {
        "code": refusal.code,
        "reason": refusal.code,
        "message": message_of(refusal),
    }
    retry_after = getattr(refusal, "retry_after", None)
    if retry_after is not None:
        said["retry_after"] = retry_after
    return _encode({"status": "error", "response": said})


def internal_payload() -> bytes:
    """What stands in a reply to what failed."""
    title = MEANINGS[Code.INTERNAL].title
    said = {"code": Code.INTERNAL, "reason": Code.INTERNAL, "message": title}
    return _encode({"status": "error", "response": said})


def ok_payload(response: bytes = b"{}") -> bytes:
    """What stands in a reply to what was done; the response is JSON already."""
    return b'{"status":"ok","response":%b}' % response


def command_data(frame: Frame) -> bytes:
    """Make a frame's payload the data of a command of v2. Raises ``Unreadable``."""
    try:
        fields = msgspec.json.decode(frame.payload, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("A payload is an object") from error
    fields |= {name: msgspec.Raw(_encode(v)) for name, v in FIELDS.get(frame.event, {}).items()}
    if frame.event not in ("edit_message", "delete_message"):
        conversation = frame.topic.removeprefix(CONVERSATION)
        fields["conversation_id"] = msgspec.Raw(_encode(conversation))
    return _encode(fields)


_encode = msgspec.json.Encoder().encode
_OBJECTS = msgspec.json.Decoder(Frame)
_ARRAYS = msgspec.json.Decoder(_Array)


class NoParams(msgspec.Struct, frozen=True, gc=False):
    """Nothing."""


DESCRIPTION = ChannelDialect(
    name="phoenix",
    address="/socket/websocket",
    about="Phoenix Channels, for the npm client `phoenix` and its class `Presence`: frames are objects "
    "with `vsn=1.0.0`, as shown here, and arrays `[join_ref, ref, topic, event, payload]` with "
    "`vsn=2.0.0`. Topics are `conversation:<id>` and `user:<id>`; a socket hears those that it joined.",
    joins={
        "conversation": Heard(
            JoinParams, "Follow a conversation, from what the client holds; answers with messages."
        ),
        "user": Heard(NoParams, "Hear what is for oneself alone, and what waited, in order, once."),
    },
    pushes=COMMANDS,
    broadcasts={
        "new_message": "message",
        **{
            event: event
            for event in (
                "message_edited",
                "message_deleted",
                "message_pinned",
                "reaction_added",
                "reaction_removed",
                "typing",
                "read",
                "thread_updated",
                "member_joined",
                "member_left",
                "conversation_updated",
                "conversation_created",
                "notification",
                "sanction",
            )
        },
    },
    states={
        "presence_state": "Who is there, by user id, as Phoenix' `Presence` reads it.",
        "presence_diff": "Who came and who went, by user id.",
        "phx_close": "The channel is over: who followed it may not any more.",
    },
)
