"""One node or one of many: the bus by the settings, and what crosses it beside conversations."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

from causerie.accounts import RolesChanged
from causerie.accounts.wiring import Accounts
from causerie.assembly.ground import Ground
from causerie.assembly.slices import Slices
from causerie.assembly.storage import Storage
from causerie.foundation.cache import Cache
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Event, Events, Unheard
from causerie.foundation.realtime import (
    NODE_BYTES,
    Backlogs,
    Codec,
    Encoders,
    Hints,
    Hub,
    MemoryBacklogs,
    MemoryBus,
    RedisBacklogs,
    RedisBus,
    Source,
    open_codec,
    open_hub,
)
from causerie.gateway.vocabulary import Vocabulary
from causerie.moderation import SanctionImposed, SanctionLifted

RESTRICTIONS = "restrictions"
ROLES = "roles"


def build_hub(ground: Ground, storage: Storage, slices: Slices, encoders: Encoders) -> Hub:
    """The hub on the bus that the settings ask for; other nodes' announcements reach its listeners."""
    source = slices.messages.source(slices.conversations.topics)
    hint_at(ground, slices.accounts)
    backlogs = MemoryBacklogs(ground.caches)
    if storage.cache is None:
        hub = open_hub(MemoryBus(), source, encoders, backlogs)
    else:
        hub = _connected(storage.cache, ground, source, encoders, backlogs)
    ground.workers.add("catch_up", hub.run)
    return hub


def _connected(
    cache: Cache, ground: Ground, source: Source, encoders: Encoders, near: Backlogs
) -> Hub:
    events, codec = ground.events, open_codec()
    bus = RedisBus(cache, codec, node=secrets.token_bytes(NODE_BYTES))
    hub = open_hub(bus, source, encoders, RedisBacklogs(cache, codec, near))

    def hear(event: Event) -> None:
        if isinstance(event, Unheard):
            events.announce([event])
        else:
            events.hear(event)

    hub.on_nodes_event(hear)
    hub.on_filled(events.hear)
    sharing = _Sharing(events, hub, codec, ground.sockets.vocabulary, bus.run)
    ground.workers.add("bus", sharing.run, last=bus.say_rest)
    return hub


class _Sharing:
    """Runs the bus. By then all listeners are known: what they hear everywhere is shared from now on."""

    def __init__(
        self,
        events: Events,
        hub: Hub,
        codec: Codec,
        words: Vocabulary,
        run: Callable[[], Awaitable[None]],
    ) -> None:
        self._events = events
        self._hub = hub
        self._codec = codec
        self._words = words
        self._run = run
        self._is_shared = False

    async def run(self) -> None:
        """A worker's, which may start again."""
        if not self._is_shared:
            self._is_shared = True
            kinds = (*self._words.kinds, *self._events.shared, *self._hub.topic_kinds)
            self._codec.teach(*kinds)
            self._events.share(self._hub.tell_nodes)
        await self._run()


def hint_at(ground: Ground, accounts: Accounts) -> Hints:
    """Have what each node looks for by itself, every second or minute, be looked for at once."""
    hints, events, crew = Hints(ground.events), ground.events, ground.crew

    async def look(at: Callable[[], Awaitable[None]]) -> None:
        with suppress(Unavailable):  # They look by themselves, too.
            await at()

    def look_at_roles() -> None:
        crew.start(look(accounts.service.look_at_roles))

    def look_at_restrictions() -> None:
        crew.start(look(accounts.restrictions.look_again))

    hints.listen(ROLES, look_at_roles)
    hints.listen(RESTRICTIONS, look_at_restrictions)
    events.listen(RolesChanged, lambda _: hints.publish(ROLES))
    events.listen(SanctionImposed, lambda _: hints.publish(RESTRICTIONS))
    events.listen(SanctionLifted, lambda _: hints.publish(RESTRICTIONS))
    return hints
