"""Scenes of readers, bus and database that the simulation would need luck to draw."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Entry, Hub, MemoryBacklogs
from causerie.foundation.remembering import Caches
from tests.fakes.bus import Fate, UnreliableBus
from tests.fakes.clock import FakeClock
from tests.fakes.readers import RELEASED, FakeReader, Note
from tests.fakes.truth import ENCODERS, Renamed, Said, Truth, Typed

TOPIC = 7
A_MOMENT_SECONDS = 5.0  # for holes to be seen and reads to be done


class Scene:
    """One topic, and readers that come to it."""

    def __init__(self) -> None:
        self.truth = Truth()
        self.bus = UnreliableBus()
        backlogs = MemoryBacklogs(Caches(FakeClock()))
        self.hub = Hub(self.bus, self.truth, ENCODERS, backlogs)

    def enter(self, **traits: object) -> FakeReader:
        reader = FakeReader(**traits)  # type: ignore[arg-type] # passed on as they are
        self.hub.enter(reader)
        return reader

    def live(self, **traits: object) -> FakeReader:
        """A reader at the truth of now."""
        reader = self.enter(**traits)
        self.follow(reader)
        self.release(reader)
        return reader

    def follow(self, reader: FakeReader) -> None:
        view = self.truth.view()
        reader.stream.append(Note(view))
        self.hub.follow(reader, TOPIC)
        self.hub.place(reader, TOPIC, seq=view.seq, rev=view.rev)

    def release(self, reader: FakeReader) -> None:
        reader.stream.append(RELEASED)
        self.hub.release(reader)

    def announce(self, entries: Sequence[Entry], fate: Fate = Fate.ARRIVES) -> None:
        self.bus.fate = fate
        self.hub.publish(TOPIC, entries)

    def is_whole(self, reader: FakeReader) -> bool:
        return reader.client().view() == self.truth.view()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    worker = asyncio.create_task(scene.hub.run())
    yield scene
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker


# --- order --------------------------------------------------------------------------------------------


async def test_a_commit_that_nobody_announced_is_told_when_the_database_is_back(
    scene: Scene,
) -> None:
    reader = scene.live()
    scene.announce(scene.truth.say(), Fate.IS_LOST)

    scene.hub.doubt_all()
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert scene.is_whole(reader)


async def test_what_comes_out_of_order_is_put_in_order(scene: Scene) -> None:
    reader = scene.live()
    first, second = scene.truth.say(), scene.truth.say()
    scene.announce(second)
    scene.announce(first)

    assert reader.lines == ["said 1 0", "said 2 0"]


async def test_a_hole_is_filled_before_anything_newer_is_sent(scene: Scene) -> None:
    reader = scene.live()
    scene.announce(scene.truth.say(), Fate.IS_LOST)
    scene.announce(scene.truth.say())
    before = list(reader.lines)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert before == []
    assert reader.lines == ["said 1 0", "said 2 0"]


async def test_a_hole_is_given_time_to_close_by_itself(scene: Scene) -> None:
    reader = scene.live()
    first, second = scene.truth.say(), scene.truth.say()
    scene.announce(second)
    await asyncio.sleep(0.04)
    scene.announce(first)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert reader.lines == ["said 1 0", "said 2 0"]
    assert scene.truth.reads == 0


async def test_an_edit_waits_for_its_message(scene: Scene) -> None:
    reader = scene.live()
    message = scene.truth.say()
    scene.announce(scene.truth.edit(1))
    before = list(reader.lines)
    scene.announce(message)

    assert before == []
    assert reader.lines == ["said 1 0", "edited 1 1 1"]


async def test_a_hole_between_the_state_told_and_what_came_meanwhile_is_filled(
    scene: Scene,
) -> None:
    reader = scene.enter()
    scene.hub.follow(reader, TOPIC)
    reader.stream.append(Note(scene.truth.view()))
    scene.announce(scene.truth.say(), Fate.IS_LOST)
    scene.announce(scene.truth.say())
    scene.hub.place(reader, TOPIC, seq=0, rev=0)
    scene.release(reader)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert scene.is_whole(reader)


async def test_what_the_database_has_not_does_not_make_it_be_asked_without_pause(
    scene: Scene,
) -> None:
    scene.live()
    scene.announce([Entry(Said(9), seq=9)])
    await asyncio.sleep(10)

    assert scene.truth.reads < 1000


async def test_all_readers_get_the_bytes_of_their_dialect(scene: Scene) -> None:
    plain, loud = scene.live(dialect="plain"), scene.live(dialect="loud")
    scene.announce(scene.truth.say())

    assert plain.stream[-1] == "said 1 0"
    assert loud.stream[-1] == "SAID 1 0"


# --- readers that come back ---------------------------------------------------------------------------


async def test_a_message_that_comes_again_is_as_the_changes_left_it_that_are_counted_as_known(
    scene: Scene,
) -> None:
    reader = scene.live()
    scene.announce(scene.truth.say())
    # Committed and told in an answer, and this node has heard of neither.
    scene.announce(scene.truth.say(), Fate.IS_LATE)
    scene.announce(scene.truth.edit(2), Fate.IS_LATE)
    scene.hub.rewind(reader, TOPIC, seq=1, rev=1)
    scene.release(reader)
    scene.bus.deliver_late(0)
    scene.bus.deliver_late(0)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert reader.lines[1:] == ["said 2 1"]


async def test_a_rewind_while_another_is_served_begins_anew(scene: Scene) -> None:
    scene.truth.say(500)
    reader = scene.live()
    reader.be_slow(is_slow=True)
    for seq in (10, 490):
        scene.hub.rewind(reader, TOPIC, seq=seq, rev=0)
        reader.push(b"typed\n")
        scene.release(reader)
        await asyncio.sleep(A_MOMENT_SECONDS)
    reader.be_slow(is_slow=False)
    await asyncio.sleep(A_MOMENT_SECONDS)

    after_the_second = reader.lines[len(reader.lines) - reader.lines[::-1].index("typed") :]
    assert after_the_second == [f"said {seq} 0" for seq in range(491, 501)]


async def test_what_one_has_read_brings_the_others_on(scene: Scene) -> None:
    scene.truth.say(500)
    readers = [scene.live() for _ in range(5)]
    for since, reader in enumerate(readers):
        scene.hub.rewind(reader, TOPIC, seq=since, rev=0)
        scene.release(reader)
        await asyncio.sleep(A_MOMENT_SECONDS)
    reads_of_the_first = 3  # 500 messages, 200 at once.

    for since, reader in enumerate(readers):
        assert reader.lines == [f"said {seq} 0" for seq in range(since + 1, 501)]
    assert scene.truth.reads == reads_of_the_first


async def test_what_came_since_another_has_read_is_read_beside_it(scene: Scene) -> None:
    scene.truth.say(10)
    first = scene.live()
    scene.hub.rewind(first, TOPIC, seq=4, rev=0)
    scene.release(first)
    await asyncio.sleep(A_MOMENT_SECONDS)
    scene.hub.leave(first)
    scene.truth.say(5)
    for since in (4, 0):
        second = scene.live()
        scene.hub.rewind(second, TOPIC, seq=since, rev=0)
        scene.release(second)
        await asyncio.sleep(A_MOMENT_SECONDS)

        assert second.lines == [f"said {seq} 0" for seq in range(since + 1, 16)]


async def test_what_was_changed_since_another_has_read_is_not_told_as_it_was(
    scene: Scene,
) -> None:
    scene.truth.say(3)
    first = scene.live()
    scene.hub.rewind(first, TOPIC, seq=0, rev=0)
    scene.release(first)
    await asyncio.sleep(A_MOMENT_SECONDS)
    scene.announce(scene.truth.edit(2))
    second = scene.live()
    scene.hub.rewind(second, TOPIC, seq=0, rev=1)
    scene.release(second)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert second.lines == ["said 1 0", "said 2 1", "said 3 0"]


async def test_who_was_never_placed_cannot_rewind(scene: Scene) -> None:
    reader = scene.enter()
    scene.hub.follow(reader, TOPIC)
    scene.hub.rewind(reader, TOPIC, seq=0, rev=0)
    scene.hub.release(reader)
    scene.announce(scene.truth.say())

    assert reader.lines == []


async def test_live_messages_are_not_queued_for_a_slow_reader_that_catches_up(
    scene: Scene,
) -> None:
    scene.truth.say(300)
    reader, other = scene.live(), scene.live()
    reader.be_slow(is_slow=True)
    scene.hub.rewind(reader, TOPIC, seq=0, rev=0)
    reader.stream.clear()
    scene.hub.release(reader)
    await asyncio.sleep(A_MOMENT_SECONDS)
    for _ in range(100):
        scene.announce(scene.truth.say())
    held_back = len(reader.lines)
    reader.be_slow(is_slow=False)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert held_back < 300
    assert reader.lines == [f"said {seq} 0" for seq in range(1, 401)]
    assert len(other.lines) == 100


async def test_a_catch_up_ends_with_its_reader(scene: Scene) -> None:
    scene.truth.say(500)
    reader = scene.live()
    scene.hub.rewind(reader, TOPIC, seq=0, rev=0)
    reader.is_gone = True  # closing; the hub will hear of it later
    scene.hub.release(reader)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert scene.truth.reads <= 2


async def test_readers_wait_for_a_database_that_is_away(scene: Scene) -> None:
    scene.truth.say(300)
    reader = scene.live()
    scene.truth.is_away = True
    scene.hub.rewind(reader, TOPIC, seq=0, rev=0)
    reader.stream.clear()
    scene.hub.release(reader)
    await asyncio.sleep(60)
    meanwhile = list(reader.lines)
    scene.truth.is_away = False
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert meanwhile == []
    assert reader.lines == [f"said {seq} 0" for seq in range(1, 301)]


async def test_a_worker_that_is_started_again_takes_up_what_was_left() -> None:
    scene = Scene()
    scene.truth.say(300)
    reader, other = scene.live(), scene.live()
    first = asyncio.create_task(scene.hub.run())
    scene.truth.is_away = True
    scene.hub.rewind(reader, TOPIC, seq=0, rev=0)
    reader.stream.clear()
    scene.hub.release(reader)
    scene.announce(scene.truth.say(), Fate.IS_LOST)
    scene.announce(scene.truth.say())
    await asyncio.sleep(A_MOMENT_SECONDS)
    first.cancel()
    await asyncio.wait({first})
    scene.truth.is_away = False
    second = asyncio.create_task(scene.hub.run())
    await asyncio.sleep(A_MOMENT_SECONDS)
    second.cancel()

    assert reader.lines == [f"said {seq} 0" for seq in range(1, 303)]
    assert other.lines == ["said 301 0", "said 302 0"]


# --- coming and going ---------------------------------------------------------------------------------


async def test_who_left_while_the_state_was_read_follows_nothing(scene: Scene) -> None:
    reader = scene.enter()
    scene.hub.leave(reader)
    scene.hub.follow(reader, TOPIC)
    scene.hub.attach(reader, TOPIC, seq=0, rev=0)

    assert reader.topics == ()
    assert scene.bus.followed == []


async def test_the_bus_is_told_of_the_first_reader_and_of_the_last(scene: Scene) -> None:
    one, other = scene.live(), scene.live()
    followed = list(scene.bus.followed)
    scene.hub.leave(one)
    scene.hub.detach(other, TOPIC)

    assert followed == [TOPIC]
    assert scene.bus.followed == []


async def test_a_reader_gets_nothing_more_once_detached(scene: Scene) -> None:
    reader, other = scene.live(), scene.live()
    scene.hub.detach(reader, TOPIC)
    scene.announce(scene.truth.say())

    assert reader.lines == []
    assert other.lines == ["said 1 0"]


@pytest.mark.parametrize("is_released", [True, False])
@pytest.mark.parametrize("fate", [Fate.ARRIVES, Fate.IS_LATE])
async def test_the_last_word_is_told_once(scene: Scene, is_released: bool, fate: Fate) -> None:
    reader = scene.enter()
    scene.follow(reader)
    if is_released:
        scene.release(reader)
    last = scene.truth.rename()
    scene.announce(last, fate)
    scene.hub.detach(reader, TOPIC, last_word=last[0])
    scene.bus.deliver_late(0)

    assert reader.lines == ["renamed 1"]


async def test_the_last_word_is_told_though_it_stands_behind_a_hole(scene: Scene) -> None:
    reader = scene.live()
    scene.announce(scene.truth.rename(), Fate.IS_LOST)
    last = scene.truth.rename()
    scene.announce(last)
    scene.hub.detach(reader, TOPIC, last_word=last[0])

    assert reader.lines == ["renamed 2"]


async def test_who_is_attached_goes_on_from_what_it_was_told(scene: Scene) -> None:
    scene.truth.say(3)
    live, reader = scene.live(), scene.enter()
    scene.hub.attach(reader, TOPIC, seq=1, rev=0)
    await asyncio.sleep(A_MOMENT_SECONDS)
    scene.announce(scene.truth.say())

    assert reader.lines == ["said 2 0", "said 3 0", "said 4 0"]
    assert live.lines == ["said 4 0"]


async def test_who_holds_back_is_attached_and_held(scene: Scene) -> None:
    reader = scene.enter()
    reader.is_holding = True
    scene.hub.attach(reader, TOPIC, seq=0, rev=0)
    scene.announce(scene.truth.say())
    meanwhile = list(reader.lines)
    scene.hub.release(reader)

    assert meanwhile == []
    assert reader.lines == ["said 1 0"]


async def test_who_is_not_greeted_is_not_attached(scene: Scene) -> None:
    reader = scene.enter()
    reader.is_greeted = False
    scene.hub.attach(reader, TOPIC, seq=0, rev=0)

    assert reader.topics == ()


async def test_an_attachment_does_not_let_go_what_is_held(scene: Scene) -> None:
    reader = scene.enter()
    scene.follow(reader)
    scene.hub.attach(reader, TOPIC, seq=0, rev=0)
    scene.announce(scene.truth.say())

    assert reader.lines == []


# --- beside the stream --------------------------------------------------------------------------------


async def test_an_ephemeral_event_goes_to_all_who_were_told_where_they_stand(scene: Scene) -> None:
    live, held, unplaced, stranger = scene.live(), scene.enter(), scene.enter(), scene.enter()
    scene.follow(held)
    scene.hub.follow(unplaced, TOPIC)
    scene.hub.send_to_topic(TOPIC, Typed())

    assert [r.lines for r in (live, held, unplaced, stranger)] == [["typed"], ["typed"], [], []]


async def test_an_event_for_a_user_goes_to_all_of_the_users_sessions(scene: Scene) -> None:
    mine, mine_too, theirs = scene.enter(), scene.enter(dialect="loud"), scene.enter(user_id=2)
    gone = scene.enter()
    scene.hub.leave(gone)
    scene.hub.send_to_user(UserId(1), Renamed(1))

    assert mine.stream == ["renamed 1"]
    assert mine_too.stream == ["RENAMED 1"]
    assert [theirs.stream, gone.stream] == [[], []]
    assert scene.hub.readers_of(UserId(1)) == (mine, mine_too)


# --- other nodes --------------------------------------------------------------------------------------


async def test_what_is_doubted_before_the_first_reader_has_its_place_is_looked_at_then(
    scene: Scene,
) -> None:
    # The reader was told of a moment before this node followed the topic: nobody announced the rest.
    reader = scene.enter()
    view = scene.truth.view()
    reader.stream.append(Note(view))
    scene.hub.follow(reader, TOPIC)
    scene.truth.say()
    scene.hub.doubt([TOPIC])
    await asyncio.sleep(A_MOMENT_SECONDS)
    scene.hub.place(reader, TOPIC, seq=view.seq, rev=view.rev)
    scene.release(reader)
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert scene.is_whole(reader)


async def test_many_topics_are_compared_with_the_database_in_few_questions(scene: Scene) -> None:
    reader = scene.enter()
    for topic_id in range(1, 101):
        scene.hub.follow(reader, topic_id)
        scene.hub.place(reader, topic_id, seq=0, rev=0)
    asked = list[int]()

    async def positions(topic_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        asked.append(len(topic_ids))
        return {}

    scene.truth.positions = positions  # type: ignore[method-assign] # counts what is asked
    scene.hub.doubt_all()
    scene.hub.doubt_all()
    await asyncio.sleep(A_MOMENT_SECONDS)

    assert asked == [100]


async def test_who_listens_hears_what_came_from_the_database_and_was_not_announced(
    scene: Scene,
) -> None:
    heard = list[object]()
    scene.hub.on_filled(heard.append)
    scene.live()
    scene.announce(scene.truth.rename(), Fate.IS_LOST)
    scene.hub.doubt_all()
    await asyncio.sleep(A_MOMENT_SECONDS)
    scene.announce(scene.truth.rename())

    assert heard == [Renamed(1)]
