"""The index of words follows behind the messages, by several nodes at once, and over crashes."""

from __future__ import annotations

import asyncio

from causerie.conversations import ConversationView
from causerie.foundation.identity import ConversationId
from causerie.foundation.postgres.database import connect
from causerie.messages.store import PostgresSearchIndex
from tests.databases import FreshDatabase
from tests.scenes.conversation import ConversationScene

INDEXED = "SELECT seq FROM messages.search WHERE conversation_id = $1 ORDER BY seq"
HAS_WORD = (
    "SELECT seq FROM messages.search WHERE conversation_id = $1"
    " AND vector @@ messages.term_query($2) ORDER BY seq"
)


async def indexed(scene: ConversationScene, room: ConversationView) -> list[int]:
    return [row["seq"] for row in await scene.fetch(INDEXED, room.id)]


async def with_word(scene: ConversationScene, room: ConversationView, word: str) -> list[int]:
    return [row["seq"] for row in await scene.fetch(HAS_WORD, room.id, word)]


async def test_what_was_sent_is_indexed_once(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room, other = await scene.room(ann), await scene.room(ann, name="other")
    await scene.say(ann, room, "one", "two", "three")
    await scene.say(ann, other, "four")

    first = await scene.messages.indexer.catch_up()
    again = await scene.messages.indexer.catch_up()

    assert (first, again) == (4, 0)
    assert (await indexed(scene, room), await indexed(scene, other)) == ([1, 2, 3], [1])


async def test_a_worker_indexes_what_comes(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, "before the start")
    working = asyncio.create_task(scene.messages.indexer.run())
    try:
        await scene.say(ann, room, "afterwards")
        async with asyncio.timeout(60):
            while await indexed(scene, room) != [1, 2]:
                await asyncio.sleep(0.05)  # it is another task's work that is waited for
    finally:
        working.cancel()
        await asyncio.wait({working})

    assert await scene.messages.indexer.catch_up() == 0


async def test_two_nodes_share_the_work(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann = await scene.person("ann")
    rooms = [await scene.room(ann, name=f"room{n}") for n in range(6)]
    for room in rooms:
        await scene.say(ann, room, *map(str, range(20)))

    counts = await asyncio.gather(
        scene.messages.indexer.catch_up(), other_node.messages.indexer.catch_up()
    )

    assert sum(counts) == 120
    for room in rooms:
        assert await indexed(scene, room) == list(range(1, 21))


async def test_what_ended_between_two_chunks_goes_on_where_it_was(
    scene: ConversationScene, other_node: ConversationScene
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, *map(str, range(10)))

    some = await PostgresSearchIndex(scene.database).index_some([room.id], limit=4)
    rest = await other_node.messages.indexer.catch_up()

    assert some == (4, [room.id])
    assert rest == 6
    assert await indexed(scene, room) == list(range(1, 11))


async def test_a_chunk_that_is_cut_off_leaves_nothing_behind(
    scene: ConversationScene, fresh_database: FreshDatabase
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, "one")
    await scene.messages.indexer.catch_up()
    await scene.say(ann, room, "two", "three")
    killed = await connect(fresh_database.app_dsn)
    await killed.execute("BEGIN")
    await killed.fetch("SELECT * FROM messages.index_some($1, 100)", [room.id])

    elsewhere = await PostgresSearchIndex(scene.database).index_some([room.id], limit=100)
    await scene.fetch("SELECT pg_terminate_backend($1, 5000)", killed.get_server_pid())
    await killed.close()
    while await scene.messages.indexer.catch_up() == 0:
        await asyncio.sleep(0.01)  # until PostgreSQL has seen that the session is gone

    assert elsewhere == (0, [room.id]), "it was taken"
    assert await indexed(scene, room) == [1, 2, 3]


async def test_a_conversation_that_does_not_exist_harms_nothing(scene: ConversationScene) -> None:
    index = PostgresSearchIndex(scene.database)

    assert await index.index_some([ConversationId(4711)], limit=10) == (0, [])
    assert await index.index_some([], limit=10) == (0, [])


async def test_an_edit_changes_the_index_with_the_message(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "apples")
    await scene.messages.indexer.catch_up()

    await scene.service.edit_message(ann, message.id, content="oranges")

    assert await with_word(scene, room, "apples") == []
    assert await with_word(scene, room, "orange") == [1]


async def test_a_deletion_takes_the_message_out_of_the_index(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    first, second = await scene.say(ann, room, "apples", "oranges")
    await scene.messages.indexer.catch_up()

    await scene.service.delete_message(ann, first.id)

    assert await indexed(scene, room) == [2]
    assert second.seq == 2


async def test_what_changes_before_it_is_indexed_is_indexed_as_it_is_then(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    first, second, _ = await scene.say(ann, room, "apples", "pears", "plums")
    await scene.service.edit_message(ann, first.id, content="oranges")
    await scene.service.delete_message(ann, second.id)

    await scene.messages.indexer.catch_up()

    assert await with_word(scene, room, "oranges") == [1]
    assert await indexed(scene, room) == [1, 3]


async def test_an_edit_waits_for_who_indexes_the_old_text_and_mends_it(
    scene: ConversationScene, fresh_database: FreshDatabase
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    (message,) = await scene.say(ann, room, "apples")
    indexing = await connect(fresh_database.app_dsn)
    await indexing.execute("BEGIN")
    await indexing.fetch("SELECT * FROM messages.index_some($1, 100)", [room.id])

    editing = asyncio.create_task(scene.service.edit_message(ann, message.id, content="oranges"))
    while not await scene.fetch("SELECT FROM pg_locks WHERE NOT granted"):
        await asyncio.sleep(0.01)  # until the edit waits in PostgreSQL
    await indexing.execute("COMMIT")
    await editing
    await indexing.close()

    assert await with_word(scene, room, "apples") == []
    assert await with_word(scene, room, "oranges") == [1]


async def test_what_is_being_edited_is_left_for_the_next_round(
    scene: ConversationScene, fresh_database: FreshDatabase
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, "pears")
    await scene.messages.indexer.catch_up()
    await scene.say(ann, room, "apples")
    editing = await connect(fresh_database.app_dsn)
    await editing.execute("BEGIN")
    await editing.execute(
        "UPDATE messages.messages SET content = 'oranges' WHERE conversation_id = $1", room.id
    )

    meanwhile = await PostgresSearchIndex(scene.database).index_some([room.id], limit=100)
    await editing.execute("COMMIT")
    await editing.close()
    await scene.messages.indexer.catch_up()

    assert meanwhile == (0, [room.id])
    assert await with_word(scene, room, "apples") == []
    assert await with_word(scene, room, "oranges") == [1, 2]


async def test_a_text_at_the_end_of_what_can_be_stored_is_indexed(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    hostile = [
        "x" * 60_000,  # one word, longer than the index takes
        " ".join(f"w{n}é" for n in range(30_000)),
        "\u00bd\u0301" * 20_000,  # grows when it is folded
        "'quoted' \\ <b>&amp; #c1 '#u5' :*& | !",
        "🚀" * 1000,
    ]
    await scene.fetch(
        "INSERT INTO messages.messages"
        " (conversation_id, seq, id, sender_id, message_type, content, created_at)"
        " SELECT $1, n, n, $2, 'text', c, now() FROM unnest($3::text[]) WITH ORDINALITY t (c, n)",
        room.id,
        ann.user_id,
        hostile,
    )
    await scene.fetch(
        "UPDATE conversations.conversations SET last_seq = $2 WHERE id = $1", room.id, len(hostile)
    )

    assert await scene.messages.indexer.catch_up() == len(hostile)
    assert await indexed(scene, room) == [1, 2, 3, 4, 5]
    assert await with_word(scene, room, "w7é") == [2]


async def test_sends_pay_nothing_for_the_index(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    await scene.say(ann, room, "hello")

    assert (
        await scene.fetch("SELECT FROM messages.search UNION ALL SELECT FROM messages.indexed")
        == []
    )
