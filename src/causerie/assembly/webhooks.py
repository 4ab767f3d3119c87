"""Webhooks and those who stand above them: what happened, who manages a room, who speaks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

import msgspec
from typing_extensions import override

from causerie.accounts import Permission, Role
from causerie.accounts.wiring import Accounts
from causerie.assembly.ground import Ground
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.conversations import (
    Kind,
    MemberRole,
    NotAllowed,
    NotARoom,
    parse_wire_id,
    wire_id,
)
from causerie.conversations.wiring import Conversations
from causerie.foundation.crypto import load_master_key
from causerie.foundation.errors import NotFound
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.foundation.outbound import Guard
from causerie.foundation.realtime import Entry, Source
from causerie.gateway.vocabulary import Vocabulary
from causerie.limits.wiring import Limits
from causerie.messages import MayNotWrite, MessagesSent, MessageType
from causerie.messages.wiring import Messages
from causerie.webhooks import (
    BY_SOCKET_NAME,
    Access,
    Fact,
    Feed,
    Notices,
    Place,
    Position,
    Posted,
    Speaker,
)
from causerie.webhooks import wiring as webhooks_wiring
from causerie.webhooks.wiring import Webhooks


class _SaidOnSockets(msgspec.Struct):
    type: str
    data: msgspec.Raw


class CommittedFeed(Feed):
    """What the hub's topics are filled from, in the words of v2."""

    def __init__(
        self, conversations: Conversations, source: Source, vocabulary: Vocabulary
    ) -> None:
        self._positions = conversations.positions
        self._source = source
        self._vocabulary = vocabulary

    @override
    async def positions(self, ids: Sequence[ConversationId]) -> list[Position]:
        return [
            Position(far.id, far.seq, far.rev, far.kind is Kind.ROOM)
            for far in await self._positions.of(ids)
        ]

    @override
    async def rooms(self, *, after: int, limit: int) -> list[Position]:
        found = await self._positions.rooms(after=after, limit=limit)
        return [Position(far.id, far.seq, far.rev, is_room=True) for far in found]

    @override
    async def changes(
        self, conversation_id: ConversationId, *, after: int, upto: int, limit: int
    ) -> Sequence[tuple[int, Fact | None]]:
        entries = await self._source.changes(conversation_id, after=after, upto=upto, limit=limit)
        return [(entry.rev, self._fact(conversation_id, entry)) for entry in entries]

    @override
    async def message(self, conversation_id: ConversationId, seq: int) -> Fact | None:
        entries = await self._source.messages(conversation_id, after=seq - 1, upto=seq, limit=1)
        return self._fact(conversation_id, entries[0]) if entries else None

    def _fact(self, conversation_id: ConversationId, entry: Entry) -> Fact | None:
        payload = self._vocabulary.payload(entry.event)
        if not payload:
            return None
        said = msgspec.json.decode(payload, type=_SaidOnSockets)
        kind = BY_SOCKET_NAME.get(said.type)
        if kind is None:
            return None
        # Only rooms have endpoints.
        name = wire_id(Kind.ROOM, conversation_id)
        return Fact(kind, name, said.data, seq=entry.seq or None, rev=entry.rev or None)


class RoomAccess(Access):
    """The rules of conversations."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations.service

    @override
    async def require_manager(self, who: Principal, conversation: str) -> Place:
        address = parse_wire_id(conversation)
        view = await self._conversations.get(who, address)
        if view.kind is not Kind.ROOM:
            raise NotARoom
        if view.role not in {MemberRole.OWNER, MemberRole.ADMIN}:
            raise NotAllowed("Only owners and admins of the room may do this")
        return Place(view.id, wire_id(view.kind, view.id))


class Bots(Speaker):
    """Bots are accounts that no password opens, and members like others."""

    def __init__(
        self, accounts: Accounts, conversations: Conversations, messages: Messages, limits: Limits
    ) -> None:
        self._accounts = accounts.service
        self._restrictions = accounts.restrictions
        self._conversations = conversations.service
        self._messages = messages.service
        self._limits = limits

    @override
    async def make(self, who: Principal, name: str, place: Place) -> UserId:
        # A mute, or a key that only reads, would else be got around by what the bot says.
        if not who.may(Permission.SEND_MESSAGES):
            raise MayNotWrite
        self._restrictions.require_may_speak(who.user_id)
        bot = await self._accounts.api_keys.make_bot(who, name, name)
        await self._conversations.add_members(who, parse_wire_id(place.name), [bot.id])
        return bot.id

    @override
    async def remove(self, who: Principal, bot: UserId, place: Place) -> None:
        with suppress(NotFound):
            await self._conversations.remove_member(who, parse_wire_id(place.name), bot)

    @override
    async def post(
        self, bot: UserId, name: str, place: Place, *, content: str, key: str | None
    ) -> Posted:
        self._limits.messages.require(bot)
        role = Role.USER.value
        allowed = self._accounts.roles().get(role, frozenset())
        principal = Principal(bot, name, role, "", "", allowed)
        sent = await self._messages.send_and_wait(
            principal,
            conversation=place.name,
            content=content,
            client_id=key,
            message_type=MessageType.TEXT,
        )
        return Posted(sent.message.id, place.name, sent.message.seq)


class Above(Protocol):
    """The slices whose things webhooks bring out and in."""

    @property
    def accounts(self) -> Accounts:
        """People, and bots."""
        ...

    @property
    def conversations(self) -> Conversations:
        """Rooms."""
        ...

    @property
    def messages(self) -> Messages:
        """What is said in them."""
        ...


def connect_webhooks(
    settings: Settings, storage: Storage, ground: Ground, above: Above, notices: Notices
) -> Webhooks:
    """Build webhooks, and let them hear and work."""
    conversations, messages = above.conversations, above.messages
    source = messages.source(conversations.topics)
    data_dir = settings.server.data_dir
    webhooks = webhooks_wiring.build(
        database=storage.database,
        jobs=ground.jobs,
        master=load_master_key(data_dir, configured=settings.security.master_key),
        clock=ground.clock,
        feed=CommittedFeed(conversations, source, ground.sockets.vocabulary),
        access=RoomAccess(conversations),
        speaker=Bots(above.accounts, conversations, messages, ground.limits),
        sender=Guard(settings.outbound.allowed_networks),
        notices=notices,
        is_on=settings.features.webhooks,
    )
    _follow_commits(webhooks, ground.sockets.vocabulary, ground.events)
    ground.job_runner.add(webhooks.kinds)
    webhooks.add_workers(ground.workers)
    return webhooks


def _follow_commits(webhooks: Webhooks, vocabulary: Vocabulary, events: Events) -> None:
    """Have the gatherer look soon after each commit; what it does not hear of, its sweep finds."""
    gatherer = webhooks.gatherer
    if not webhooks.is_on:
        return
    events.listen(MessagesSent, lambda event: gatherer.note(event.conversation_id))
    for kind in vocabulary.kinds:
        if "rev" in kind.__struct_fields__:
            events.listen(kind, lambda event: gatherer.note(_conversation_of(event)))


def _conversation_of(event: Event) -> ConversationId:
    """Every numbered change says where it belongs, by itself or by its message."""
    about: Any = getattr(event, "message", event)  # Any: one of many types, alike in this
    return ConversationId(about.conversation_id)
