"""Mentions: whom a text calls is found where it is stored, and told of exactly once."""

from __future__ import annotations

import asyncio

import pytest

from causerie.conversations import ConversationView
from causerie.foundation.identity import Principal, Seq
from causerie.messages import Audience, MessageEdited, MessagesSent
from causerie.messages.model import Message
from causerie.messages.store import PostgresTallies
from causerie.receipts import Position
from tests.scenes.conversation import ConversationScene

WORDS = [
    ("@mia", {"mia"}),
    ("hello @mia, and @Ben!", {"mia", "ben"}),
    ("(@mia) [@ben] *@cid* _@dan_", {"mia", "ben", "cid", "dan_"}),
    ("@mia @MIA @Mia", {"mia"}),
    ("@a.b-c_1 says", {"a.b-c_1"}),
    ("is it @mia.", {"mia."}),
    ("é@mia ß@ben", None),  # within words
    ("mia@example.org x@y", None),
    ("https://example.org/@mia", None),
    ("@@mia @ mia @é", None),
    ("@" + "x" * 33, None),
    ("`@mia` and ```\n@ben\n@cid\n``` and @dan", {"dan"}),
    ("```@mia``` @ben ```@cid```", {"ben"}),
    ("`not closed @mia", {"mia"}),
    ("~~~\n@ben\n~~~\n@mia\n~~~ py\n@cid\n~~~", {"mia"}),
    ("@mia\n```py\n@ben\n\n@cid", {"mia"}),
    ("```@mia", {"mia"}),
    ("~~~@mia~~~ \\@ben", {"mia"}),
    ("a line\n@mia", {"mia"}),
    ("", None),
]


async def test_names_are_words_behind_an_at_and_not_code(scene: ConversationScene) -> None:
    rows = await scene.fetch(
        "SELECT t.text, messages.words_behind_at(t.text) AS words FROM unnest($1::text[]) t (text)",
        [text for text, _ in WORDS],
    )

    found = {row["text"]: None if row["words"] is None else set(row["words"]) for row in rows}
    assert found == dict(WORDS)


async def test_a_text_of_nothing_but_names_is_read_up_to_a_bound(scene: ConversationScene) -> None:
    text = " ".join(f"@n{n}" for n in range(5000)) + "`" * 4000 + "@x" * 4000
    ((found,),) = await scene.fetch("SELECT messages.words_behind_at($1)", text)

    assert len(found) == 100


async def mentions(scene: ConversationScene, message: Message) -> list[tuple[int, str | None]]:
    """The current mentions on record, as user (0: all) and audience."""
    rows = await scene.fetch(
        "SELECT user_id, audience::text FROM messages.mentions"
        " WHERE message_id = $1 AND withdrawn_at IS NULL ORDER BY user_id",
        message.id,
    )
    return [(row["user_id"], row["audience"]) for row in rows]


async def test_members_who_are_named_are_called_and_nobody_else(
    scene: ConversationScene,
) -> None:
    ann, ben, cid, eve = await scene.people("ann", "ben", "Cid.", "eve")
    room = await scene.room(ann, ben, cid)

    (message,) = await scene.say(ann, room, "@BEN. @cid. @eve @nobody @ann")

    assert message.mentions == (ann.user_id, ben.user_id, cid.user_id)
    assert message.audience is None
    # Who calls is not told of it.
    assert await mentions(scene, message) == [(ben.user_id, None), (cid.user_id, None)]
    assert (await scene.history(ben, room)).items == (message,)
    assert scene.told(MessagesSent)[-1].messages == (message,)
    del eve


async def test_the_longest_name_is_the_one_meant(scene: ConversationScene) -> None:
    ann, mia, dotted = await scene.people("ann", "mia", "mia.")
    room = await scene.room(ann, mia, dotted)

    both, one = await scene.say(ann, room, "@mia. @mia", "@mia..")

    assert both.mentions == (mia.user_id, dotted.user_id)
    assert one.mentions == (mia.user_id,)


async def test_plain_messages_are_on_no_record(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    (plain, at) = await scene.say(ann, room, "ann", "an @ alone")

    assert (plain.mentions, at.mentions) == ((), ())
    assert await scene.fetch("SELECT FROM messages.mentions") == []


@pytest.mark.parametrize(
    ("text", "audience"),
    [("@room", Audience.ROOM), ("@Here!", Audience.HERE), ("@here @room.", Audience.ROOM)],
)
async def test_a_whole_room_is_called_by_one_record(
    scene: ConversationScene, text: str, audience: Audience
) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)

    (message,) = await scene.say(ann, room, f"{text} @ben")

    assert (message.mentions, message.audience) == ((ben.user_id, cid.user_id), audience)
    assert await mentions(scene, message) == [(0, audience.value), (ben.user_id, None)]


async def test_of_a_large_room_only_those_named_stand_on_the_message(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    crowd = await scene.people(*(f"u{n}" for n in range(99)))
    room = await scene.room(ann, ben, *crowd)

    (message,) = await scene.say(ann, room, "@room, and @ben too")

    assert (message.mentions, message.audience) == ((ben.user_id,), Audience.ROOM)


async def test_who_may_not_call_a_room_only_writes_the_word(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    await scene.fetch("UPDATE accounts.users SET role = 'guest' WHERE id = $1", ben.user_id)

    (message,) = await scene.say(ben, room, "@room @ann")

    assert (message.mentions, message.audience) == ((ann.user_id,), None)


async def test_an_edit_calls_anew_and_a_deletion_calls_nobody(scene: ConversationScene) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    (message,) = await scene.say(ann, room, "@ben")

    edited = await scene.service.edit_message(ann, message.id, content="@cid @room")
    on_record = await mentions(scene, message)
    plain = await scene.service.edit_message(ann, message.id, content="nobody")
    on_no_record = await mentions(scene, message)
    await scene.service.edit_message(ann, message.id, content="@ben")
    deleted = await scene.service.delete_message(ann, message.id)

    assert (edited.mentions, edited.audience) == ((ben.user_id, cid.user_id), Audience.ROOM)
    assert scene.told(MessageEdited)[0].message == edited
    assert on_record == [(0, "room"), (cid.user_id, None)]
    assert (plain.mentions, plain.audience, on_no_record) == ((), None, [])
    assert (deleted.mentions, deleted.audience) == ((), None)
    assert await mentions(scene, message) == []


async def take(scene: ConversationScene, limit: int = 100) -> list[tuple[int, int]]:
    rows = await scene.fetch("SELECT * FROM messages.take_mentions($1)", limit)
    return [(row["seq"], row["user_id"]) for row in rows]


async def test_each_mention_is_taken_by_one_notifier_once(scene: ConversationScene) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    await scene.say(ann, room, *["@ben and @cid"] * 30)

    taken = await asyncio.gather(*(take(scene, 25) for _ in range(4)))
    rest = await take(scene)

    all_of_them = [mention for some in (*taken, rest) for mention in some]
    assert sorted(all_of_them) == sorted(
        (seq, who.user_id) for seq in range(1, 31) for who in (ben, cid)
    )
    assert await take(scene) == []


async def test_who_is_named_again_by_an_edit_is_not_told_again(scene: ConversationScene) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    (message,) = await scene.say(ann, room, "@ben")
    assert await take(scene) == [(1, ben.user_id)]

    await scene.service.edit_message(ann, message.id, content="nobody")
    await scene.service.edit_message(ann, message.id, content="@ben @cid")

    assert await take(scene) == [(1, cid.user_id)]
    assert len(await mentions(scene, message)) == 2


async def test_a_mention_that_was_taken_back_in_time_is_told_to_nobody(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    one, two = await scene.say(ann, room, "@ben", "@ben")

    await scene.service.edit_message(ann, one.id, content="nobody")
    await scene.service.delete_message(ann, two.id)

    assert await take(scene) == []


async def test_a_notifier_that_fails_takes_nothing(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    await scene.say(ann, room, "@ben")

    async def enqueue_in_vain() -> None:
        async with scene.database.transaction() as tx:
            assert len(await tx.fetch("SELECT * FROM messages.take_mentions(9)")) == 1
            raise RuntimeError("the job was not enqueued")

    with pytest.raises(RuntimeError):
        await enqueue_in_vain()

    assert await take(scene) == [(1, ben.user_id)]


async def count(
    scene: ConversationScene, who: Principal, room: ConversationView, after: int
) -> int:
    """What is shown; the recount finds the same."""
    tallies = PostgresTallies(scene.database)
    upto = (await scene.view(who, room)).last_seq
    position = Position(who.user_id, room.id, Seq(after), upto)
    shown = await tallies.behind(who.user_id, [position])
    (again,) = await tallies.recount([position])
    mentions = shown[room.id].mentions if room.id in shown else 0
    assert (again.noted, again.mentions) == (mentions, mentions)
    return mentions


async def test_mentions_behind_a_position_are_counted_once_a_message(
    scene: ConversationScene,
) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    messages = await scene.say(ann, room, "@ben", "plain", "@room @ben", "@room")
    await scene.say(ben, room, "@room")

    counts = [await count(scene, who, room, after) for who in (ann, ben) for after in (0, 3)]
    await scene.service.delete_message(ann, messages[2].id)

    assert counts == [1, 1, 3, 1]
    assert await count(scene, ben, room, 0) == 2


async def test_here_counts_for_those_who_were_there_and_nobody_else(
    scene: ConversationScene,
) -> None:
    ann, ben, cid, dan = await scene.people("ann", "ben", "cid", "dan")
    room = await scene.room(ann, ben, cid, dan)
    (message,) = await scene.say(ann, room, "@here @cid")

    await note_here(scene, message, ann, ben, cid)

    assert [await count(scene, who, room, 0) for who in (ann, ben, cid, dan)] == [0, 1, 1, 0]


async def test_who_was_there_is_called_as_long_as_the_word_stands(
    scene: ConversationScene,
) -> None:
    ann, ben, cid = await scene.people("ann", "ben", "cid")
    room = await scene.room(ann, ben, cid)
    (message,) = await scene.say(ann, room, "@here")
    await note_here(scene, message, ben)

    counts = []
    for text in ("@here!", "nobody", "@here again", "@room", "@cid"):
        await scene.service.edit_message(ann, message.id, content=text)
        counts.append([await count(scene, who, room, 0) for who in (ben, cid)])

    assert counts == [[1, 0], [0, 0], [1, 0], [1, 1], [0, 1]]
    await note_here(scene, message, ben)  # too late: it calls nobody any more
    assert await count(scene, ben, room, 0) == 0


async def note_here(scene: ConversationScene, message: Message, *there: Principal) -> None:
    """Say who was there, as a notifier does."""
    users = [who.user_id for who in there]
    await scene.fetch(
        "SELECT messages.note_here($1, $2, $3)", message.conversation_id, message.seq, users
    )


async def test_an_answer_says_in_which_thread_it_calls(scene: ConversationScene) -> None:
    ann, ben = await scene.people("ann", "ben")
    room = await scene.room(ann, ben)
    (root,) = await scene.say(ann, room, "root")

    answer = (await scene.send(ann, room, "@ben", parent=root)).message

    assert (answer.mentions, answer.parent_id) == ((ben.user_id,), root.id)
    ((found,),) = await scene.fetch("SELECT root_id FROM messages.mentions")
    assert found == root.id
