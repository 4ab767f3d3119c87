"""Threads: answers are messages, counted where they belong, and told of once."""

from __future__ import annotations

import asyncio
import random

import pytest

from causerie.conversations import NotAMember, Visibility
from causerie.foundation.errors import Conflict, Invalid
from causerie.foundation.identity import MAX_ID, MessageId, Rev, Seq
from causerie.messages import (
    Attention,
    ConversationNotFound,
    KeyUsedOtherwise,
    MessageDeleted,
    MessageNotFound,
    MessagesSent,
    ThreadAttended,
    ThreadUpdated,
)
from causerie.messages.errors import MessageDeleted as AlreadyDeleted
from causerie.messages.model import Message
from tests.databases import FreshDatabase
from tests.fakes.lost_answers import LosesAnswers
from tests.scenes.conversation import (
    ConversationScene,
    draft_of,
    name_of,
    open_conversation_scene,
)


async def test_an_answer_is_counted_on_the_first_message(scene: ConversationScene) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    (root,) = await scene.say(ann, room, "root")

    answers = [await scene.answer(who, room, root) for who in (ben, cid, ben)]

    now = await scene.now(root)
    assert [(m.parent_id, m.seq) for m in answers] == [(root.id, n) for n in (2, 3, 4)]
    assert (now.reply_count, now.last_reply_at) == (3, answers[-1].created_at)
    assert now.participants == (ben.user_id, cid.user_id)
    assert (await scene.history(ann, room)).items == (now, *answers)


async def test_a_thread_is_told_of_behind_its_answer_by_a_numbered_change(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")

    answer = await scene.answer(ann, room, root)

    sent, told = scene.facts[-2:]
    assert sent == MessagesSent(room.id, (answer,))
    assert told == ThreadUpdated(
        root.id,
        room.id,
        room.kind,
        1,
        answer.created_at,
        Rev(1),
        Seq(2),
    )
    assert await scene.changes(room) == ["thread_updated"]


async def test_answers_of_one_batch_are_one_change_of_each_thread(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    one, two = await scene.say(ann, room, "one", "two")
    await scene.stop_writing()
    outcomes = [
        scene.put(draft_of(who, room, parent_id=parent))
        for who, parent in ((ann, one.id), (ben, two.id), (ben, one.id), (ann, None))
    ]

    scene.start_writing()

    sent = [(await outcome.wait()).message for outcome in outcomes]
    told = scene.told(ThreadUpdated)
    assert [m.parent_id for m in sent] == [one.id, two.id, one.id, None]
    assert {(t.message_id, t.reply_count, t.after_seq) for t in told} == {
        (one.id, 2, 6),
        (two.id, 1, 6),
    }
    assert sorted(t.rev for t in told) == [1, 2]
    assert await scene.changes(room) == ["thread_updated"] * 2


async def test_an_answer_to_an_answer_is_one_to_the_first_message(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")
    answer = await scene.answer(ann, room, root)

    deeper = await scene.answer(ann, room, answer)

    assert deeper.parent_id == root.id
    assert ((await scene.now(root)).reply_count, (await scene.now(answer)).reply_count) == (2, 0)


async def test_one_answers_only_to_what_is_in_the_same_conversation(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room, other = await scene.room(ann), await scene.room(ann, name="other")
    hidden = await scene.room(ben, name="hidden", visibility=Visibility.PRIVATE)
    (elsewhere,) = await scene.say(ann, other, "elsewhere")
    (secret,) = await scene.say(ben, hidden, "secret")

    for parent in (elsewhere.id, secret.id, MessageId(elsewhere.id + 99), MessageId(MAX_ID)):
        keyed = draft_of(ann, room, parent_id=parent, client_id="k", fingerprint=b"1")
        assert isinstance(await scene.put(keyed).refusal(), MessageNotFound)
    for number in (0, -1, MAX_ID + 1):
        with pytest.raises(Invalid):
            await scene.service.send_and_wait(
                ann,
                conversation=name_of(room),
                content="x",
                client_id=None,
                message_type=elsewhere.message_type,
                parent_message_id=number,
            )
    # Nothing is stored, and the key stays free.
    other_use = draft_of(ann, room, client_id="k", fingerprint=b"2")
    assert (await scene.put(other_use).wait()).message.seq == 1


async def test_who_may_not_write_learns_nothing_of_a_parent(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")

    refusals = [
        await scene.put(draft_of(eve, room, parent_id=parent)).refusal()
        for parent in (root.id, MessageId(MAX_ID))
    ]

    assert [type(refusal) for refusal in refusals] == [ConversationNotFound] * 2


async def test_nothing_is_answered_to_a_deleted_message_or_in_its_thread(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")
    answer = await scene.answer(ann, room, root)
    await scene.service.delete_message(ann, root.id)

    for parent in (root, answer):
        with pytest.raises(AlreadyDeleted):
            await scene.answer(ann, room, parent)
    assert (await scene.now(root)).reply_count == 1


async def test_a_key_is_of_an_answer_to_that_message(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    one, two = await scene.say(ann, room, "one", "two")
    first = await scene.send(ann, room, "x", client_id="k", parent=one)

    again = await scene.send(ann, room, "x", client_id="k", parent=one)

    assert (again.message, again.is_new) == (first.message, False)
    for parent in (two, None):
        with pytest.raises(KeyUsedOtherwise):
            await scene.send(ann, room, "x", client_id="k", parent=parent)
    assert (await scene.now(one)).reply_count == 1


async def test_a_replay_is_answered_though_the_parent_is_gone(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")
    first = await scene.send(ann, room, "x", client_id="k", parent=root)
    await scene.service.delete_message(ann, root.id)

    again = await scene.send(ann, room, "x", client_id="k", parent=root)

    assert (again.message, again.is_new) == (first.message, False)


async def test_twins_on_two_nodes_are_one_answer(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")

    outcomes = [
        node.put(draft_of(ann, room, parent_id=root.id, client_id=f"{n}", fingerprint=b"x"))
        for n in range(20)
        for node in (scene, other_node)
    ]
    sent = [await outcome.wait() for outcome in outcomes]

    assert sum(s.is_new for s in sent) == 20
    assert (await scene.now(root)).reply_count == 20


async def test_answers_whose_answer_was_lost_are_stored_and_told_of(
    fresh_database: FreshDatabase,
) -> None:
    async with open_conversation_scene(fresh_database.app_dsn) as before:
        ann = await before.person("ann")
        room = await before.room(ann)
        (root,) = await before.say(ann, room, "root")
    async with open_conversation_scene(fresh_database.app_dsn, kind=LosesAnswers) as scene:
        await scene.stop_writing()
        drafts = [draft_of(ann, room, parent_id=parent) for parent in (root.id, MAX_ID)]
        stored, refused = [scene.put(draft) for draft in drafts]

        scene.start_writing()

        answer = (await stored.wait()).message
        assert (answer.parent_id, answer.seq) == (root.id, 2)
        assert isinstance(await refused.refusal(), MessageNotFound)
        assert [(t.reply_count, t.rev) for t in scene.told(ThreadUpdated)] == [(1, 1)]
        assert (await scene.now(root)).reply_count == 1


async def test_a_deleted_answer_is_counted_no_longer_and_that_is_told(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    (root,) = await scene.say(ann, room, "root")
    answers = [await scene.answer(who, room, root) for who in (ann, ben, ben)]
    del scene.facts[:]

    await scene.service.delete_message(ben, answers[2].id)
    after_one = await scene.now(root)
    await scene.service.delete_message(ben, answers[2].id)
    await scene.service.delete_message(ann, answers[0].id)
    await scene.service.delete_message(ben, answers[1].id)

    now = await scene.now(root)
    assert (after_one.reply_count, after_one.last_reply_at) == (2, answers[1].created_at)
    assert after_one.participants == (ann.user_id, ben.user_id)
    assert (now.reply_count, now.last_reply_at, now.participants) == (0, None, ())
    assert [(type(f), f.rev) for f in scene.facts] == [  # type: ignore[attr-defined] # numbered, all of them
        (kind, 4 + 2 * n + m)
        for n in range(3)
        for m, kind in enumerate((MessageDeleted, ThreadUpdated))
    ]
    assert [t.reply_count for t in scene.told(ThreadUpdated)] == [2, 1, 0]


async def test_counts_are_right_whatever_happens_at_once(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    people = await scene.people("ann", "ben", "cid")
    room = await scene.room(*people)
    roots = await scene.say(people[0], room, "one", "two")
    rng = random.Random(7)

    async def live(node: ConversationScene, who: int) -> None:
        own: list[Message] = []
        for _ in range(12):
            if own and rng.random() < 0.4:
                message = own.pop(rng.randrange(len(own)))
                await node.service.delete_message(people[who], message.id)
            else:
                own.append(await node.answer(people[who], room, rng.choice(roots)))

    await asyncio.gather(*(live(node, n) for node in (scene, other_node) for n in range(3)))

    for root in roots:
        now = await scene.now(root)
        page = await scene.service.history(people[0], name_of(room), parent_message_id=root.id)
        left = [m for m in page.items if not m.deleted]
        assert now.reply_count == len(left)
        assert now.last_reply_at == (left[-1].created_at if left else None)
        assert set(now.participants) == {m.sender_id for m in left}
    told = [*scene.told(ThreadUpdated), *other_node.told(ThreadUpdated)]
    revs = [
        *(t.rev for t in told),
        *(d.rev for n in (scene, other_node) for d in n.told(MessageDeleted)),
    ]
    assert sorted(revs) == list(range(1, len(revs) + 1))


# --- reading ---------------------------------------------------------------------------------------


async def test_a_thread_is_read_page_by_page_tombstones_included(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    one, two = await scene.say(ann, room, "one", "two")
    answers = [await scene.answer(ben, room, one) for _ in range(4)]
    await scene.answer(ben, room, two)
    tombstone = await scene.service.delete_message(ben, answers[1].id)
    thread = [answers[0], tombstone, *answers[2:]]

    async def page(**bounds: int) -> tuple[list[Message], bool]:
        found = await scene.service.history(ann, name_of(room), parent_message_id=one.id, **bounds)
        return list(found.items), found.has_more

    assert await page() == (thread, False)
    assert await page(limit=2) == (thread[2:], True)
    assert await page(before=thread[2].seq, limit=1) == (thread[1:2], True)
    assert await page(after=thread[0].seq, limit=2) == (thread[1:3], True)
    assert await page(after=thread[3].seq) == ([], False)
    by_an_answer = await scene.service.history(ann, name_of(room), parent_message_id=answers[0].id)
    assert list(by_an_answer.items) == thread


async def test_a_thread_is_read_where_it_is_and_by_members(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room, other = await scene.room(ann), await scene.room(ann, eve, name="other")
    (root,) = await scene.say(ann, room, "root")

    for reader, place, refusal in (
        (ann, other, MessageNotFound),
        (eve, other, MessageNotFound),
        (eve, room, NotAMember),
    ):
        with pytest.raises(refusal):
            await scene.service.history(reader, name_of(place), parent_message_id=root.id)


async def test_threads_are_listed_by_their_last_answer(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    roots = await scene.say(ann, room, "one", "two", "three", "none")
    answers = {n: await scene.answer(ben, room, roots[n]) for n in (0, 2, 1)}
    gone = await scene.answer(ann, room, roots[0])
    await scene.service.delete_message(ann, gone.id)

    listed = await scene.threads.threads(ann, name_of(room))
    first = await scene.threads.threads(ann, name_of(room), limit=2)
    rest = await scene.threads.threads(ann, name_of(room), before=first.items[-1].last_reply_seq)

    assert [t.message.id for t in listed.items] == [roots[n].id for n in (1, 2, 0)]
    assert [t.last_reply_seq for t in listed.items] == [answers[n].seq for n in (1, 2, 0)]
    assert [t.message for t in listed.items] == [await scene.now(roots[n]) for n in (1, 2, 0)]
    assert (first.items, first.has_more) == (listed.items[:2], True)
    assert (rest.items, rest.has_more) == (listed.items[2:], False)
    with pytest.raises(NotAMember):
        await scene.threads.threads(await scene.person("eve"), name_of(room))


async def test_who_answers_follows_and_so_does_the_first_author(
    scene: ConversationScene,
) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    (root,) = await scene.say(ann, room, "root")
    before = await scene.threads.thread(ann, root.id)
    answer = await scene.answer(ben, room, root)

    seen = [(await scene.threads.thread(who, answer.id)).attention for who in (ann, ben, cid)]
    listed = [
        len((await scene.threads.threads(who, name_of(room), only_followed=True)).items)
        for who in (ann, ben, cid)
    ]

    assert (before.message, before.last_reply_seq, before.attention) == (root, 0, None)
    assert seen == [Attention.FOLLOWING, Attention.FOLLOWING, None]
    assert listed == [1, 1, 0]


async def test_followers_are_those_who_follow_and_are_still_there(
    scene: ConversationScene,
) -> None:
    ann, ben, cid, dan = await scene.people("ann", "ben", "cid", "dan")
    room = await scene.room(ann, ben, cid, dan)
    (root,) = await scene.say(ann, room, "root")
    for who in (ben, cid, dan):
        await scene.answer(who, room, root)
    await scene.threads.attend(cid, root.id, Attention.MUTED)
    await scene.conversations.service.leave(dan, room.address)

    rows = await scene.fetch("SELECT f FROM messages.thread_followers($1) f ORDER BY f", root.id)

    assert [row["f"] for row in rows] == [ann.user_id, ben.user_id]


async def test_what_one_chose_stays_though_one_answers(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    (root,) = await scene.say(ann, room, "root")

    chosen = await scene.threads.attend(ben, root.id, Attention.MUTED)
    await scene.answer(ben, room, root)
    muted = await scene.threads.thread(ben, root.id)
    followed = await scene.threads.attend(ben, root.id, Attention.FOLLOWING)

    assert [t.attention for t in (chosen, muted, followed)] == [
        Attention.MUTED,
        Attention.MUTED,
        Attention.FOLLOWING,
    ]
    assert [(f.user_id, f.attention) for f in scene.told(ThreadAttended)] == [
        (ben.user_id, Attention.MUTED),
        (ben.user_id, Attention.FOLLOWING),
    ]


async def test_a_choice_is_made_once_by_its_key(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")
    await scene.threads.attend(ann, root.id, Attention.MUTED, client_id="k")
    await scene.threads.attend(ann, root.id, Attention.NONE)

    again = await scene.threads.attend(ann, root.id, Attention.MUTED, client_id="k")

    assert again.attention is Attention.NONE
    assert len(scene.told(ThreadAttended)) == 2
    with pytest.raises(Conflict):
        await scene.threads.attend(ann, root.id, Attention.FOLLOWING, client_id="k")


async def test_a_thread_is_nothing_to_strangers(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room = await scene.room(ann)
    (root,) = await scene.say(ann, room, "root")

    for message_id in (root.id, root.id + 99):
        with pytest.raises(MessageNotFound):
            await scene.threads.thread(eve, message_id)
        with pytest.raises(MessageNotFound):
            await scene.threads.attend(eve, message_id, Attention.FOLLOWING)
