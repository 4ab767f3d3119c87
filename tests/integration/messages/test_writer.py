"""The group-commit writer: every send is answered once, and stored once or not at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from causerie.conversations import ConversationView
from causerie.foundation.errors import Invalid, Unavailable
from causerie.foundation.identity import Principal
from causerie.foundation.postgres import (
    Connection,
    Database,
    Disk,
    DiskState,
    StorageFull,
    claim,
    settle,
)
from causerie.messages import ConversationNotFound, KeyUsedOtherwise
from causerie.messages.store.writer import MAX_BATCH_BYTES, MAX_QUEUED_BYTES, MAX_QUEUED_SENDS
from tests.databases import FreshDatabase
from tests.fakes.lost_answers import LosesAnswers
from tests.scenes.conversation import (
    ConversationScene,
    Outcome,
    draft_of,
    open_conversation_scene,
)

WRITE_BATCH = "SELECT * FROM messages.write_batch($1, $2, $3, $4, $5, $6, $7, $8)"


def put_many(
    scene: ConversationScene, sender: Principal, room: ConversationView, count: int
) -> list[Outcome]:
    return [scene.put(draft_of(sender, room, content=str(n))) for n in range(count)]


async def all_seqs(outcomes: list[Outcome]) -> list[int]:
    return [(await outcome.wait()).message.seq for outcome in outcomes]


async def test_what_gathers_is_stored_in_the_order_in_which_it_came(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room, other = await scene.room(ann, ben), await scene.room(ben, ann, name="other")
    await scene.stop_writing()
    outcomes = [
        scene.put(draft_of(sender, place, content=str(n)))
        for n in range(50)
        for sender, place in ((ann, room), (ben, other), (ben, room))
    ]

    scene.start_writing()

    sent = [(await outcome.wait()).message for outcome in outcomes]
    for place, count in ((room, 100), (other, 50)):
        here = [message for message in sent if message.conversation_id == place.id]
        assert [message.seq for message in here] == list(range(1, count + 1))
        assert scene.announced_seqs(place) == list(range(1, count + 1))
        assert list((await scene.history(ann, place, limit=1000)).items) == here


@pytest.mark.parametrize("bad", ["a\x00", "a\ud800"])
async def test_a_row_that_cannot_be_stored_is_refused_alone(
    scene: ConversationScene, bad: str
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.stop_writing()
    good = put_many(scene, ann, room, 5)
    refused = scene.put(draft_of(ann, room, content=bad))
    good += put_many(scene, ann, room, 5)

    scene.start_writing()

    assert isinstance(await refused.refusal(), Invalid)
    assert await all_seqs(good) == list(range(1, 11))
    assert scene.announced_seqs(room) == list(range(1, 11))


async def test_in_one_batch_each_is_answered_for_itself(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room = await scene.room(ann)
    await scene.stop_writing()
    outcomes = {
        "first": scene.put(draft_of(ann, room, client_id="k", fingerprint=b"1")),
        "stranger": scene.put(draft_of(eve, room, client_id="k", fingerprint=b"1")),
        "twin": scene.put(draft_of(ann, room, client_id="k", fingerprint=b"1")),
        "conflict": scene.put(draft_of(ann, room, client_id="k", fingerprint=b"2")),
        "other": scene.put(draft_of(ann, room)),
    }

    scene.start_writing()

    first, twin = await outcomes["first"].wait(), await outcomes["twin"].wait()
    assert (first.is_new, twin.is_new) == (True, False)
    assert first.message == twin.message
    assert isinstance(await outcomes["stranger"].refusal(), ConversationNotFound)
    assert isinstance(await outcomes["conflict"].refusal(), KeyUsedOtherwise)
    assert (await outcomes["other"].wait()).message.seq == 2
    assert await scene.seqs(room) == [1, 2]


async def test_a_key_that_serves_two_places_in_one_batch_is_refused_for_one_at_least(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    closed, own = await scene.room(ann), await scene.room(ben, name="own")
    await scene.stop_writing()
    refused = scene.put(draft_of(ben, closed, client_id="k", fingerprint=b"1"))
    second = scene.put(draft_of(ben, own, client_id="k", fingerprint=b"2"))

    scene.start_writing()

    assert isinstance(await refused.refusal(), (ConversationNotFound, KeyUsedOtherwise))
    await asyncio.gather(second.wait(), return_exceptions=True)
    assert (
        await scene.put(draft_of(ben, own, client_id="k", fingerprint=b"2")).wait()
    ).message.seq == 1


async def test_twins_on_two_nodes_are_one_message(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    nodes = (scene, other_node)

    for round_ in range(20):
        outcomes = [
            node.put(draft_of(ann, room, client_id=f"{round_}-{n}", fingerprint=b"x"))
            for n in range(8)
            for node in nodes
        ]
        sent = [await outcome.wait() for outcome in outcomes]
        assert len({s.message.id for s in sent}) == 8
        assert sum(s.is_new for s in sent) == 8

    assert await scene.seqs(room) == list(range(1, 161))


async def test_two_nodes_number_without_holes_and_in_one_order(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann, ben = await scene.people("ann", "ben")
    rooms = [await scene.room(ann, ben, name=f"room{n}") for n in range(4)]
    nodes = ((scene, ann), (other_node, ben))
    outcomes: list[tuple[ConversationView, Outcome]] = []

    for _ in range(40):
        for node, who in nodes:
            chosen = random.sample(rooms, 3)
            outcomes += [(room, node.put(draft_of(who, room))) for room in chosen]
        await asyncio.sleep(0)

    for room in rooms:
        seqs = sorted(await all_seqs([o for r, o in outcomes if r is room]))
        assert seqs == await scene.seqs(room) == list(range(1, len(seqs) + 1))
        heard = scene.announced_seqs(room)
        assert heard == sorted(heard)
        times = await scene.fetch(
            "SELECT created_at FROM messages.messages WHERE conversation_id = $1 ORDER BY seq",
            room.id,
        )
        assert [row["created_at"] for row in times] == sorted(row["created_at"] for row in times)


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_after_a_member_was_put_out_nothing_of_theirs_is_stored(
    scene: ConversationScene, other_node: ConversationScene, *, is_elsewhere: bool
) -> None:
    ann, ben = await scene.people("ann", "ben")
    kicking = (other_node if is_elsewhere else scene).conversations.service

    for round_ in range(8):
        room = await scene.room(ann, ben, name=f"room{round_}")
        await scene.history(ben, room)
        kick = asyncio.create_task(kicking.remove_member(ann, room.address, ben.user_id))
        outcomes: list[Outcome] = []
        while not kick.done():
            outcomes += put_many(scene, ben, room, 3)
            await asyncio.sleep(0)
        outcomes += put_many(scene, ben, room, 3)
        last_before = (await kick).last_seq
        await asyncio.gather(*(o.wait() for o in outcomes), return_exceptions=True)

        stored = await scene.seqs(room)
        assert stored == list(range(1, last_before + 1))
        assert isinstance(await outcomes[-1].refusal(), ConversationNotFound)


async def test_a_change_and_a_send_with_one_key_do_not_wait_for_each_other(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, "hello")

    async with scene.database.transaction() as tx:
        await claim(tx, user_id=ann.user_id, key="k", operation="leave", fingerprint=b"1")
        outcome = scene.put(draft_of(ann, room, client_id="k", fingerprint=b"2"))
        await until_a_writer_waits(scene)
        await tx.execute("SET LOCAL lock_timeout = '300ms'")  # before a deadlock would be noticed
        await tx.fetch(
            "SELECT * FROM conversations.take_rev($1, 'member_left', $2, $2)", room.id, ann.user_id
        )
        await settle(tx, user_id=ann.user_id, key="k", result=room.id)

    assert isinstance(await outcome.refusal(), KeyUsedOtherwise)
    assert await scene.seqs(room) == [1]


async def until_a_writer_waits(scene: ConversationScene) -> None:
    """Wait until a batch waits for somebody's lock."""
    async with asyncio.timeout(60):
        while not await scene.fetch(
            "SELECT FROM pg_stat_activity WHERE query LIKE '%write_batch(%'"
            " AND wait_event_type = 'Lock' AND datname = current_database()"
        ):
            await asyncio.sleep(0.01)


# --- when the database goes away -------------------------------------------------------------------


async def cut_writers(scene: ConversationScene, *, times: int) -> int:
    """End the backends that write batches, at random moments; gives how many were ended."""
    cut = 0
    while cut < times:
        rows = await scene.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE '%write_batch(%' AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        cut += len(rows)
        await asyncio.sleep(random.uniform(0, 0.05))
    return cut


async def test_a_lost_connection_neither_loses_nor_repeats(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    cutting = asyncio.create_task(cut_writers(scene, times=8))
    outcomes: list[Outcome] = []

    while not cutting.done():
        outcomes += put_many(scene, ann, room, 2) + put_many(scene, ben, room, 2)
        await asyncio.sleep(0.002)

    seqs = await all_seqs(outcomes)
    assert await cutting >= 8
    assert sorted(seqs) == await scene.seqs(room) == list(range(1, len(outcomes) + 1))
    assert set(scene.announced_seqs(room)) == set(seqs)
    assert {o.times_heard for o in outcomes} == {1}


async def test_a_batch_whose_answer_was_lost_is_answered_from_what_was_stored(
    fresh_database: FreshDatabase,
) -> None:
    async with open_conversation_scene(fresh_database.app_dsn, kind=LosesAnswers) as scene:
        ann, eve = await scene.people("ann", "eve")
        room = await scene.room(ann)
        await scene.stop_writing()
        outcomes = [
            scene.put(draft_of(ann, room, content="first")),
            scene.put(draft_of(eve, room)),  # a stranger
            scene.put(draft_of(ann, room, content="second", client_id="k", fingerprint=b"1")),
            scene.put(draft_of(ann, room, client_id="k", fingerprint=b"2")),
        ]

        scene.start_writing()

        assert [(await outcomes[n].wait()).message.content for n in (0, 2)] == ["first", "second"]
        assert isinstance(await outcomes[1].refusal(), ConversationNotFound)
        assert isinstance(await outcomes[3].refusal(), KeyUsedOtherwise)
        assert scene.announced_seqs(room) == await scene.seqs(room) == [1, 2]


async def test_who_was_refused_in_a_lost_answer_stays_refused_after_being_let_in(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann)
    batch = ("w", 1, [room.id], [ben.user_id], [None], [b""], ["text"], ["hello"])
    first = await scene.fetch(WRITE_BATCH, *batch)
    await scene.fetch(
        "SELECT FROM conversations.admit($1, ARRAY[$2::bigint], 'member', $2)", room.id, ben.user_id
    )

    second = await scene.fetch(WRITE_BATCH, *batch)

    assert [row["outcome"] for row in (*first, *second)] == ["stranger", "stranger"]
    assert await scene.seqs(room) == []


async def test_writers_of_processes_that_ended_long_ago_are_forgotten(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    for name, days in (("old", 31), ("recent", 29)):
        await scene.fetch(
            "INSERT INTO messages.writers VALUES ($1, 1, '{}', now() - $2 * interval '1 day')",
            name,
            days,
        )

    await scene.say(ann, room, "hello")

    names = {row["name"] for row in await scene.fetch("SELECT name FROM messages.writers")}
    assert "recent" in names
    assert "old" not in names
    assert len(names) == 2


class FlakyDatabase(Database):
    """A database whose writer's connection fails as a test says; all else goes on."""

    failure: Exception | None = None

    @override
    async def dedicated(self, *, statement_timeout_seconds: float | None = None) -> Connection:
        if self.failure is not None:
            raise self.failure
        return await super().dedicated(statement_timeout_seconds=statement_timeout_seconds)


class FakeDisk(Disk):
    """A disk that is as full as a test says."""

    def __init__(self) -> None:
        self.now = DiskState.OK
        self.reports = 0

    @property
    @override
    def state(self) -> DiskState:
        return self.now

    @override
    def report_full(self) -> None:
        self.reports += 1


@pytest.fixture
def disk() -> FakeDisk:
    return FakeDisk()


@pytest.fixture
async def flaky(fresh_database: FreshDatabase, disk: FakeDisk) -> AsyncIterator[ConversationScene]:
    async with open_conversation_scene(
        fresh_database.app_dsn, disk=disk, kind=FlakyDatabase
    ) as opened:
        yield opened


def fail_with(scene: ConversationScene, failure: Exception | None) -> None:
    assert isinstance(scene.database, FlakyDatabase)
    scene.database.failure = failure


async def test_while_the_database_is_away_sends_wait(flaky: ConversationScene) -> None:
    ann = await flaky.person("ann")
    room = await flaky.room(ann)
    fail_with(flaky, Unavailable("away"))
    outcomes = put_many(flaky, ann, room, 3)
    in_vain = await asyncio.wait({asyncio.ensure_future(outcomes[0].wait())}, timeout=0.3)

    fail_with(flaky, None)

    assert not in_vain[0]
    assert await all_seqs(outcomes) == [1, 2, 3]


async def test_a_full_disk_is_told_to_all_who_wait_and_to_who_comes(
    flaky: ConversationScene, disk: FakeDisk
) -> None:
    ann = await flaky.person("ann")
    room = await flaky.room(ann)
    fail_with(flaky, StorageFull("full"))
    outcomes = put_many(flaky, ann, room, 3)
    for outcome in outcomes:
        assert isinstance(await outcome.refusal(), StorageFull)

    with pytest.raises(StorageFull):
        flaky.put(draft_of(ann, room))
    assert disk.reports == 1
    assert (await flaky.history(ann, room)).items == ()
    assert await flaky.seqs(room) == []


async def test_writing_goes_on_once_there_is_room_again(
    flaky: ConversationScene, disk: FakeDisk
) -> None:
    ann = await flaky.person("ann")
    room = await flaky.room(ann)
    fail_with(flaky, StorageFull("full"))
    disk.now = DiskState.OK
    await put_many(flaky, ann, room, 1)[0].refusal()

    fail_with(flaky, None)

    assert await first_taken(flaky, ann, room) == 1


async def first_taken(scene: ConversationScene, sender: Principal, room: ConversationView) -> int:
    """Try until the writer takes something; gives its number."""
    async with asyncio.timeout(60):
        while True:
            try:
                outcome = scene.put(draft_of(sender, room))
            except StorageFull:
                await asyncio.sleep(0.05)
            else:
                return (await outcome.wait()).message.seq


async def test_a_writer_that_failed_while_it_waited_for_room_writes_again(
    flaky: ConversationScene,
) -> None:
    ann = await flaky.person("ann")
    room = await flaky.room(ann)
    fail_with(flaky, StorageFull("full"))
    await put_many(flaky, ann, room, 1)[0].refusal()
    await flaky.stop_writing()
    fail_with(flaky, None)

    flaky.start_writing()

    assert await first_taken(flaky, ann, room) == 1


@pytest.mark.parametrize("state", [DiskState.LOW, DiskState.FULL])
async def test_before_the_disk_is_full_nothing_new_is_taken(
    flaky: ConversationScene, disk: FakeDisk, state: DiskState
) -> None:
    ann = await flaky.person("ann")
    room = await flaky.room(ann)
    disk.now = state

    with pytest.raises(StorageFull):
        flaky.put(draft_of(ann, room))
    disk.now = DiskState.OK
    assert await all_seqs(put_many(flaky, ann, room, 1)) == [1]


# --- bounds and the end ----------------------------------------------------------------------------


async def test_the_queue_is_bounded_in_sends_and_in_bytes(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.stop_writing()
    large = draft_of(ann, room, content="x" * (MAX_QUEUED_BYTES // 2))
    wide = draft_of(ann, room, content="é" * (MAX_QUEUED_BYTES // 8))
    small = draft_of(ann, room)

    for draft, fits in ((large, 2), (wide, 2), (small, MAX_QUEUED_SENDS)):
        writer = type(scene.writer)(scene.database, scene.store, scene.events, FakeDisk())
        for _ in range(fits):
            writer.put(draft, lambda _: None)
        with pytest.raises(Unavailable):
            writer.put(draft, lambda _: None)


async def test_a_batch_is_bounded_in_bytes(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    writer = type(scene.writer)(scene.database, scene.store, scene.events, FakeDisk())
    for _ in range(5):
        writer.put(draft_of(ann, room, content="x" * (MAX_BATCH_BYTES // 2)), lambda _: None)

    assert [len(writer._take()) for _ in range(3)] == [2, 2, 1]


async def test_draining_commits_what_was_taken_and_takes_nothing_more(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    outcomes = put_many(scene, ann, room, 600)

    assert await scene.writer.drain(60)

    assert {o.times_heard for o in outcomes} == {1}
    assert await scene.seqs(room) == list(range(1, 601))
    with pytest.raises(Unavailable):
        scene.put(draft_of(ann, room))


async def test_draining_says_when_it_was_in_vain(flaky: ConversationScene) -> None:
    ann = await flaky.person("ann")
    room = await flaky.room(ann)
    fail_with(flaky, Unavailable("away"))
    put_many(flaky, ann, room, 1)

    assert not await flaky.writer.drain(0.2)


async def test_one_who_fails_to_hear_keeps_nobody_from_hearing(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    def fail(_: object) -> None:
        raise ZeroDivisionError

    scene.writer.put(draft_of(ann, room), fail)
    outcomes = put_many(scene, ann, room, 2)

    assert await all_seqs(outcomes) == [2, 3]
