"""What joining a channel brings: the last messages, what was missed, what waited, who is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from causerie.conversations import Address, ConversationService, ConversationView, Kind, wire_id
from causerie.dialects.phoenix.presence import STATE, Watchers, state_payload
from causerie.dialects.phoenix.replies import Caught, PhoenixReply
from causerie.dialects.phoenix.store import Deliveries
from causerie.dialects.phoenix.wire import CONVERSATION, JoinParams, Serializer
from causerie.dialects.phoenix.words import PhoenixWords
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.foundation.realtime import Hub
from causerie.gateway.router import Route, Router
from causerie.gateway.session import Session
from causerie.messages import Message, MessageSent, MessageService
from causerie.notifications import NoticeKind, NotificationRaised
from causerie.presence import Presence

JOINED_MESSAGES = 50  # What an answer to a join holds, as a page of the history.
MAX_MISSED_MESSAGES = 1000  # As for subscribe: who missed more reads the history instead.
MAX_WAITING_MESSAGES = 1000  # Over all direct chats; what is beyond waits for the next time.
MAX_WAITING_NOTICES = 200  # A page; who was told more reads the list.
MAX_PEERS = 200  # Whose presence a user's channel tells; each is a look-up at the join.


class Seen(Protocol):
    """Who is there, as one may see it."""

    async def room(self, session: Session, address: Address) -> Sequence[Presence]:
        """Of a conversation of one's own; nobody where it is too large to list."""
        ...

    def met(self, session: Session, topics: Sequence[int]) -> None:
        """Hear that a socket joined these: it and those who are there do not know each other."""
        ...

    async def people(self, session: Session, peers: Sequence[UserId]) -> Sequence[Presence]:
        """Of people with whom one shares a conversation."""
        ...


class Notices(Protocol):
    """What users were told beside the stream of their conversations."""

    async def unread(self, who: Principal, *, limit: int) -> Sequence[NotificationRaised]:
        """The newest that are unread, the oldest of them first."""
        ...


class _Seq(msgspec.Struct, gc=False):
    seq: int


class _Page(msgspec.Struct, gc=False):
    items: msgspec.Raw
    has_more: bool


class Channels:
    """Joins the channels of sockets; one serves both serializers."""

    def __init__(
        self,
        *,
        hub: Hub,
        router: Router,
        conversations: ConversationService,
        messages: MessageService,
        deliveries: Deliveries,
        watchers: Watchers,
        seen: Seen,
        notices: Notices,
    ) -> None:
        self._hub = hub
        self._router = router
        self._conversations = conversations
        self._messages = messages
        self._deliveries = deliveries
        self._watchers = watchers
        self._seen = seen
        self._notices = notices

    # --- a conversation --------------------------------------------------------------------------

    async def join_conversation(
        self, session: Session, address: Address, params: JoinParams, reply: PhoenixReply
    ) -> None:
        """Answer with the last messages, or those that were missed, and follow from there.

        Raises ``NotFound``, ``NotAMember``.
        """
        view = await self._view(session, address)
        page, told, is_reset = await self._page(session, view, params)
        room = await self._seen.room(session, address)
        # From here on nothing is awaited: what comes later is an event.
        self._watchers.learn(view.id, wire_id(view.kind, view.id))
        reply.ack(
            b'{"messages":%b,"has_more":%b,"last_seq":%d,"rev":%d,"reset":%b}'
            % (
                bytes(page.items),
                b"true" if page.has_more else b"false",
                view.last_seq,
                view.rev,
                b"true" if is_reset else b"false",
            )
        )
        self._follow(session, view, told=told, rev=params.rev)
        self._seen.met(session, [view.id])
        serializer: Serializer = session.tongue.serializer  # type: ignore[attr-defined] # one of ours
        topic = CONVERSATION + wire_id(view.kind, view.id)
        session.say(serializer.write(topic, STATE, state_payload(room)))

    def leave_conversation(self, session: Session, conversation_id: ConversationId) -> None:
        """Follow no more."""
        self._hub.detach(session, conversation_id)

    async def _view(self, session: Session, address: Address) -> ConversationView:
        views = await self._conversations.snapshot(session.user_id, [address.id])
        if not views or views[0].kind is not address.kind:
            # Says by which right it is refused, as everywhere.
            await self._messages.require_reader(
                session.principal, wire_id(address.kind, address.id)
            )
            raise NotFound("conversation")
        return views[0]

    async def _page(
        self, session: Session, view: ConversationView, params: JoinParams
    ) -> tuple[_Page, int, bool]:
        """Give the messages of the answer, up to which ``seq`` they tell, and whether anew."""
        name = wire_id(view.kind, view.id)
        missed = None if params.last_seq is None else view.last_seq - params.last_seq
        if missed is not None and 0 <= missed <= MAX_MISSED_MESSAGES:
            asked: dict[str, object] = {"after": params.last_seq}
            is_reset = False
        else:
            asked, is_reset = {"before": view.last_seq + 1}, missed is not None
        page = await self._history(session, name, asked)
        items = [item.seq for item in _SEQS.decode(page.items)]
        if "after" not in asked:
            return page, view.last_seq, is_reset
        # What does not fit the answer, or came since, follows as events from there on.
        told = max([params.last_seq or 0, *items])
        return msgspec.structs.replace(page, has_more=False), min(told, view.last_seq), False

    async def _history(
        self, session: Session, conversation: str, asked: dict[str, object]
    ) -> _Page:
        route: Route | None = self._router.find("history")
        if route is None:
            raise NotFound("history")
        caught = Caught(session)
        command = msgspec.convert(
            {"conversation_id": conversation, "limit": JOINED_MESSAGES, **asked}, route.command
        )
        work = route.handler(session, command, caught)
        if work is not None:
            await work
        return _PAGES.decode(caught.data)

    def _follow(
        self, session: Session, view: ConversationView, *, told: int, rev: int | None
    ) -> None:
        self._hub.detach(session, view.id)  # A second join begins anew.
        self._hub.attach(session, view.id, seq=view.last_seq, rev=view.rev)
        held = view.rev if rev is None or not 0 <= view.rev - rev <= MAX_MISSED_MESSAGES else rev
        if told < view.last_seq or held < view.rev:
            self._hub.rewind(session, view.id, seq=told, rev=held)
            self._hub.release(session)

    # --- a user ----------------------------------------------------------------------------------

    async def join_user(
        self, session: Session, topic: str, words: PhoenixWords, reply: PhoenixReply
    ) -> None:
        """Answer, tell who of the direct chats is there, and push what waited in them, once."""
        views = await self._conversations.snapshot(session.user_id)
        directs = [view for view in views if view.kind is Kind.DIRECT and view.peer is not None]
        peers = [view.peer.id for view in directs if view.peer is not None][:MAX_PEERS]
        seen = await self._seen.people(session, peers)
        if not session.is_open:
            return  # It is off the books: nobody would have it forgotten again.
        reply.ack()
        self._watchers.watch(session, peers)
        self._seen.met(session, [view.id for view in directs[:MAX_PEERS]])
        serializer: Serializer = session.tongue.serializer  # type: ignore[attr-defined] # one of ours
        session.say(serializer.write(topic, STATE, state_payload(seen)))
        waiting = await self._waiting(session, directs)
        for message in waiting:
            session.say(words.payload_on(topic, MessageSent(message)))
        if waiting and await session.drained():
            upto: dict[ConversationId, int] = {}
            for message in waiting:
                upto[message.conversation_id] = message.seq
            await self._deliveries.note(session.user_id, upto)
        await self._tell_waiting(session, topic, words)

    async def _tell_waiting(self, session: Session, topic: str, words: PhoenixWords) -> None:
        """Push the notifications that wait, but for direct messages, which came as such."""
        told = await self._deliveries.told(session.user_id)
        raised = await self._notices.unread(session.principal, limit=MAX_WAITING_NOTICES)
        waiting = [
            event
            for event in raised
            if event.notice.id > told and event.notice.kind is not NoticeKind.DIRECT
        ]
        for event in waiting:
            session.say(words.payload_on(topic, event))
        if waiting and await session.drained():
            await self._deliveries.note_told(session.user_id, waiting[-1].notice.id)

    def leave_user(self, session: Session) -> None:
        """Tell it no more who is there."""
        self._watchers.forget(session)

    async def _waiting(
        self, session: Session, directs: Sequence[ConversationView]
    ) -> list[Message]:
        unread = {v.id: v for v in directs if v.read_seq < v.last_seq}
        given = await self._deliveries.upto(session.user_id, list(unread))
        found: list[Message] = []
        for view in unread.values():
            since = max(view.read_seq, given.get(view.id, 0))
            if since < view.last_seq and len(found) < MAX_WAITING_MESSAGES:
                page = await self._messages.history(
                    session.principal,
                    wire_id(view.kind, view.id),
                    after=since,
                    limit=MAX_WAITING_MESSAGES - len(found),
                )
                found += page.items
        # In the order in which they were sent, over all chats; within one it is that of seq.
        return sorted(found, key=lambda message: (message.created_at, message.id))


_SEQS = msgspec.json.Decoder(list[_Seq])
_PAGES = msgspec.json.Decoder(_Page)
