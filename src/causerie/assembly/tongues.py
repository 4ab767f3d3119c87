"""What is spoken behind which path, and in which encodings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from causerie.accounts import wiring as accounts
from causerie.assembly.settings import Settings
from causerie.conversations import Address
from causerie.conversations import wiring as conversations
from causerie.dialects.phoenix import Seen, Watchers
from causerie.dialects.v1 import V1
from causerie.dialects.wiring import (
    Dialects,
    PhoenixDoor,
    PhoenixNeeds,
    build_phoenix,
    phoenix_encoders,
)
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Encoders, Variant
from causerie.foundation.workers import Workers
from causerie.gateway import messagepack, v2
from causerie.gateway.deflate import with_deflated
from causerie.gateway.echo import EchoReceiver
from causerie.gateway.paths import Door, Positions
from causerie.gateway.router import Router
from causerie.gateway.session import Dialect, Session
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages import wiring as messages
from causerie.notifications import wiring as notifications
from causerie.presence import Presence
from causerie.presence import wiring as presence
from causerie.presence.wiring import Presences
from causerie.receipts import wiring as receipts


def teach_v2(words: Vocabulary) -> None:
    """Say in v2 what happens in every slice."""
    for slice_ in (accounts, conversations, presence, receipts, messages, notifications):
        slice_.teach_v2(words)


def encoders(words: Vocabulary, dialects: Dialects, streams: Mapping[str, Variant]) -> Encoders:
    """All that an event is made of for some reader or other; ``words`` are those of v2."""
    framed = with_deflated(
        {
            v2.NAME: words,
            messagepack.NAME: messagepack.ENCODER,
            **dialects.encoders,
            **phoenix_encoders(words),
        }
    )
    return {**framed, **streams}


def doors(
    router: Router,
    greeting: v2.Greeting,
    dialects: Dialects,
    older: V1,
    channels: PhoenixDoor,
    *,
    positions: Positions,
    max_message_bytes: int,
) -> Mapping[str, Door]:
    """The paths of sockets."""
    json = v2.V2(router, greeting, max_message_bytes=max_message_bytes)
    packed = messagepack.MessagePackV2(router, greeting, max_message_bytes=max_message_bytes)
    new: dict[str, Dialect] = {v2.SUBPROTOCOL: json, messagepack.SUBPROTOCOL: packed}
    either = {
        v2.SUBPROTOCOL: dialects.either(old=older, new=json),
        # Who asks for MessagePack does not speak v1; still nothing is said before it has spoken.
        messagepack.SUBPROTOCOL: dialects.waiting_for(packed),
    }
    return {
        "/ws/v2": Door(json, new),
        "/ws/v1": Door(older, positions=positions),
        "/": Door(either[v2.SUBPROTOCOL], either),
        # Who names no version speaks the first, as with Phoenix itself.
        "/socket/websocket": Door(channels.tongues["1.0.0"], by_version=channels.tongues),
    }


def echo(settings: Settings) -> Mapping[str, Callable[[], EchoReceiver]]:
    """The paths that ask for no credentials: the echo of conformance suites, where it is wanted."""
    if not settings.testing.echo:
        return {}
    return {"/ws/echo": lambda: EchoReceiver(settings.limits.message_bytes)}


def channels(needs: PhoenixNeeds, presences: Presences, workers: Workers) -> PhoenixDoor:
    """What stands behind ``/socket/websocket``; it hears of presence as the other tongues do."""
    watchers = Watchers(needs.hub)
    book = presences.attend(needs.hub, needs.events, workers, told=watchers.told)
    return build_phoenix(needs, watchers, SeenBy(presences), book)


class SeenBy(Seen):
    """Presence as Phoenix's channels show it."""

    def __init__(self, presences: Presences) -> None:
        self._presences = presences

    @override
    async def room(self, session: Session, address: Address) -> Sequence[Presence]:
        audience = self._presences.audience
        if audience is None:
            return ()
        return (await self._presences.lookups.room(session.principal, address, audience)).items

    @override
    def met(self, session: Session, topics: Sequence[int]) -> None:
        for topic in topics:
            self._presences.service.met(session.user_id, topic)

    @override
    async def people(self, session: Session, peers: Sequence[UserId]) -> Sequence[Presence]:
        return await self._presences.lookups.people(session.principal, peers)
