"""Messages over the socket: the commands of v2."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from causerie.conversations import ConversationService, ConversationView, parse_wire_id, wire_id
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import ConversationId
from causerie.foundation.realtime import Hub
from causerie.foundation.telemetry import metrics
from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session, Work
from causerie.gateway.v2 import answer_failure
from causerie.messages.model import MAX_MISSED_MESSAGES, MessageType, Sent
from causerie.messages.ports import SendDone, SendLimit
from causerie.messages.service import MessageService
from causerie.messages.wire import (
    DeleteMessage,
    EditMessage,
    History,
    RecentPages,
    Resumed,
    SendMessage,
    Subscribe,
    WireMessage,
    WirePage,
    message_json,
    page_out,
    within_answer,
)


class MessageCommands:
    """Handlers; what they raise is answered as an error by the dialect."""

    def __init__(
        self,
        service: MessageService,
        recent: RecentPages,
        conversations: ConversationService,
        hub: Hub,
        limit: SendLimit,
    ) -> None:
        self._service = service
        self._recent = recent
        self._conversations = conversations
        self._hub = hub
        self._limit = limit

    def register(self, router: Router) -> None:
        """Take the commands that are about messages."""
        router.register("send_message", SendMessage, self.send, answers=WireMessage)
        router.register("edit_message", EditMessage, self.edit, answers=WireMessage)
        router.register("delete_message", DeleteMessage, self.delete, answers=WireMessage)
        router.register("history", History, self.history, is_asking=True, answers=WirePage)
        router.register(
            "subscribe",
            Subscribe,
            self.subscribe,
            is_asking=True,
            answers=dict[str, Resumed],
        )

    def send(self, session: Session, command: SendMessage, reply: Reply) -> Work | None:
        """Queue a message; the answer comes after its commit, while other commands go on."""
        self._limit.require(session.principal.user_id)

        def done(outcome: Sent | Exception) -> None:
            session.ended()
            if isinstance(outcome, Exception):
                answer_failure(reply, outcome)
            else:
                reply.ack(message_json(outcome.message))

        is_queued = self._service.submit(
            session.principal,
            conversation=command.conversation_id,
            content=command.content,
            client_id=command.client_id,
            message_type=command.message_type or MessageType.TEXT,
            done=done,
            parent_message_id=command.parent_message_id,
            file_ids=command.file_ids,
        )
        if is_queued:
            session.began()
            return None
        return self._send_slowly(session, command, done)

    async def _send_slowly(self, session: Session, command: SendMessage, done: SendDone) -> None:
        await self._service.send(
            session.principal,
            conversation=command.conversation_id,
            content=command.content,
            client_id=command.client_id,
            message_type=command.message_type or MessageType.TEXT,
            done=done,
            parent_message_id=command.parent_message_id,
            file_ids=command.file_ids,
        )
        session.began()

    async def edit(self, session: Session, command: EditMessage, reply: Reply) -> None:
        """Replace the content of one's own message."""
        message = await self._service.edit_message(
            session.principal,
            command.message_id,
            content=command.content,
            client_id=command.client_id,
        )
        reply.ack(message_json(message))

    async def delete(self, session: Session, command: DeleteMessage, reply: Reply) -> None:
        """Make a tombstone."""
        message = await self._service.delete_message(
            session.principal, command.message_id, client_id=command.client_id
        )
        reply.ack(message_json(message))

    async def history(self, session: Session, command: History, reply: Reply) -> None:
        """Answer with a page."""
        if command.before is None and command.after is None and command.parent_message_id is None:
            newest = self._recent.newest(
                session.principal, command.conversation_id, limit=command.most, is_cut=True
            )
            reply.ack(await newest)
            return
        page = await self._service.history(
            session.principal,
            command.conversation_id,
            before=command.before,
            after=command.after,
            limit=command.most,
            parent_message_id=command.parent_message_id,
        )
        page = within_answer(page, keep_newest=command.after is None)
        reply.ack(msgspec.json.encode(page_out(page)))

    # --- resuming --------------------------------------------------------------------------------

    async def subscribe(self, session: Session, command: Subscribe, reply: Reply) -> None:
        """Answer what was missed, and have the hub send it before anything newer."""
        views = await self._conversations.snapshot(session.principal.user_id, named_in(command))
        resumed: dict[str, Resumed] = {}
        for view in views:
            name = wire_id(view.kind, view.id)
            if name in command.since or name in command.revs_held:
                resumed[name] = self._rewind(session, view, command, name)
        reply.ack(msgspec.json.encode(resumed))
        self._hub.release(session)

    def _rewind(
        self, session: Session, view: ConversationView, command: Subscribe, name: str
    ) -> Resumed:
        since = command.since.get(name, view.last_seq)
        rev = command.revs_held.get(name, view.rev)
        missed = view.last_seq - since
        # Ahead of us: the client has seen a state that is gone (a restored backup).
        is_reset = (
            not 0 <= missed <= MAX_MISSED_MESSAGES or not 0 <= view.rev - rev <= MAX_MISSED_MESSAGES
        )
        if is_reset:
            since, rev = view.last_seq, view.rev
        self._hub.rewind(session, view.id, seq=since, rev=rev)
        metrics.RESUMES.labels("reset" if is_reset else "resumed").inc()
        return Resumed(view.last_seq, view.rev, max(0, missed), is_reset)


def named_in(command: Subscribe) -> list[ConversationId]:
    """The conversations that are named. What is no conversation's id is left out."""
    named: dict[ConversationId, None] = {}
    for text in (*command.since, *command.revs_held):
        with suppress(NotFound):
            named[parse_wire_id(text).id] = None
    return list(named)
