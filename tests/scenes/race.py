"""Sockets on real slices, where a test decides what happens between two steps of the server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from typing_extensions import override

from causerie.assembly import tongues
from causerie.conversations import ConversationView
from causerie.conversations import wiring as conversations_wiring
from causerie.conversations.model import Arrival
from causerie.conversations.store import PostgresStore
from causerie.files import FileId, FileState
from causerie.files.model import Verdict
from causerie.files.store import PostgresFiles
from causerie.foundation.clock import SystemClock
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.foundation.postgres import Database, UnwatchedDisk
from causerie.foundation.realtime import Hub, MemoryBus, Tick
from causerie.gateway.crew import Crew
from causerie.gateway.router import Router
from causerie.gateway.session import Books, Session
from causerie.gateway.v2 import NAME, V2, Ping, answer_ping
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages import wiring as messages_wiring
from causerie.messages.events import MessageEdited
from causerie.messages.model import Message
from tests.fakes.peer import FakePeer
from tests.scenes.conversation import ConversationScene

Action = Callable[[], Awaitable[None]]
MAX_FRAME_BYTES = 1 << 16


class HeldEvents(Events):
    """Events whose announcement a test can keep back: as if the commit's answer came late."""

    def __init__(self) -> None:
        super().__init__()
        self._is_held: Callable[[Event], bool] = lambda _: False
        self._held: list[Event] = []

    def hold(self, kinds: Callable[[Event], bool] = lambda _: True) -> None:
        self._is_held = kinds

    def release(self) -> None:
        self._is_held = lambda _: False
        held, self._held = self._held, []
        super().announce(held)

    @override
    def announce(self, events: Sequence[Event]) -> None:
        self._held += [event for event in events if self._is_held(event)]
        super().announce([event for event in events if not self._is_held(event)])


class SteppedStore(PostgresStore):
    """Conversations' tables; what a test put at a step happens there, once."""

    def __init__(self, database: Database, events: Events) -> None:
        super().__init__(database, events)
        self.steps: dict[str, Action] = {}

    async def _at(self, step: str) -> None:
        action = self.steps.pop(step, None)
        if action is not None:
            await action()

    @override
    async def find_arrival(self, user_id: UserId) -> Arrival | None:
        await self._at("before the list is read")
        arrival = await super().find_arrival(user_id)
        await self._at("after the list is read")
        return arrival

    @override
    async def named_views_of(
        self, user_id: UserId, ids: Sequence[ConversationId]
    ) -> list[ConversationView]:
        await self._at("before the state is read")
        views = await super().named_views_of(user_id, ids)
        await self._at("after the state is read")
        return views


class HubBooks(Books):
    """Enters sessions into the hub, and nowhere else."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @override
    def entered(self, session: Session) -> bool:
        self._hub.enter(session)
        return True

    @override
    def acted(self, session: Session) -> None:
        """Take no note."""

    @override
    def left(self, session: Session, code: int, *, was_open: bool) -> None:
        self._hub.leave(session)


# Else a machine that stands still says a client's first frame too late.
PATIENT_HOLD_SECONDS = 30.0


class RaceScene(ConversationScene):
    """A node with sockets, put together by hand around ``held`` and ``steps``."""

    def __init__(self, database: Database) -> None:
        self.held = HeldEvents()
        store = SteppedStore(database, self.held)
        super().__init__(database, UnwatchedDisk(), events=self.held, store=store)
        self.steps = store.steps
        self.crew = Crew()
        words = Vocabulary()
        tongues.teach_v2(words)
        self.words = words
        source = self.messages.source(self.conversations.topics)
        self.hub = Hub(MemoryBus(), source, {NAME: words})
        conversations_wiring.listen(self.hub, self.events)
        messages_wiring.listen(self.hub, self.events, database)
        router = Router()
        router.register("ping", Ping, answer_ping)
        self.conversations.commands.register(router)
        limit = Unlimited()
        self.messages.register(router, self.conversations.service, self.hub, limit)
        welcome = self.conversations.welcome(self.hub, SystemClock(), heartbeat_interval_seconds=30)
        self.tongue = V2(
            router, welcome, max_message_bytes=MAX_FRAME_BYTES, hold_seconds=PATIENT_HOLD_SECONDS
        )
        self._tick = Tick(asyncio.get_running_loop())
        self._peers: list[FakePeer] = []
        self._numbers = itertools.count(1)

    def connect(self, who: Principal) -> FakePeer:
        """Open a socket; its greeting begins."""
        session = Session(
            connection_id=str(next(self._numbers)),
            principal=who,
            tongue=self.tongue,
            tick=self._tick,
            crew=self.crew,
            books=HubBooks(self.hub),
        )
        peer = FakePeer(session)
        self._peers.append(peer)
        peer.open()
        return peer

    async def clear_a_file(self, owner: Principal, message: Message) -> None:
        """Have a file of a message found clean, as its inspection does."""
        async with self.database.connection() as connection:
            file_id = await connection.fetchval(
                "INSERT INTO files.files (uploader_id, name, media_type, size_bytes, sha256,"
                " storage_key, state, conversation_id, message_id, place)"
                " VALUES ($1, 'a', 'image/png', 1, $2, $3, 'quarantined', $4, $5, 1) RETURNING id",
                owner.user_id,
                bytes(32),
                f"key of {message.id}",
                message.conversation_id,
                message.id,
            )
        settled = await PostgresFiles(self.database).settle(
            FileId(file_id), Verdict(state=FileState.CLEAN)
        )
        assert settled is not None
        assert settled.rev is not None
        assert settled.last_seq is not None
        now = (await self.messages.store.by_ids((message.id,)))[message.id]
        changed = MessageEdited(now, settled.rev, settled.last_seq, owner.user_id)
        self.events.announce((changed,))  # as messages.jobs.FilesFollower does

    def hang_up(self) -> None:
        for peer in self._peers:
            peer.close(1000)


class Unlimited:
    """No limit on sends."""

    def require(self, user_id: UserId, /) -> None:
        del user_id


@asynccontextmanager
async def open_race_scene(dsn: str) -> AsyncIterator[RaceScene]:
    """A node with sockets; its workers run until the end."""
    database = Database(dsn, max_connections=10)
    await database.open()
    scene = RaceScene(database)
    async with running_race(scene):
        yield scene


@asynccontextmanager
async def running_race(
    scene: RaceScene, *more: Callable[[], Coroutine[Any, Any, None]]
) -> AsyncIterator[None]:
    """Have a scene's workers run, and more; ends with its database closed."""
    workers = [asyncio.create_task(run()) for run in (scene.crew.run, scene.hub.run, *more)]
    scene.start_writing()
    await asyncio.sleep(0)
    try:
        yield
    finally:
        scene.hang_up()
        await scene.stop_writing()
        await scene.completion.drain(5)
        for worker in workers:
            worker.cancel()
        await asyncio.wait(workers)
        await scene.database.close()


class Listener:
    """A client that keeps its picture of the world by hello and events, and minds every gap."""

    def __init__(self, peer: FakePeer) -> None:
        self.peer = peer
        self.conversations: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, dict[int, str]] = {}
        # By message: how many reacted with what, and whether it is pinned, as far as it was told.
        self.reactions: dict[int, dict[str, int]] = {}
        self.pinned: dict[int, bool] = {}
        self.replies: dict[int, int] = {}  # how many, by the first message of the thread
        self.heard: list[tuple[str, str]] = []  # kind and conversation of each event, in order
        self.user_id = 0
        self.times_told_again = 0  # conversations that were told of though they were there

    async def start(self) -> None:
        hello = (await self.peer.hear("hello"))["data"]
        assert self.peer.heard[0]["type"] == "hello"
        self.user_id = hello["user"]["id"]
        self.conversations = {c["id"]: dict(c) for c in hello["conversations"]}

    async def be_let_go_on(self) -> None:
        """Say something: messages are held for a moment until a client does."""
        await self.listen_to_the_end()

    async def listen_until(self, content: str) -> None:
        """Take everything up to a message of this text."""
        while True:
            frame = await self.peer.hear_next()
            self.take(frame)
            if frame["type"] == "message" and frame["data"]["content"] == content:
                return

    async def listen_to_the_end(self) -> None:
        """Take everything that the server has sent by now."""
        self.peer.say({"type": "ping", "ref": "end"})
        while True:
            frame = await self.peer.hear_next()
            if frame["type"] == "ack" and frame["ref"] == "end":
                return
            self.take(frame)

    def take(self, frame: Any) -> None:
        """Take one frame into the picture."""
        kind, data = frame["type"], frame["data"]
        if kind in {"ack", "error", "hello"}:
            return
        name = data["id"] if kind.startswith("conversation_") else data["conversation_id"]
        self.heard.append((kind, name))
        if kind == "conversation_created":
            self.times_told_again += name in self.conversations
            self.conversations[name] = dict(data)
            return
        here = self.conversations.get(name)
        assert here is not None, f"{kind} of a conversation that nobody told of"
        if kind == "read":
            if data["user_id"] == self.user_id:
                here["read_seq"] = max(here["read_seq"], data["seq"])
        elif kind == "message":
            assert data["seq"] == here["last_seq"] + 1, (data["seq"], here["last_seq"])
            here["last_seq"] += 1
            self._take_message(name, data)
            if data["sender"]["id"] == self.user_id:
                here["read_seq"] = data["seq"]
        else:
            self._take_change(kind, name, data)

    def _take_change(self, kind: str, name: str, data: Any) -> None:
        here = self.conversations[name]
        if kind == "member_left" and data["user"]["id"] == self.user_id:
            del self.conversations[name]  # It comes at once: what was held before it does not.
            return
        assert data["rev"] == here["rev"] + 1, (kind, data["rev"], here["rev"])
        here["rev"] += 1
        if kind == "conversation_updated":
            here |= {key: data[key] for key in ("name", "topic", "visibility")}
        elif kind == "member_joined":
            here["member_count"] += 1
        elif kind == "member_left":
            here["member_count"] -= 1
        elif kind in {"reaction_added", "reaction_removed"}:
            self.reactions.setdefault(data["message_id"], {})[data["emoji"]] = data["count"]
        elif kind == "message_pinned":
            self.pinned[data["message_id"]] = data["pinned"]
        elif kind == "thread_updated":
            self.replies[data["message_id"]] = data["reply_count"]
        else:
            assert kind in {"message_edited", "message_deleted"}, kind
            assert data["seq"] <= here["last_seq"], "changed before it came"
            self._take_message(name, data)

    def _take_message(self, name: str, data: Any) -> None:
        self.texts.setdefault(name, {})[data["seq"]] = data["content"]
        self.reactions[data["id"]] = {r["emoji"]: r["count"] for r in data["reactions"]}
        self.pinned[data["id"]] = data["pinned"]
        self.replies[data["id"]] = data["reply_count"]
