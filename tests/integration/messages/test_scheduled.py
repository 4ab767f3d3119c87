"""Messages to be sent later: changed until their time, then sent once, or not and the author sees why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

from causerie.accounts import FOREVER, Muted
from causerie.conversations import ConversationView, MemberRole
from causerie.foundation.errors import Conflict, Invalid, TooLarge
from causerie.foundation.identity import Principal
from causerie.messages import ConversationArchived, MayNotWrite, ScheduledChanged
from causerie.messages.errors import ScheduledIsOver, ScheduledNotFound, TooManyScheduled
from causerie.messages.model import (
    MAX_AHEAD,
    MAX_SCHEDULED_PER_USER,
    MessageType,
    Scheduled,
    ScheduledState,
)
from causerie.messages.ports import DueMessages
from causerie.messages.service import DueSender
from causerie.messages.store import PostgresSchedule
from causerie.messages.wire import message_out
from tests.scenes.conversation import (
    MAX_CHARS,
    READER,
    ConversationScene,
    TableNames,
    TableSenders,
    name_of,
)
from tests.scenes.restrictions import restrict

LATER = timedelta(hours=1)


class Stage:
    """Ann's room with Ben in it; Ben has something to say later."""

    def __init__(self, scene: ConversationScene) -> None:
        self.scene = scene
        self.service = scene.messages.schedule

    async def set(self) -> Stage:
        self.ann, self.ben = await self.scene.people("ann", "ben")
        self.room = await self.scene.room(self.ann, self.ben)
        return self

    async def schedule(
        self, content: str = "later", *, who: Principal | None = None, **asked: Any
    ) -> Scheduled:
        fields: dict[str, Any] = {
            "conversation": name_of(self.room),
            "message_type": MessageType.TEXT,
            "parent_message_id": None,
            "send_at": datetime.now(UTC) + LATER,
            **asked,
        }
        scheduled, _ = await self.service.schedule(who or self.ben, content=content, **fields)
        return scheduled

    async def its_time_comes(self) -> None:
        """Nobody waits an hour in a test: what waits is due now, in its order."""
        await self.scene.fetch(
            "UPDATE messages.outgoing SET due_at = due_at - interval '2 hours'"
            " WHERE state = 'waiting'"
        )

    async def go(self, node: ConversationScene | None = None) -> int:
        await self.its_time_comes()
        return await (node or self.scene).messages.due.send_due()

    async def texts(self, room: ConversationView | None = None) -> list[str]:
        page = await self.scene.history(self.ann, room or self.room)
        return [message.content for message in page.items]

    async def now(self, scheduled: Scheduled) -> Scheduled:
        return await self.service.get(self.ben, scheduled.id)

    def told(self) -> list[tuple[int, ScheduledState]]:
        return [(e.scheduled.id, e.scheduled.state) for e in self.scene.told(ScheduledChanged)]


@pytest.fixture
async def stage(scene: ConversationScene) -> Stage:
    return await Stage(scene).set()


# --- until its time --------------------------------------------------------------------------------


async def test_it_waits_for_its_time_and_only_its_sender_sees_it(stage: Stage) -> None:
    scheduled = await stage.schedule("later")

    assert await stage.scene.messages.due.send_due() == 0
    assert await stage.texts() == []
    assert await stage.service.list_mine(stage.ben) == [scheduled]
    assert await stage.service.list_mine(stage.ben, conversation=name_of(stage.room)) == [scheduled]
    assert await stage.service.list_mine(stage.ben, conversation="room_99") == []
    assert await stage.service.list_mine(stage.ann) == []
    with pytest.raises(ScheduledNotFound):
        await stage.service.get(stage.ann, scheduled.id)
    with pytest.raises(ScheduledNotFound):
        await stage.service.change(stage.ann, scheduled.id, content="mine", send_at=None)
    with pytest.raises(ScheduledNotFound):
        await stage.service.cancel(stage.ann, scheduled.id)
    assert stage.told() == [(scheduled.id, ScheduledState.WAITING)]


async def test_it_is_edited_and_moved_until_then(stage: Stage) -> None:
    scheduled = await stage.schedule("late")
    new_time = scheduled.send_at + LATER

    for _ in range(2):  # The second time changes nothing, and tells of nothing.
        await stage.service.change(stage.ben, scheduled.id, content="later", send_at=None)
    moved = await stage.service.change(stage.ben, scheduled.id, content=None, send_at=new_time)

    assert (moved.content, moved.send_at) == ("later", new_time)
    assert await stage.service.list_mine(stage.ben) == [moved]
    assert len(stage.told()) == 3
    for wrong in ("", "x" * (MAX_CHARS + 1)):
        with pytest.raises((Invalid, TooLarge)):
            await stage.service.change(stage.ben, scheduled.id, content=wrong, send_at=None)


async def test_what_is_cancelled_is_not_sent(stage: Stage) -> None:
    scheduled = await stage.schedule()

    for _ in range(2):
        await stage.service.cancel(stage.ben, scheduled.id)

    assert await stage.go() == 0
    assert (await stage.now(scheduled)).content == ""
    assert await stage.service.list_mine(stage.ben) == []
    with pytest.raises(ScheduledIsOver):
        await stage.service.change(stage.ben, scheduled.id, content="x", send_at=None)
    assert [state for _, state in stage.told()] == ["waiting", "cancelled"]


async def test_times_and_numbers_have_bounds(stage: Stage) -> None:
    now = datetime.now(UTC)
    for send_at in (now - LATER, now, now + MAX_AHEAD + LATER):
        with pytest.raises(Invalid):
            await stage.schedule(send_at=send_at)
    one = await stage.schedule()
    with pytest.raises(Invalid):
        await stage.service.change(stage.ben, one.id, content=None, send_at=now - LATER)

    outcomes = await asyncio.gather(
        *(stage.schedule() for _ in range(MAX_SCHEDULED_PER_USER + 3)), return_exceptions=True
    )

    refused = [o for o in outcomes if isinstance(o, TooManyScheduled)]
    assert len(refused) == 4
    assert len(await stage.service.list_mine(stage.ben)) == MAX_SCHEDULED_PER_USER
    await stage.schedule(who=stage.ann)
    await stage.service.cancel(stage.ben, one.id)
    await stage.schedule()


async def test_what_may_not_be_said_now_is_not_kept_for_later(stage: Stage) -> None:
    guest = await stage.scene.person("gus", READER)
    for content in ("", " ", "a\x00", "x" * (MAX_CHARS + 1)):
        with pytest.raises((Invalid, TooLarge)):
            await stage.schedule(content)
    with pytest.raises(Invalid):
        await stage.schedule(message_type=MessageType.SYSTEM)
    with pytest.raises(MayNotWrite):
        await stage.schedule(who=guest)
    await stage.scene.archive(stage.ann, stage.room)
    with pytest.raises(ConversationArchived):
        await stage.schedule()
    stage.scene.restrictions.take(
        await restrict(stage.scene.database, stage.ben.user_id, muted_until=FOREVER)
    )
    with pytest.raises(Muted):
        await stage.schedule()
    assert await stage.service.list_mine(stage.ben) == []


async def test_the_same_request_makes_one(stage: Stage, other_node: ConversationScene) -> None:
    send_at = datetime.now(UTC) + LATER
    elsewhere = Stage(other_node)
    elsewhere.ben, elsewhere.room = stage.ben, stage.room

    made = await asyncio.gather(
        *(s.schedule(send_at=send_at, client_id="k") for s in (stage, elsewhere, stage))
    )
    changed = [
        await stage.service.change(
            stage.ben, made[0].id, content="new", send_at=None, client_id="c"
        )
        for _ in range(2)
    ]

    assert len({m.id for m in made}) == 1
    assert changed[0] == changed[1]
    assert len(await stage.service.list_mine(stage.ben)) == 1
    with pytest.raises(Conflict):
        await stage.schedule("other", send_at=send_at, client_id="k")
    with pytest.raises(Conflict):
        await stage.service.cancel(stage.ben, made[0].id, client_id="k")
    assert (await stage.schedule(send_at=send_at, client_id="k")).content == "new"


# --- when its time has come ------------------------------------------------------------------------


async def test_it_is_sent_once_and_then_it_is_over(stage: Stage) -> None:
    scheduled = await stage.schedule("later")

    assert await stage.go() == 1
    assert await stage.go() == 0

    (message,) = (await stage.scene.history(stage.ann, stage.room)).items
    after = await stage.now(scheduled)
    assert (message.content, message.sender_id, message.seq) == ("later", stage.ben.user_id, 1)
    assert message_out(message).client_id is None
    assert (after.state, after.message_id, after.content) == ("sent", message.id, "")
    assert await stage.service.list_mine(stage.ben) == []
    assert [state for _, state in stage.told()] == ["waiting", "sent"]
    assert stage.scene.announced_seqs(stage.room) == [1]
    for attempt in (
        stage.service.change(stage.ben, scheduled.id, content="x", send_at=None),
        stage.service.cancel(stage.ben, scheduled.id),
    ):
        with pytest.raises(ScheduledIsOver):
            await attempt


async def test_what_is_due_is_neither_changed_nor_cancelled(stage: Stage) -> None:
    scheduled = await stage.schedule()
    await stage.its_time_comes()

    for attempt in (
        stage.service.change(
            stage.ben, scheduled.id, content=None, send_at=datetime.now(UTC) + LATER
        ),
        stage.service.cancel(stage.ben, scheduled.id),
    ):
        with pytest.raises(ScheduledIsOver):
            await attempt


async def test_several_go_in_the_order_of_their_times(stage: Stage) -> None:
    at = datetime.now(UTC) + LATER
    for n in (3, 1, 2):
        await stage.schedule(str(n), send_at=at + timedelta(seconds=n))

    assert await stage.go() == 3
    assert await stage.texts() == ["1", "2", "3"]


async def test_nodes_that_send_at_once_send_it_once(
    stage: Stage, other_node: ConversationScene
) -> None:
    for n in range(5):
        await stage.schedule(str(n))
    await stage.its_time_comes()

    settled = await asyncio.gather(
        *(node.messages.due.send_due() for node in (stage.scene, other_node) for _ in range(3))
    )

    assert sum(settled) == 5
    assert sorted(await stage.texts()) == ["0", "1", "2", "3", "4"]


class Killed(Exception):  # noqa: N818 - what happened to the process
    """The process died between the message's commit and the row's."""


class TornSchedule(PostgresSchedule):
    """Its process dies before what it has taken is committed."""

    @override
    @asynccontextmanager
    async def due(self, *, limit: int) -> AsyncIterator[DueMessages]:
        async with super().due(limit=limit) as taken:
            yield taken
            raise Killed


async def test_who_dies_after_the_send_sends_it_once_all_the_same(stage: Stage) -> None:
    scene = stage.scene
    scheduled = await stage.schedule("once")
    await stage.its_time_comes()
    torn = DueSender(
        sending=scene.service.sending,
        store=TornSchedule(scene.database),
        messages=scene.store,
        outgoing=scene.writer,
        senders=TableSenders(scene.database, {}),
        names=TableNames(scene.database),
        events=scene.events,
    )
    for _ in range(3):
        with pytest.raises(Killed):
            await torn.send_due()
    in_between = await stage.now(scheduled)
    with pytest.raises(ScheduledIsOver):
        await stage.service.cancel(stage.ben, scheduled.id)
    # What was said is said, whatever has become of who said it.
    scene.restrictions.take(await restrict(scene.database, stage.ben.user_id, muted_until=FOREVER))

    assert await scene.messages.due.send_due() == 1

    (message,) = (await scene.history(stage.ann, stage.room)).items
    assert in_between.state == "waiting"
    assert (await stage.now(scheduled)).message_id == message.id


async def test_while_nothing_can_be_stored_it_waits(
    stage: Stage, other_node: ConversationScene
) -> None:
    scheduled = await stage.schedule("later")
    await stage.scene.writer.drain(1)  # It takes nothing more.

    assert await stage.go() == 0
    assert (await stage.now(scheduled)).state == "waiting"
    assert await stage.go(other_node) == 1


async def is_put_out(stage: Stage) -> None:
    await stage.scene.conversations.service.remove_member(
        stage.ann, stage.room.address, stage.ben.user_id
    )


async def may_only_read(stage: Stage) -> None:
    await stage.scene.give_role(stage.ann, stage.room, stage.ben, MemberRole.READ_ONLY)


async def is_archived(stage: Stage) -> None:
    await stage.scene.archive(stage.ann, stage.room)


async def is_muted(stage: Stage) -> None:
    await restrict(stage.scene.database, stage.ben.user_id, muted_until=FOREVER)


async def is_banned(stage: Stage) -> None:
    stage.scene.restrictions.take(
        await restrict(stage.scene.database, stage.ben.user_id, banned_until=FOREVER)
    )


async def loses_the_role(stage: Stage) -> None:
    stage.scene.permissions[stage.ben.user_id] = READER


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (is_put_out, "forbidden"),
        (may_only_read, "forbidden"),
        (is_archived, "conflict"),
        (is_muted, "muted"),
        (is_banned, "banned"),
        (loses_the_role, "forbidden"),
    ],
)
async def test_what_may_not_go_any_more_tells_its_author_why(
    stage: Stage, happens: Any, code: str
) -> None:
    scheduled = await stage.schedule("later")
    await happens(stage)

    assert await stage.go() == 1

    (listed,) = await stage.service.list_mine(stage.ben)
    assert (listed.id, listed.state, listed.code) == (scheduled.id, "refused", code)
    assert listed.reason
    assert listed.content == "later"
    assert [state for _, state in stage.told()] == ["waiting", "refused"]
    assert await stage.scene.seqs(stage.room) == []
    await stage.service.cancel(stage.ben, scheduled.id)  # It was read, and is put away.
    assert await stage.service.list_mine(stage.ben) == []


async def test_one_that_is_refused_holds_up_no_other(stage: Stage) -> None:
    other = await stage.scene.room(stage.ann, name="other")
    await stage.schedule("bens")
    await stage.schedule("anns", who=stage.ann, conversation=name_of(other))
    await is_put_out(stage)

    assert await stage.go() == 2
    assert await stage.texts(other) == ["anns"]


async def test_an_answer_goes_into_its_thread_unless_it_was_deleted(stage: Stage) -> None:
    first, second = await stage.scene.say(stage.ann, stage.room, "first", "second")
    for parent in (first, second):
        await stage.schedule("answer", parent_message_id=parent.id)
    await stage.scene.service.delete_message(stage.ann, second.id)

    assert await stage.go() == 2

    (listed,) = await stage.service.list_mine(stage.ben)
    *_, answer = (await stage.scene.history(stage.ann, stage.room)).items
    assert (answer.content, answer.parent_id) == ("answer", first.id)
    assert (listed.parent_id, listed.state, listed.code) == (second.id, "refused", "conflict")


# --- for transactions of other slices --------------------------------------------------------------

SEND_ONCE = "SELECT messages.send_once($1, $2, $3, $4)"


async def test_what_a_transaction_has_to_say_is_said_once_with_its_commit(stage: Stage) -> None:
    scene = stage.scene
    about = (stage.room.id, stage.ann.user_id)

    async def fail() -> None:
        async with scene.database.transaction() as tx:
            await tx.execute(SEND_ONCE, "refund.1", *about, "never happened")
            raise Killed

    with pytest.raises(Killed):
        await fail()
    for _ in range(2):
        async with scene.database.transaction() as tx:
            await tx.execute(SEND_ONCE, "refund.2", *about, "refunded")
        await scene.messages.due.send_due()

    assert await stage.texts() == ["refunded"]
    assert await stage.service.list_mine(stage.ann) == []
    assert stage.told() == []
