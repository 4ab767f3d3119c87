"""What is spoken behind which path, and in which encodings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from causerie.assembly.settings import Settings
from causerie.dialects.v1 import V1
from causerie.dialects.wiring import Dialects
from causerie.foundation.realtime import Encoders
from causerie.gateway import messagepack, v2
from causerie.gateway.deflate import with_deflated
from causerie.gateway.doors import Door, Positions
from causerie.gateway.echo import EchoReceiver
from causerie.gateway.router import Router
from causerie.gateway.session import Dialect
from causerie.gateway.vocabulary import Vocabulary


def encoders(words: Vocabulary, dialects: Dialects) -> Encoders:
    """All that an event is made of for some reader or other; ``words`` are those of v2."""
    return with_deflated(
        {v2.NAME: words, messagepack.NAME: messagepack.ENCODER, **dialects.encoders}
    )


def doors(
    router: Router,
    greeting: v2.Greeting,
    dialects: Dialects,
    older: V1,
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
    }


def echo(settings: Settings) -> Mapping[str, Callable[[], EchoReceiver]]:
    """The paths that ask for no credentials: the echo of conformance suites, where it is wanted."""
    if not settings.testing.echo:
        return {}
    return {"/ws/echo": lambda: EchoReceiver(settings.limits.message_bytes)}
