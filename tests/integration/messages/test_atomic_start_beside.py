"""What has no number either: no change of it is lost between hello and the events after it.

A client asks for its own things after hello, and again where an event says that they have changed;
what people are called stands in hello itself. And no event is left out of the races, here or there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly import tongues
from causerie.foundation.identity import Principal
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages import MessagesSent
from causerie.messages.model import Message
from tests.databases import FreshDatabase
from tests.fakes.peer import FakePeer
from tests.integration.messages.test_atomic_start import AFTER_A_JOIN, CHANGES, STEPS
from tests.scenes.beside import BesideScene, open_beside_scene

TESTS = Path(__file__).parents[2]
# Those that are no state of anything a client holds, or stand on a clock: their races are where
# that clock is the test's.
ELSEWHERE = {
    "hello": "integration/messages/test_atomic_start.py",
    "presence": "unit/presence/test_telling.py::test_who_is_being_greeted_is_told_of_afterwards",
    "presence_count": "integration/presence/test_presence.py::test_a_lookup_and_the_events_tell_the_same",
    "typing": "integration/presence/test_presence.py::test_typing_reaches_the_others_and_ends_by_being_said_so",
}
BESIDE = (
    "user_updated",
    "draft",
    "preference",
    "scheduled_message",
    "thread_attended",
    "thread_read",
    "notification",
    "sanction",
)


class Own:
    """Mia, what is hers, and Ben, with whom she has a direct chat."""

    def __init__(self, scene: BesideScene) -> None:
        self.scene = scene

    async def gather(self) -> None:
        self.ben, self.mia = await self.scene.people("ben", "mia")
        self.room = await self.scene.room(self.ben, self.mia)
        await self.scene.conversations.service.open_direct(self.mia, self.ben.user_id)
        (self.root,) = await self.scene.say(self.ben, self.room, "root")
        self.last: Message = await self.scene.answer(self.ben, self.room, self.root)

    # Each of these is told by the event of its name.

    async def user_updated(self) -> None:
        await self.scene.rename(self.ben, "Benjamin")
        await self.scene.rename(self.mia, "Maria")

    async def draft(self) -> None:
        drafts = self.scene.reading.drafts
        await drafts.set(self.mia, self.room.address, root_id=None, content="Dear Ben")

    async def preference(self) -> None:
        await self.scene.reading.preferences.set(self.mia, "theme", "dark")

    async def scheduled_message(self) -> None:
        await self.scene.schedule(self.mia, self.room)

    async def thread_attended(self) -> None:
        await self.scene.follow(self.mia, self.root)

    async def thread_read(self) -> None:
        await self.scene.threads.mark_read(self.mia, self.root.id, self.last.seq)

    async def notification(self) -> None:
        await self.scene.notify(self.ben, self.room, self.mia)

    async def sanction(self) -> None:
        await self.scene.silence(self.mia)

    async def all_of_it(self) -> None:
        for kind in BESIDE:
            change: Callable[[], Awaitable[None]] = getattr(self, kind)
            await change()


class Client:
    """Holds what it asked for, and asks again for what an event says has changed."""

    def __init__(self, own: Own, peer: FakePeer) -> None:
        self._own = own
        self._peer = peer
        self.held: dict[str, Any] = {}
        self.names: dict[int, str] = {}
        self.heard: list[str] = []

    async def start(self) -> None:
        hello = (await self._peer.hear("hello"))["data"]
        people = [hello["user"], *(c["peer"] for c in hello["conversations"] if c["peer"])]
        self.names = {person["id"]: person["display_name"] for person in people}
        self.held = await self._ask()

    async def _ask(self) -> dict[str, Any]:
        return await self._own.scene.state_of(self._own.mia, self._own.root)

    async def settle(self) -> None:
        """Take everything that the server has sent by now."""
        self._peer.say({"type": "ping", "ref": "end"})
        while (frame := await self._peer.hear_next())["type"] != "ack":
            kind, data = frame["type"], frame["data"]
            self.heard.append(kind)
            if kind == "user_updated":
                self.names[data["id"]] = data["display_name"]
            elif kind in self.held:
                self.held[kind] = (await self._ask())[kind]

    async def require_true_picture(self) -> None:
        await self.settle()
        truth = await self._ask()
        names = await self._own.scene.names()
        for kind in truth:
            assert self.held[kind] == truth[kind], kind
        assert self.names == {user_id: names[user_id] for user_id in self.names}
        assert set(self.names) == {self._own.ben.user_id, self._own.mia.user_id}


@pytest.fixture
async def own(fresh_database: FreshDatabase) -> AsyncIterator[Own]:
    async with open_beside_scene(fresh_database.app_dsn) as scene:
        gathered = Own(scene)
        await gathered.gather()
        yield gathered


def connect(own: Own, who: Principal) -> Client:
    return Client(own, own.scene.connect(who))


# By itself what hello tells, too: any other event has a greeting begin anew.
@pytest.mark.parametrize("change", ["user_updated", "all_of_it"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_change_during_the_greeting_is_found_or_told_after_it(
    own: Own, step: str, change: str
) -> None:
    own.scene.steps[step] = getattr(own, change)

    mia = connect(own, own.mia)
    await mia.start()

    assert own.scene.steps == {}
    await mia.require_true_picture()


async def test_a_change_after_the_greeting_is_told(own: Own) -> None:
    mia = connect(own, own.mia)
    await mia.start()

    await own.all_of_it()

    await mia.require_true_picture()
    assert set(BESIDE) <= set(mia.heard)


async def test_a_change_that_is_announced_late_leaves_a_true_picture(own: Own) -> None:
    # What was said is announced, so that it is noticed; the notice of it waits too.
    own.scene.held.hold(lambda event: not isinstance(event, MessagesSent))
    await own.all_of_it()

    mia = connect(own, own.mia)
    await mia.start()
    own.scene.held.release()

    await mia.require_true_picture()


def test_no_event_is_without_a_race() -> None:
    words = Vocabulary()
    tongues.teach_v2(words)

    raced = {*CHANGES, *AFTER_A_JOIN, *BESIDE, *ELSEWHERE}
    assert set(words.words) - raced == set()
    for place in ELSEWHERE.values():
        file, _, test = place.partition("::")
        assert test in (TESTS / file).read_text(), place
