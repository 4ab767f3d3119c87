"""The v2 dialect: ``{"type", "ref", "data"}`` in JSON text frames (PROTOCOL, WebSocket v2)."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Protocol, Union

import msgspec
import structlog
from typing_extensions import override

from causerie.foundation.errors import Invalid, Refusal, Unreadable
from causerie.foundation.identity import MAX_ID
from causerie.foundation.telemetry import metrics
from causerie.gateway.decoding import JSON, invalid_from, refusal_of, require_storable
from causerie.gateway.errors import Ref, count_refusal, socket_error
from causerie.gateway.router import Reply, Route, Router
from causerie.gateway.session import Dialect, Session, Work

log = structlog.get_logger()

NAME = "v2"
PING = "ping"  # Programs send it by themselves: it says nothing of a person.
SUBSCRIBE = "subscribe"  # As the first frame it says where to begin, before anything is let go.
SUBPROTOCOL = "causerie.v2.json"
HOLD_SECONDS = 0.25  # How long messages wait for the client's first frame (PROTOCOL).
NO_DATA = msgspec.Raw(b"")  # Left out: as good as an empty object.


class Envelope(msgspec.Struct, gc=False):
    """One frame from a client; ``data`` is decoded once its type is known."""

    type: str
    ref: Ref = None
    data: msgspec.Raw = NO_DATA


class Greeting(Protocol):
    """Speaks first, and knows what a session must hear from then on."""

    async def greet(self, session: Session) -> None:
        """Follow all of the user's conversations and push ``hello``; messages stay held."""
        ...

    def release(self, session: Session) -> None:
        """Let the held messages go."""
        ...


class Ping(msgspec.Struct, frozen=True, gc=False):
    """``ping``: is anybody there."""


def answer_ping(_session: Session, _command: Ping, reply: Reply) -> None:
    """Answer that the server is there, and has handled all that came before."""
    reply.ack()


class Decoder(Protocol):
    """One of msgspec's, for JSON or MessagePack."""

    # Any: it is made for a type that is known at run time only.
    def decode(self, payload: bytes | msgspec.Raw, /) -> Any:
        """Read a whole value. Raises ``DecodeError``, ``UnicodeDecodeError``, ``RecursionError``."""
        ...


class V2(Dialect):
    """Decodes envelopes and routes their commands; the router is filled by then."""

    _encoding = JSON
    _nul = b"\\u0000"  # How a NUL looks in what is received, and an object without fields.
    _no_data = b"{}"

    def __init__(
        self,
        router: Router,
        greeting: Greeting,
        *,
        max_message_bytes: int,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self._router = router
        self._greeting = greeting
        self._max_message_bytes = max_message_bytes
        self.hold_seconds = hold_seconds
        self._envelopes = self._decoder(Envelope)
        self._routes = {route.envelope: route for route in router.routes.values()}
        # One pass over a frame that is as it should be; what is wrong in it is looked for in two.
        self._frames = self._decoder(Union[tuple(self._routes)])  # noqa: UP007 - made at run time
        self._data = {name: self._decoder(route.command) for name, route in router.routes.items()}
        self._subscribe = router.find(SUBSCRIBE)
        self._ping = router.find(PING)

    @property
    @override
    def name(self) -> str:
        return NAME

    @property
    @override
    def max_message_bytes(self) -> int:
        return self._max_message_bytes

    @override
    def opened(self, session: Session) -> Work:
        return self._greet(session)

    async def _greet(self, session: Session) -> None:
        await self._greeting.greet(session)
        if session.is_open:
            session.is_holding = True
            asyncio.get_running_loop().call_later(self.hold_seconds, self._stop_waiting, session)

    def _stop_waiting(self, session: Session) -> None:
        # A first frame that is a subscribe lets go when it is answered, however long that takes.
        if not session.has_spoken:
            self._release(session)

    def _release(self, session: Session) -> None:
        if session.is_holding and session.is_open:
            session.is_holding = False
            self._greeting.release(session)

    @override
    def received_binary(self, session: Session, payload: bytes) -> Work | None:
        self.refuse_stray(
            session, Unreadable("Binary frames need the causerie.v2.msgpack subprotocol")
        )
        return None

    def refuse_stray(self, session: Session, refusal: Refusal) -> None:
        """Answer a frame of the other kind than this encoding has."""
        session.has_spoken = True
        self._release(session)
        refuse(session, None, refusal)

    @override
    def received(self, session: Session, payload: bytes) -> Work | None:
        session.has_spoken = True
        try:
            whole = self._frames.decode(payload)
            route = self._routes[type(whole)]
            if session.is_holding and route is not self._subscribe:
                self._release(session)
            if not session.has_acted and route is not self._ping:
                session.act()
            reply = Reply(session, whole.ref, is_asked=route.is_asking)
            command = whole.data
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return self._received_wrong(session, payload)
        return self._handle(route, reply, command, payload)

    def _received_wrong(self, session: Session, payload: bytes) -> Work | None:
        """Tell what is wrong with a frame; or handle one whose data may be left out."""
        try:
            envelope = self._envelopes.decode(payload)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            self._release(session)
            refuse(session, self._ref_of(payload), refusal_of(error, self._encoding))
            return None
        if session.is_holding and envelope.type != SUBSCRIBE:
            self._release(session)
        route = self._router.find(envelope.type)
        if route is None:
            refuse(session, envelope.ref, Invalid("type", "No such command"))
            return None
        reply = Reply(session, envelope.ref, is_asked=route.is_asking)
        try:
            data = self._no_data if envelope.data is NO_DATA else envelope.data
            command = self._data[envelope.type].decode(data)
        except Exception as error:
            answer_failure(reply, error)
            self._release(session)
            return None
        return self._handle(route, reply, command, payload)

    def _handle(
        self, route: Route, reply: Reply, command: msgspec.Struct, payload: bytes
    ) -> Work | None:
        try:
            if self._nul in payload:
                require_storable(command)  # PostgreSQL refuses the whole batch for one NUL.
            work = route.handler(reply.session, command, reply)
        except Exception as error:
            answer_failure(reply, error)
            work = None
        if work is not None:
            return self._finish(work, reply)
        self._release(reply.session)
        return None

    async def _finish(self, work: Work, reply: Reply) -> None:
        try:
            await work
        except Exception as error:
            answer_failure(reply, error)
        finally:
            self._release(reply.session)

    def _decoder(self, kind: Any) -> Decoder:  # Any: a type that is made at run time
        return msgspec.json.Decoder(kind)

    def _ref_of(self, payload: bytes) -> Ref:
        try:
            return ref_in(json.loads(payload))
        except (ValueError, RecursionError):
            return None


def refuse(session: Session, ref: Ref, refusal: Refusal) -> None:
    """Answer a frame that never became a command."""
    count_refusal(refusal)
    session.say(socket_error(ref, refusal))


def ref_in(frame: object) -> Ref:
    """Find the ref in what is no frame of the protocol, so that its answer finds its way back."""
    ref = frame.get("ref") if isinstance(frame, dict) else None
    if isinstance(ref, str):
        ref.encode()  # An unpaired surrogate cannot be sent back. Raises ``UnicodeEncodeError``.
        return ref
    if isinstance(ref, int) and not isinstance(ref, bool):
        return ref if -MAX_ID <= ref <= MAX_ID else None
    return None


def answer_failure(reply: Reply, error: Exception) -> None:
    """Answer what a handler raised: a refusal as such, anything else without its cause."""
    if isinstance(error, msgspec.ValidationError):
        error = invalid_from(str(error))
    elif isinstance(error, (msgspec.DecodeError, RecursionError, UnicodeDecodeError)):
        error = Unreadable("data is not readable")
    if isinstance(error, Refusal):
        count_refusal(error)
        reply.refuse(error)
    else:
        metrics.ERRORS.labels("internal").inc()
        log.error("command_failed", connection_id=reply.session.id, exc_info=error)
        reply.fail()
