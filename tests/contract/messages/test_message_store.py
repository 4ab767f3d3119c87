"""The exam of ``MessageStore``: what every place that keeps messages must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from causerie.conversations import ConversationView, MemberRole
from causerie.foundation.errors import Conflict
from causerie.foundation.identity import (
    MAX_ID,
    ConversationId,
    MessageId,
    Principal,
    Rev,
    Seq,
    UserId,
)
from causerie.messages import MessageDeleted, MessageEdited
from causerie.messages.errors import MessageDeleted as AlreadyDeleted
from causerie.messages.model import Message, Reaction
from causerie.messages.ports import Changed, Found, MessageStore
from tests.databases import FreshDatabase
from tests.scenes.conversation import ConversationScene, open_conversation_scene


class Exam(NamedTuple):
    """A store with three messages of Ann's in a room that Ben is in, too."""

    store: MessageStore
    ann: Principal
    ben: Principal
    room: ConversationView
    messages: list[Message]

    async def found(self, number: int = 0) -> Found:
        found = await self.store.find(self.messages[number].id, viewer=self.ann.user_id)
        assert found is not None
        return found


@pytest.fixture
async def scene(fresh_database: FreshDatabase) -> AsyncIterator[ConversationScene]:
    async with open_conversation_scene(fresh_database.app_dsn) as opened:
        yield opened


@pytest.fixture(params=["postgres"])
async def exam(scene: ConversationScene) -> Exam:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    messages = await scene.say(ann, room, "one", "two", "three")
    return Exam(scene.store, ann, ben, room, messages)


async def test_a_page_is_next_to_its_bound(exam: Exam) -> None:
    ben = exam.ben.user_id
    newest = await exam.store.page(exam.room.id, viewer=ben, before=None, after=None, limit=2)
    older = await exam.store.page(exam.room.id, viewer=ben, before=3, after=None, limit=5)
    newer = await exam.store.page(exam.room.id, viewer=ben, before=None, after=1, limit=1)

    assert (list(newest.items), newest.has_more) == (exam.messages[1:], True)
    assert (list(older.items), older.has_more) == (exam.messages[:2], False)
    assert (list(newer.items), newer.has_more) == (exam.messages[1:2], True)


async def test_what_is_not_there_is_an_empty_page(exam: Exam) -> None:
    nowhere = ConversationId(MAX_ID)
    page = await exam.store.page(nowhere, viewer=exam.ben.user_id, before=None, after=None, limit=2)

    assert (page.items, page.has_more) == ((), False)


async def test_a_stranger_gets_an_empty_page_though_nobody_asked_whether_they_may(
    exam: Exam,
) -> None:
    stranger = UserId(exam.ben.user_id + 1)
    page = await exam.store.page(exam.room.id, viewer=stranger, before=None, after=None, limit=2)

    assert (page.items, page.has_more) == ((), False)


async def test_a_stretch_is_exclusive_below_and_inclusive_above(exam: Exam) -> None:
    between = exam.store.messages_between

    assert list(await between(exam.room.id, after=1, upto=2, limit=9)) == exam.messages[1:2]
    assert list(await between(exam.room.id, after=0, upto=9, limit=2)) == exam.messages[:2]
    assert list(await between(exam.room.id, after=3, upto=3, limit=9)) == []


async def test_a_message_is_found_with_the_viewers_place(exam: Exam) -> None:
    message = exam.messages[0]

    for viewer, role in ((exam.ann, MemberRole.OWNER), (exam.ben, MemberRole.MEMBER)):
        found = await exam.store.find(message.id, viewer=viewer.user_id)
        assert found == Found(message, role, is_archived=False)
    assert await exam.store.find(MessageId(MAX_ID), viewer=exam.ann.user_id) is None


async def test_messages_by_their_ids(exam: Exam) -> None:
    ids = [exam.messages[2].id, exam.messages[0].id, MAX_ID]

    found = await exam.store.by_ids(ids)

    assert found == {m.id: m for m in (exam.messages[0], exam.messages[2])}
    assert await exam.store.by_ids([]) == {}


async def test_a_thread_is_a_page_of_its_own_and_has_counts(
    scene: ConversationScene, exam: Exam
) -> None:
    root = exam.messages[0]
    answers = [await scene.answer(who, exam.room, root) for who in (exam.ben, exam.ann)]

    page = await exam.store.page(
        exam.room.id,
        viewer=exam.ben.user_id,
        before=None,
        after=answers[0].seq,
        limit=9,
        root=root.id,
    )
    (thread,) = await exam.store.threads_now([root.id, exam.messages[1].id])

    assert page.items == (answers[1],)
    assert (thread.message_id, thread.reply_count, thread.rev, thread.after_seq) == (
        root.id,
        2,
        2,
        answers[1].seq,
    )


async def test_edits_are_the_texts_of_before(exam: Exam) -> None:
    found, editor = await exam.found(), exam.ann.user_id
    await exam.store.edit(found, editor=editor, content="x", key=None, fingerprint=b"")

    ids = (exam.ben.user_id, None, UserId(exam.ben.user_id + 1))
    pages = [
        await exam.store.edits(found.message.id, viewer=viewer, after=0, limit=9) for viewer in ids
    ]

    assert [[e.content for e in page.items] for page in pages] == [["one"], ["one"], []]


async def test_a_viewer_sees_which_reactions_are_theirs(
    scene: ConversationScene, exam: Exam
) -> None:
    await scene.fetch(
        "INSERT INTO messages.reactions (conversation_id, seq, user_id, emoji)"
        " VALUES ($1, 1, $2, '🚀')",
        exam.room.id,
        exam.ben.user_id,
    )
    await scene.fetch(
        'UPDATE messages.messages SET reactions = \'[{"emoji": "🚀", "count": 1}]\''
        " WHERE conversation_id = $1 AND seq = 1",
        exam.room.id,
    )

    for_all = (await exam.found()).message
    seen = await exam.store.as_seen((for_all,) * 2, (exam.ann.user_id, exam.ben.user_id))
    page = await exam.store.page(
        exam.room.id, viewer=exam.ben.user_id, before=2, after=None, limit=1
    )

    assert for_all.reactions == (Reaction("🚀", 1),)
    assert [m.reactions[0].me for m in (*seen, *page.items)] == [False, True, True]


async def test_a_tombstone_has_no_reactions_no_mentions_and_no_pin(
    scene: ConversationScene, exam: Exam
) -> None:
    await scene.fetch(
        "UPDATE messages.messages"
        " SET reactions = '[]', mentions = '{7}', pinned_at = now(), pinned_by = 1"
    )

    deleted = await exam.store.delete(
        await exam.found(), editor=exam.ann.user_id, key=None, fingerprint=b""
    )

    tombstone = deleted.message
    assert (tombstone.reactions, tombstone.mentions, tombstone.pinned) == ((), (), False)


async def test_an_edit_is_an_event_and_by_its_key_once(exam: Exam) -> None:
    found, editor = await exam.found(), exam.ann.user_id

    first = await exam.store.edit(found, editor=editor, content="x", key="k", fingerprint=b"1")
    again = await exam.store.edit(found, editor=editor, content="x", key="k", fingerprint=b"1")

    assert first.facts == (MessageEdited(first.message, Rev(1), Seq(3), editor),)
    assert first.message.content == "x"
    assert again == Changed(first.message)
    with pytest.raises(Conflict):
        await exam.store.edit(found, editor=editor, content="y", key="k", fingerprint=b"2")


async def test_a_deletion_is_an_event_once_whatever_the_key(exam: Exam) -> None:
    found, editor = await exam.found(), exam.ann.user_id

    first = await exam.store.delete(found, editor=editor, key="k", fingerprint=b"1")
    others = [
        await exam.store.delete(found, editor=editor, key=key, fingerprint=b"1")
        for key in ("k", "j", None)
    ]

    assert first.facts == (MessageDeleted(first.message, Rev(1), Seq(3), editor),)
    assert (first.message.content, first.message.deleted) == ("", True)
    assert others == [Changed(first.message)] * 3


async def test_a_deleted_message_is_not_edited_and_the_key_stays_free(exam: Exam) -> None:
    found, editor = await exam.found(), exam.ann.user_id
    await exam.store.delete(found, editor=editor, key=None, fingerprint=b"")

    with pytest.raises(AlreadyDeleted):
        await exam.store.edit(found, editor=editor, content="x", key="k", fingerprint=b"1")
    other = await exam.store.edit(
        await exam.found(1), editor=editor, content="x", key="k", fingerprint=b"2"
    )
    assert other.facts == (MessageEdited(other.message, Rev(2), Seq(3), editor),)


async def test_a_key_is_known_once_something_was_written_under_it(exam: Exam) -> None:
    found = await exam.found()
    before = await exam.store.knows_key(exam.ann.user_id, "k")
    await exam.store.edit(
        found, editor=exam.ann.user_id, content="new", key="k", fingerprint=b"new"
    )

    assert not before
    assert await exam.store.knows_key(exam.ann.user_id, "k")
    assert not await exam.store.knows_key(exam.ben.user_id, "k")
