"""What a message said before: for members while it is there, then for moderators."""

from __future__ import annotations

import pytest

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID
from causerie.messages import MessageNotFound
from causerie.messages.errors import EditsHidden
from tests.scenes.conversation import MODERATOR, ConversationScene


async def test_members_read_what_a_message_said_before(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    (message,) = await scene.say(ann, room, "one")
    for content in ("two", "three"):
        message = await scene.service.edit_message(ann, message.id, content=content)

    page = await scene.service.edits(ben, message.id)
    first = await scene.service.edits(ben, message.id, limit=1)
    rest = await scene.service.edits(ben, message.id, after=first.items[-1].rev)

    assert [(e.content, e.rev, e.editor_id, e.editor_name) for e in page.items] == [
        ("one", 1, ann.user_id, "ann"),
        ("two", 2, ann.user_id, "ann"),
    ]
    assert (page.items[-1].edited_at, page.has_more) == (message.edited_at, False)
    assert (first.items, first.has_more) == (page.items[:1], True)
    assert (rest.items, rest.has_more) == (page.items[1:], False)


async def test_a_message_that_was_never_edited_has_no_edits(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "one")

    assert (await scene.service.edits(ann, message.id)).items == ()


async def test_what_a_deleted_message_said_is_for_moderators(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    moderator = await scene.person("mo", MODERATOR)
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "one")
    await scene.service.edit_message(ann, message.id, content="two")
    await scene.service.delete_message(ann, message.id)

    page = await scene.service.edits(moderator, message.id)

    assert [e.content for e in page.items] == ["one", "two"]
    with pytest.raises(EditsHidden):
        await scene.service.edits(ann, message.id)
    # Whatever the service forgot: as a reader there is nothing to see.
    async with scene.database.reading_as(ann.user_id) as connection:
        assert await connection.fetch("SELECT * FROM messages.edits") == []


async def test_strangers_read_no_edits(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "one")
    await scene.service.edit_message(ann, message.id, content="two")

    for message_id in (message.id, message.id + 99):
        with pytest.raises(MessageNotFound):
            await scene.service.edits(eve, message_id)


@pytest.mark.parametrize(
    "bounds", [{"after": -1}, {"after": MAX_ID + 1}, {"limit": 0}, {"limit": 101}]
)
async def test_a_wrong_page_of_edits_is_refused(
    scene: ConversationScene, bounds: dict[str, int]
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "one")

    with pytest.raises(Invalid):
        await scene.service.edits(ann, message.id, **bounds)
