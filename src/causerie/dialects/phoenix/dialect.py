"""A socket that speaks Phoenix Channels: frames to channels and commands of v2, answers back."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import structlog
from typing_extensions import override

from causerie.conversations import MemberLeft, parse_wire_id, wire_id
from causerie.dialects.phoenix.channels import Channels
from causerie.dialects.phoenix.replies import PhoenixReply
from causerie.dialects.phoenix.wire import (
    CLOSE,
    COMMANDS,
    CONVERSATION,
    HEARTBEAT,
    JOIN,
    LEAVE,
    PHOENIX,
    USER,
    Frame,
    JoinParams,
    Serializer,
    command_data,
)
from causerie.dialects.phoenix.words import PhoenixWords
from causerie.foundation.errors import Forbidden, Invalid, NotFound, Refusal, Unreadable
from causerie.foundation.realtime import Hub
from causerie.gateway.decoding import decode
from causerie.gateway.errors import count_refusal
from causerie.gateway.router import Router
from causerie.gateway.session import Dialect, Session, Work
from causerie.gateway.v2 import answer_failure

log = structlog.get_logger()


class UnmatchedTopic(NotFound):
    """The channel was not joined on this socket; Phoenix calls it so."""

    def __init__(self) -> None:
        super().__init__("channel")


class Phoenix(Dialect):
    """One serializer of the dialect. A socket follows only those channels that it joins."""

    follows_all: ClassVar[bool] = False

    def __init__(
        self,
        serializer: Serializer,
        *,
        router: Router,
        channels: Channels,
        words: PhoenixWords,
        max_message_bytes: int,
    ) -> None:
        self.serializer = serializer
        self._router = router
        self._channels = channels
        self._words = words
        self._max_message_bytes = max_message_bytes
        self._data = {
            name: msgspec.json.Decoder(route.command) for name, route in router.routes.items()
        }

    @property
    @override
    def name(self) -> str:
        return self.serializer.name

    @property
    @override
    def max_message_bytes(self) -> int:
        return self._max_message_bytes

    @override
    def opened(self, session: Session) -> None:
        session.is_greeted = True  # Nothing is said before a channel is joined.

    @override
    def received_binary(self, session: Session, payload: bytes) -> None:
        self._refuse_frame(session, Unreadable("Only text frames are understood"))

    @override
    def received(self, session: Session, payload: bytes) -> Work | None:
        try:
            frame = self.serializer.read(payload)
        except Refusal as refusal:
            self._refuse_frame(session, refusal)
            return None
        reply = PhoenixReply(session, frame, self.serializer)
        try:
            work = self._do(session, frame, reply)
        except Exception as error:
            answer_failure(reply, error)
            return None
        return None if work is None else self._finish(work, reply)

    @staticmethod
    async def _finish(work: Work, reply: PhoenixReply) -> None:
        try:
            await work
        except Exception as error:
            answer_failure(reply, error)

    def _refuse_frame(self, session: Session, refusal: Refusal) -> None:
        count_refusal(refusal)
        PhoenixReply(session, Frame(PHOENIX, ""), self.serializer).refuse(refusal)

    # --- what a frame asks for -------------------------------------------------------------------

    def _do(self, session: Session, frame: Frame, reply: PhoenixReply) -> Work | None:
        if (frame.topic, frame.event) == (PHOENIX, HEARTBEAT):
            reply.ack()
            return None
        if not session.has_acted:
            session.act()
        if frame.topic.startswith(USER):
            return self._do_for_user(session, frame, reply)
        if frame.topic.startswith(CONVERSATION):
            return self._do_in_conversation(session, frame, reply)
        raise UnmatchedTopic

    def _do_in_conversation(
        self, session: Session, frame: Frame, reply: PhoenixReply
    ) -> Work | None:
        address = parse_wire_id(frame.topic.removeprefix(CONVERSATION))
        if frame.event == JOIN:
            params = decode(bytes(frame.payload), _PARAMS)
            return self._channels.join_conversation(session, address, params, reply)
        if frame.event == LEAVE:
            self._channels.leave_conversation(session, address.id)
            self._close(session, frame, reply)
            return None
        if address.id not in session.topics:
            raise UnmatchedTopic
        return self._push(session, frame, reply)

    def _do_for_user(self, session: Session, frame: Frame, reply: PhoenixReply) -> Work | None:
        if frame.topic != f"{USER}{session.user_id}":
            raise Forbidden("This channel is another user's")
        if frame.event == JOIN:
            return self._channels.join_user(session, frame.topic, self._words, reply)
        if frame.event == LEAVE:
            self._channels.leave_user(session)
            self._close(session, frame, reply)
            return None
        raise Invalid("event", "No such event")

    def _push(self, session: Session, frame: Frame, reply: PhoenixReply) -> Work | None:
        name = COMMANDS.get(frame.event)
        route = self._router.find(name) if name is not None else None
        if name is None or route is None:
            raise Invalid("event", "No such event")
        command = decode(command_data(frame), self._data[name])
        return route.handler(session, command, reply)

    def _close(self, session: Session, frame: Frame, reply: PhoenixReply) -> None:
        reply.ack()
        session.say(
            self.serializer.write(
                frame.topic, CLOSE, b"{}", ref=frame.join_ref, join_ref=frame.join_ref
            )
        )


class Closing:
    """Closes the channels of those who are put out of a conversation, or leave it elsewhere."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def left(self, event: MemberLeft) -> None:
        """Hear who is no member any more."""
        topic = CONVERSATION + wire_id(event.kind, event.conversation_id)
        for reader in self._hub.readers_of(event.user.id):
            if isinstance(reader, Session) and isinstance(reader.tongue, Phoenix):
                reader.say(reader.tongue.serializer.write(topic, CLOSE, b"{}"))


_PARAMS = msgspec.json.Decoder(JoinParams)
