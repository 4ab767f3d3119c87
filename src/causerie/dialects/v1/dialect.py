"""A socket that speaks v1: commands to the services, refusals back; there are no acknowledgements."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Protocol

import structlog
from typing_extensions import override

from causerie.conversations import (
    Address,
    ConversationService,
    ConversationView,
    NameTaken,
    Person,
    RoomName,
    wire_id,
)
from causerie.dialects.v1 import wire
from causerie.dialects.v1.names import Names
from causerie.foundation.errors import Code, NotFound, Refusal, Unreadable
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from causerie.gateway.closing import TOO_LARGE
from causerie.gateway.errors import count_refusal
from causerie.gateway.scopes import require_scope
from causerie.gateway.session import Dialect, Session, Work
from causerie.limits import Action, ActionLimits
from causerie.messages import Message, MessageService, MessageType, SendDone, SendLimit, Sent

log = structlog.get_logger()

NAME = "v1"
# A reader is let go at 1 MiB unsent: an answer stays well below it.
MAX_ANSWER_CHARS = 128 << 10
LINE_CHARS = 200  # What surrounds the text of one line.


class Followers(Protocol):
    """Has a session follow its user's conversations."""

    async def follow_all(
        self, session: Session
    ) -> tuple[Person | None, Sequence[ConversationView]]:
        """Follow all of them, held; nobody where the session is gone."""
        ...

    def go_back(self, session: Session, views: Sequence[ConversationView]) -> None:
        """Hold also what came since the session was let in."""
        ...

    def release(self, session: Session) -> None:
        """Let go what was held."""
        ...


class V1(Dialect):
    """Understands the five commands."""

    def __init__(
        self,
        *,
        messages: MessageService,
        conversations: ConversationService,
        followers: Followers,
        limit: SendLimit,
        actions: ActionLimits,
        names: Names,
        max_message_bytes: int,
    ) -> None:
        self._messages = messages
        self._conversations = conversations
        self._followers = followers
        self._limit = limit
        self._actions = actions
        self._names = names
        self._max_message_bytes = max_message_bytes

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
        self._names.attend(session.user_id)
        me, views = await self._followers.follow_all(session)
        if me is None:
            return
        for view in views:
            self._names.learn(view, viewer=session.user_id)
        session.is_greeted = True  # Nothing is said: from here on events go out.
        # Without a greeting the client takes the open socket for the moment from which it hears.
        self._followers.go_back(session, views)
        self._followers.release(session)

    @override
    def received_binary(self, session: Session, payload: bytes) -> None:
        _refuse(session, Unreadable("Only text frames are understood"))

    @override
    def received(self, session: Session, payload: bytes) -> Work | None:
        if len(payload) > self._max_message_bytes:  # On `/` the socket's own bound is that of v2.
            session.close(TOO_LARGE.code, f"more than {self._max_message_bytes} bytes")
            return None
        if not session.has_acted:
            session.act()
        try:
            work = self._do(wire.read_command(payload), session)
        except Exception as error:
            _fail(session, error)
            return None
        return self._finish(work, session) if work is not None else None

    @staticmethod
    async def _finish(work: Coroutine[None, None, None], session: Session) -> None:
        try:
            await work
        except Exception as error:
            _fail(session, error)

    # --- the commands ----------------------------------------------------------------------------

    def _do(self, command: wire.Command, session: Session) -> Work | None:
        if not isinstance(command, wire.RoomHistory | wire.DmHistory):
            require_scope(session.principal)
        match command:
            case wire.JoinRoom():
                return self._join(command, session)
            case wire.RoomMessage():
                return self._say_in_room(command, session)
            case wire.DirectMessage():
                return self._say_to_user(command, session)
            case wire.RoomHistory():
                return self._room_history(command, session)
            case wire.DmHistory():
                return self._dm_history(command, session)

    async def _join(self, command: wire.JoinRoom, session: Session) -> None:
        self._actions.require(Action.JOINS, session.user_id)
        view = await self._enter(command.room, session)
        self._names.learn(view, viewer=session.user_id)
        session.say(wire.joined_payload(view.name or command.room))

    async def _enter(self, room: str, session: Session) -> ConversationView:
        """Join a room, or make it."""
        who, name = session.principal, RoomName(room)
        try:
            return await self._conversations.join(who, name)
        except NotFound:
            pass
        try:
            return await self._conversations.create_room(who, name=room)
        except NameTaken:
            # Somebody made it at the same moment; or it is private, and not found once more.
            return await self._conversations.join(who, name)

    def _say_in_room(self, command: wire.RoomMessage, session: Session) -> Work | None:
        return self._send(session, self._room(command.room), command.content)

    def _say_to_user(self, command: wire.DirectMessage, session: Session) -> Work | None:
        direct = self._names.direct(session.user_id, UserId(command.to_user_id))
        if direct is not None:
            return self._send(session, direct, command.content)
        return self._send_to_new_peer(session, command)

    async def _send_to_new_peer(self, session: Session, command: wire.DirectMessage) -> None:
        view, _ = await self._conversations.open_direct(session.principal, command.to_user_id)
        self._names.learn(view, viewer=session.user_id)
        self._limit.require(session.user_id)
        await self._queue(session, Address(view.kind, view.id), command.content)

    async def _room_history(self, command: wire.RoomHistory, session: Session) -> None:
        lines = await self._lines(session, self._room(command.room), command.limit)
        session.say(wire.room_history_payload(command.room, lines))

    async def _dm_history(self, command: wire.DmHistory, session: Session) -> None:
        peer = UserId(command.with_)
        direct = self._names.direct(session.user_id, peer)
        lines: Sequence[wire.Line] = ()
        if direct is not None:
            lines = await self._lines(session, direct, command.limit)
        elif not await self._conversations.people([peer]):
            raise NotFound("user")
        session.say(wire.dm_history_payload(peer, lines))

    # --- what they share -------------------------------------------------------------------------

    def _room(self, name: str) -> Address:
        # All rooms of this user are remembered, from the greeting and from events since then.
        found = self._names.room(name)
        if found is None:
            raise NotFound("room")
        return found

    def _send(self, session: Session, address: Address, content: str) -> Work | None:
        """Send without a task where everything is known; the event is the only answer."""
        self._limit.require(session.user_id)
        is_queued = self._messages.submit(
            session.principal,
            conversation=wire_id(address.kind, address.id),
            content=content,
            client_id=None,
            message_type=MessageType.TEXT,
            done=_done(session),
        )
        if is_queued:
            session.began()
            return None
        return self._queue(session, address, content)

    async def _queue(self, session: Session, address: Address, content: str) -> None:
        await self._messages.send(
            session.principal,
            conversation=wire_id(address.kind, address.id),
            content=content,
            client_id=None,
            message_type=MessageType.TEXT,
            done=_done(session),
        )
        session.began()

    async def _lines(self, session: Session, address: Address, limit: int) -> list[wire.Line]:
        self._actions.require(Action.HISTORY, session.user_id)
        page = await self._messages.history(
            session.principal, wire_id(address.kind, address.id), limit=limit
        )
        return [self._names.line(message) for message in within_answer(page.items)]


def _done(session: Session) -> SendDone:
    def done(outcome: Sent | Exception) -> None:
        session.ended()
        if isinstance(outcome, Exception):
            _fail(session, outcome)

    return done


def within_answer(messages: Sequence[Message]) -> Sequence[Message]:
    """Leave out tombstones, for which v1 has no word, and the oldest that are too much at once."""
    room = MAX_ANSWER_CHARS
    kept: list[Message] = []
    for message in reversed(messages):
        if message.deleted:
            continue
        room -= len(message.content) + LINE_CHARS
        if room < 0 and kept:
            break
        kept.append(message)
    return kept[::-1]


def _fail(session: Session, error: Exception) -> None:
    """Answer what went wrong: a refusal as such, anything else without its cause."""
    if isinstance(error, Refusal):
        _refuse(session, error)
        return
    metrics.ERRORS.labels(Code.INTERNAL).inc()
    log.error("command_failed", connection_id=session.id, exc_info=error)
    session.say(wire.internal_payload())


def _refuse(session: Session, refusal: Refusal) -> None:
    count_refusal(refusal)
    session.say(wire.error_payload(refusal))
