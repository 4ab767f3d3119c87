"""What surrounds messages: who is there, and what is read."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.accounts.wiring import Accounts
from causerie.assembly.ground import Ground
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.conversations.wiring import Conversations
from causerie.foundation.realtime import Hub
from causerie.messages import wiring as messages_wiring
from causerie.presence import wiring as presence_wiring
from causerie.presence.wiring import Presences
from causerie.receipts import wiring as receipts_wiring
from causerie.receipts.wiring import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The slices beside messages that assembly connects alike."""

    presences: Presences
    reading: Reading

    def attend(self, hub: Hub, ground: Ground) -> None:
        """Connect what is read with the sockets; presence has its own way."""
        self.reading.attend(hub, ground.events, ground.workers)


def build_around(
    settings: Settings,
    storage: Storage,
    ground: Ground,
    accounts: Accounts,
    conversations: Conversations,
) -> Around:
    """Put the slices together."""
    presences = presence_wiring.build(
        database=storage.database,
        completion=ground.completion,
        conversations=conversations.service,
        voices=accounts.restrictions,
        clock=ground.clock,
        idle_seconds=settings.presence.idle_after,
        grace_seconds=settings.presence.offline_after,
        cache=storage.cache,
    )
    reading = receipts_wiring.build(
        database=storage.database,
        events=ground.events,
        completion=ground.completion,
        conversations=conversations.service,
        tallies=messages_wiring.tallies(storage.database),
        roots=messages_wiring.roots(storage.database),
        clock=ground.clock,
        caches=ground.caches,
        max_draft_chars=settings.limits.max_message_length,
    )
    return Around(presences=presences, reading=reading)
