"""Answers to pushes: a command of v2 answers here in the words of Phoenix."""

from __future__ import annotations

from typing_extensions import override

from causerie.dialects.phoenix.wire import (
    REPLY,
    Frame,
    Serializer,
    internal_payload,
    ok_payload,
    refusal_payload,
)
from causerie.foundation.errors import Refusal
from causerie.gateway.router import Reply
from causerie.gateway.session import Session


class PhoenixReply(Reply):
    """Where the one answer to a push goes; pushes are always answered."""

    __slots__ = ("_frame", "_serializer")

    def __init__(self, session: Session, frame: Frame, serializer: Serializer) -> None:
        super().__init__(session, None, is_asked=True)
        self._frame = frame
        self._serializer = serializer

    @override
    def ack(self, data: bytes = b"{}") -> None:
        self._say(ok_payload(data))

    @override
    def refuse(self, refusal: Refusal) -> None:
        self._say(refusal_payload(refusal))

    @override
    def fail(self) -> None:
        self._say(internal_payload())

    def _say(self, payload: bytes) -> None:
        frame = self._frame
        self.session.say(
            self._serializer.write(
                frame.topic, REPLY, payload, ref=frame.ref, join_ref=frame.join_ref
            )
        )


class Caught(Reply):
    """Keeps the answer of a command that is done on the way to another; what it raises is raised."""

    __slots__ = ("data",)

    def __init__(self, session: Session) -> None:
        super().__init__(session, None, is_asked=True)
        self.data = b"{}"

    @override
    def ack(self, data: bytes = b"{}") -> None:
        self.data = data

    @override
    def refuse(self, refusal: Refusal) -> None:
        raise refusal
