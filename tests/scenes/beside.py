"""What is told beside the numbered stream of conversations, on the scene of races."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
from typing_extensions import override

from causerie.accounts import broadcast as accounts_broadcast
from causerie.assembly.notifying import CommittedSpeech
from causerie.conversations import ConversationView
from causerie.conversations.jobs import ProfileCrier
from causerie.foundation.clock import SystemClock
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.jobs import JobQueue
from causerie.foundation.postgres import Database
from causerie.foundation.remembering import Caches
from causerie.foundation.workers import Workers
from causerie.messages import wiring as messages_wiring
from causerie.messages.model import Attention, Message, MessageType
from causerie.notifications import Noticer, Presence
from causerie.notifications.broadcast import Tellings
from causerie.notifications.broadcast import listen as listen_for_notices
from causerie.notifications.store import StoredNotices
from causerie.receipts import wiring as receipts_wiring
from tests.scenes.conversation import name_of
from tests.scenes.race import MAX_FRAME_BYTES, RaceScene, running_race

MAX_NOTICES = 100


class AllAreThere(Presence):
    """Nobody is away."""

    @override
    async def present(self, users: Sequence[UserId]) -> Collection[UserId]:
        return users


class BesideScene(RaceScene):
    """With drafts, preferences, profiles, notifications and restrictions."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        clock = SystemClock()
        self.reading = receipts_wiring.build(
            database=database,
            events=self.events,
            completion=self.completion,
            conversations=self.conversations.service,
            tallies=messages_wiring.tallies(database),
            roots=messages_wiring.roots(database),
            clock=clock,
            caches=Caches(clock),
            max_draft_chars=MAX_FRAME_BYTES,
        )
        self.reading.attend(self.hub, self.events, Workers())
        self.crier = ProfileCrier(self.hub, self.conversations.service, self.conversations.moves)
        self.notices = StoredNotices(database, JobQueue(database, clock), AllAreThere())
        speech = CommittedSpeech(self.conversations, self.messages)
        self.noticer = Noticer(self.notices, speech, self.events, clock)
        listen_for_notices(self.events, self.noticer)
        Tellings(self.hub, self.notices, speech).listen(self.events)
        accounts_broadcast.listen(self.hub, self.events)
        self._clock = clock

    # --- changes, each told by an event of its own -----------------------------------------------

    async def rename(self, who: Principal, display_name: str) -> None:
        """Be called otherwise, and have all told at once, and not at the next tick."""
        await self.fetch(
            "UPDATE accounts.users SET display_name = $2 WHERE id = $1", who.user_id, display_name
        )
        await self.crier.tell_now(who.user_id)

    async def silence(self, who: Principal) -> None:
        """Mute somebody, as another process does."""
        await self.fetch(
            "SELECT accounts.restrict($1, now() + interval '1 hour', NULL,"
            ' \'{"kind": "mute", "reason": "noise"}\')',
            who.user_id,
        )
        await self.restrictions.look_again()

    async def schedule(self, who: Principal, room: ConversationView) -> None:
        await self.messages.schedule.schedule(
            who,
            conversation=name_of(room),
            content="later",
            message_type=MessageType.TEXT,
            parent_message_id=None,
            send_at=self._clock.now() + timedelta(hours=1),
        )

    async def notify(self, sender: Principal, room: ConversationView, who: Principal) -> None:
        """Call somebody by name, and wait until that was noticed."""
        before = len(await self.notices_of(who))
        await self.send(sender, room, f"@{who.username}")
        async with asyncio.timeout(60):
            while len(await self.notices_of(who)) == before:
                await asyncio.sleep(0.01)

    async def follow(self, who: Principal, root: Message) -> None:
        await self.threads.attend(who, root.id, Attention.FOLLOWING)

    # --- what a client asks for after its hello --------------------------------------------------

    async def notices_of(self, who: Principal) -> list[int]:
        found = await self.notices.list(
            who.user_id, before=None, unread_only=False, limit=MAX_NOTICES
        )
        return [notice.id for notice in found]

    async def state_of(self, who: Principal, root: Message) -> dict[str, Any]:
        """By the name of the event that tells a change of it."""
        thread = await self.threads.thread(who, root.id)
        (reading,) = await self.fetch(
            "SELECT coalesce(max(read_seq), 0) FROM messages.thread_members"
            " WHERE root_id = $1 AND user_id = $2",
            root.id,
            who.user_id,
        )
        return {
            "thread_attended": thread.attention,
            "thread_read": reading[0],
            "scheduled_message": await self.messages.schedule.list_mine(who),
            "draft": await self.reading.drafts.list(who),
            "preference": await self.reading.preferences.list(who),
            "notification": await self.notices_of(who),
            "sanction": [
                msgspec.json.decode(row["notice"])
                for row in await self.fetch(
                    "SELECT notice FROM accounts.restrictions WHERE user_id = $1", who.user_id
                )
            ],
        }

    async def names(self) -> dict[int, str]:
        """What everybody is called, as hello and ``user_updated`` say it."""
        rows = await self.fetch("SELECT id, display_name FROM accounts.users")
        return {row["id"]: row["display_name"] for row in rows}


@asynccontextmanager
async def open_beside_scene(dsn: str) -> AsyncIterator[BesideScene]:
    """A node with sockets; its workers run until the end."""
    database = Database(dsn, max_connections=10)
    await database.open()
    scene = BesideScene(database)
    async with running_race(scene, scene.noticer.run):
        yield scene
