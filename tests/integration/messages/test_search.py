"""Search: by words in any form, by filters, within one's rights, and of what is there now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from causerie.conversations import Address, ConversationView, Kind, NotAMember, Visibility
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import Principal
from causerie.foundation.postgres.database import connect
from causerie.messages import MessageType
from causerie.messages.model import SearchHit, parse_search
from causerie.messages.ports import Asked
from causerie.messages.store import PostgresSearch
from tests.databases import FreshDatabase
from tests.scenes.conversation import ConversationScene, name_of


async def found(
    scene: ConversationScene, reader: Principal, query: str, **options: object
) -> list[SearchHit]:
    return await scene.search.search(reader, query, field="q", **options)  # type: ignore[arg-type] # by name


async def texts(
    scene: ConversationScene, reader: Principal, query: str, **options: object
) -> list[str]:
    """The contents of what is found, the best first."""
    return [hit.message.content for hit in await found(scene, reader, query, **options)]


@pytest.fixture
async def ann(scene: ConversationScene) -> Principal:
    return await scene.person("ann")


@pytest.fixture
async def room(scene: ConversationScene, ann: Principal) -> ConversationView:
    return await scene.room(ann)


# --- words ----------------------------------------------------------------------------------------

FORMS = [
    ("The dogs were running home", "dog run", True),
    ("The dogs were running home", "cats", False),
    ("Les chevaux mangeaient du foin", "cheval manger", True),
    ("Elles ont été déployées hier", "déployer", True),
    ("Elles ont été déployées hier", "DEPLOYEES", True),
    ("Un café très serré", "cafe tres", True),
    ("Un cafe tres serre", "café très", True),
    ("Une œuvre à Noël", "oeuvre noel", True),
    ("e\u0301te\u0301", "été", True),
    ("l\u2019été dernier", "ete", True),
    ("see https://example.com/a/path", "example", True),
    ("see https://example.com/a/path", "example.com", True),
    ("see https://example.com/a/path", "com.example", False),
    ("fixed in foo_bar-baz.py", "foo bar baz", True),
    ("version 2.0.1 is out", "2.0.1", True),
    ("version 2.0.1 is out", "2.1", False),
    ("привет мир", "ПРИВЕТ", True),
    ("日本語 テスト", "日本語", True),
    ("one two", "one two three", False),
    ("one two three", '"two three"', True),
    ("one two three", '"three two"', False),
    ("one two three", '"three one"', False),  # the end is not followed by the beginning
    ("été d\u2019été", '"ete ete"', False),
    ("to be or not to be", '"to be or not"', True),
    ("installing the kernels", '"installed the kernel"', True),
    ("a problem again", "the problem is", True),  # stop words need not be there
    ("what is the time", "the", True),  # unless there is nothing else
    ("le chat noir", "les chats", True),
    ("apples and pears", "apples -pears", False),
    ("apples and plums", "apples -pears", True),
    ("apples then plums", 'apples -"then plums"', False),
    ("plums then apples", 'apples -"then plums"', True),
    ("don't panic", "don't", True),
    ("nothing here", "!!! ???", False),
    ("nothing here", "nothing !!!", True),
]


@pytest.mark.parametrize("is_indexed", [False, True], ids=["tail", "index"])
async def test_words_are_found_in_all_their_forms(
    scene: ConversationScene, ann: Principal, room: ConversationView, *, is_indexed: bool
) -> None:
    said = list(dict.fromkeys(text for text, _, _ in FORMS))
    await scene.say(ann, room, *said)
    if is_indexed:
        await scene.messages.indexer.catch_up()

    wrong = [
        (text, query)
        for text, query, is_found in FORMS
        if (text in await texts(scene, ann, query)) is not is_found
    ]

    assert wrong == []


async def test_a_message_with_more_of_it_comes_before_a_newer_one(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    await scene.say(ann, room, "needle needle needle", "needle in hay with much hay")
    await scene.messages.indexer.catch_up()
    await scene.say(ann, room, "more hay, one needle and hay")

    contents = await texts(scene, ann, "needle")

    assert contents[0] == "needle needle needle"
    assert len(contents) == 3


async def test_of_equal_messages_the_newest_comes_first(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    await scene.say(ann, room, "needle 1", "needle 2")
    await scene.messages.indexer.catch_up()
    await scene.say(ann, room, "needle 3")

    assert await texts(scene, ann, "needle") == ["needle 3", "needle 2", "needle 1"]


async def test_an_old_message_gives_way_to_one_of_today(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    await scene.say(ann, room, "needle old old", "needle needle")
    await scene.fetch(
        "UPDATE messages.messages SET created_at = created_at - interval '1 year' WHERE seq = 2"
    )
    old, new = await scene.say(ann, room, "needle hay", "nothing")
    await scene.messages.indexer.catch_up()

    hits = await found(scene, ann, "needle")

    assert [hit.message.seq for hit in hits].index(old.seq) < 2
    assert new.seq not in [hit.message.seq for hit in hits]


async def test_what_was_found_is_marked_whatever_its_form(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    await scene.say(ann, room, "<b>Les chevaux</b> & CAFÉS dog's")

    (hit,) = await found(scene, ann, 'cheval cafe "dogs"')

    assert hit.snippet == (
        "&lt;b&gt;Les <mark>chevaux</mark>&lt;/b&gt; &amp; <mark>CAFÉS</mark> "
        "<mark>dog</mark>&#x27;s"
    )


# --- filters --------------------------------------------------------------------------------------


async def test_filters_say_from_whom_where_and_with_what(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    bob = await scene.person("Bob")
    await scene.conversations.service.join(bob, room.address)
    other = await scene.room(ann, bob, name="Other")
    chat, _ = await scene.conversations.service.open_direct(ann, bob.user_id)
    await scene.say(ann, room, "word of ann", "word http://example.com")
    await scene.say(bob, room, "word of bob")
    await scene.say(bob, other, "word elsewhere")
    await scene.send(ann, chat, "word in private")
    await scene.send(ann, room, "word file", message_type=MessageType.FILE)

    expected = {
        "word from:bob": {"word of bob", "word elsewhere"},
        "from:@BOB in:general": {"word of bob"},
        "word from:me in:general has:link": {"word http://example.com"},
        "word -from:me": {"word of bob", "word elsewhere"},
        "word in:OTHER": {"word elsewhere"},
        "word in:#other in:@bob": {"word elsewhere", "word in private"},
        f"word in:{name_of(chat)}": {"word in private"},
        "word -in:general": {"word elsewhere", "word in private"},
        "has:file": {"word file"},
        "word -has:file in:general -has:link": {"word of ann", "word of bob"},
        "has:link": {"word http://example.com"},
        "word from:nobody": set(),
        "word in:nowhere": set(),
        "word in:room_999": set(),
        "word from:bob from:ann in:other": {"word elsewhere"},
        "word -from:nobody in:other": {"word elsewhere"},
    }
    for _ in ("tail", "index"):
        for query, contents in expected.items():
            assert set(await texts(scene, ann, query)) == contents, query
        await scene.messages.indexer.catch_up()


async def test_reactions_and_pins_are_found_while_they_last(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    first, second, _ = await scene.say(ann, room, "one", "two", "three")
    await scene.messages.indexer.catch_up()

    await scene.messages.reactions.react(ann, first.id, "👍", is_adding=True, client_id=None)
    await scene.messages.pins.pin(ann, second.id, is_pinned=True, client_id=None)
    assert await texts(scene, ann, "has:reaction") == ["one"]
    assert await texts(scene, ann, "has:pin") == ["two"]

    await scene.messages.reactions.react(ann, first.id, "👍", is_adding=False, client_id=None)
    await scene.messages.pins.pin(ann, second.id, is_pinned=False, client_id=None)
    assert await texts(scene, ann, "has:reaction") == []
    assert await texts(scene, ann, "has:pin") == []


@pytest.mark.parametrize("is_indexed", [False, True], ids=["tail", "index"])
async def test_dates_bound_what_is_found_without_their_ends(
    scene: ConversationScene, ann: Principal, room: ConversationView, *, is_indexed: bool
) -> None:
    await scene.say(ann, room, *(f"word {n}" for n in range(5)))
    await scene.fetch(
        "UPDATE messages.messages"
        " SET created_at = timestamptz '2026-03-01T12:00:00Z' + seq * interval '1 day'"
    )
    if is_indexed:
        await scene.messages.indexer.catch_up()

    for query, before, days in (
        ("word after:2026-03-03", None, {4, 5, 6}),
        ("word before:2026-03-04", None, {2, 3}),
        ("word after:2026-03-02 before:2026-03-05", None, {3, 4}),
        ("word", "2026-03-03T12:00:00Z", {2}),
        ("word", "2026-03-03T12:00:00.001Z", {2, 3}),
        ("word before:2026-03-05", "2026-03-04", {2, 3}),
        ("word after:2099-01-01", None, set()),
        ("word before:1999-01-01", None, set()),
    ):
        hits = await found(scene, ann, query, before=before)
        assert {hit.message.created_at.day for hit in hits} == days, (query, before)


async def test_paging_by_before_meets_every_match_once(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    await scene.say(ann, room, *(f"needle {n}" for n in range(7)))
    await scene.fetch(
        "UPDATE messages.messages SET created_at = now() - (7 - seq) * interval '1 s'"
    )
    await scene.messages.indexer.catch_up()

    met: list[str] = []
    before: dict[str, str] = {}
    while hits := await found(scene, ann, "needle", limit=3, **before):
        met += [hit.message.content for hit in hits]
        oldest = min(hit.message.created_at for hit in hits)
        before = {"before": oldest.isoformat().replace("+00:00", "Z")}

    assert met == [f"needle {n}" for n in reversed(range(7))]


# --- rights ---------------------------------------------------------------------------------------


async def test_only_members_find_what_was_said(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    bob, eve = await scene.people("bob", "eve")
    hidden = await scene.room(ann, bob, name="hidden", visibility=Visibility.PRIVATE)
    await scene.say(ann, room, "secret in public")
    await scene.say(ann, hidden, "secret in private")

    for _ in ("tail", "index"):
        assert len(await texts(scene, ann, "secret")) == 2
        assert await texts(scene, bob, "secret") == ["secret in private"]
        assert await texts(scene, eve, "secret") == []
        assert await texts(scene, eve, "secret in:hidden") == []
        assert await texts(scene, eve, f"secret in:{name_of(hidden)} in:general") == []
        await scene.messages.indexer.catch_up()
    with pytest.raises(NotAMember):
        await found(scene, eve, "secret", conversation=name_of(room))
    with pytest.raises(NotFound):
        await found(scene, eve, "secret", conversation=name_of(hidden))


async def test_who_left_or_was_put_out_finds_nothing_more(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    bob, eve = await scene.people("bob", "eve")
    for who in (bob, eve):
        await scene.conversations.service.join(who, room.address)
    await scene.say(ann, room, "secret")
    await scene.messages.indexer.catch_up()
    before = [await texts(scene, who, "secret") for who in (bob, eve)]

    await scene.conversations.service.leave(bob, room.address)
    await scene.conversations.service.remove_member(ann, room.address, eve.user_id)

    assert before == [["secret"], ["secret"]]
    assert [await texts(scene, who, "secret") for who in (bob, eve)] == [[], []]


async def test_a_conversation_of_another_kind_is_not_there(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    with pytest.raises(NotFound):
        await found(scene, ann, "x", conversation=name_of(Address(Kind.DIRECT, room.id)))


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_wrong_limit_is_invalid(
    scene: ConversationScene, ann: Principal, limit: int
) -> None:
    with pytest.raises(Invalid, match="limit"):
        await found(scene, ann, "x", limit=limit)


# --- what is there now ----------------------------------------------------------------------------


async def test_edits_and_deletions_are_seen_at_once(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    first, second, third = await scene.say(ann, room, "apple one", "apple two", "apple three")
    await scene.messages.indexer.catch_up()
    (fourth,) = await scene.say(ann, room, "apple four")

    await scene.service.edit_message(ann, first.id, content="pear one")
    await scene.service.delete_message(ann, second.id)
    await scene.service.edit_message(ann, fourth.id, content="pear four")

    assert await texts(scene, ann, "apples") == [third.content]
    assert set(await texts(scene, ann, "pears")) == {"pear one", "pear four"}
    assert await texts(scene, ann, "two") == []


async def test_what_was_acknowledged_is_found_at_once(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    for n in range(5):
        await scene.send(ann, room, f"needle{n}")
        assert await texts(scene, ann, f"needle{n}") == [f"needle{n}"]
        if n % 2:
            await scene.messages.indexer.catch_up()


async def test_while_it_is_indexed_nothing_is_missed_and_nothing_comes_twice(
    scene: ConversationScene, ann: Principal, room: ConversationView
) -> None:
    await scene.say(ann, room, *(f"needle {n}" for n in range(30)))
    indexing = asyncio.create_task(scene.messages.indexer.catch_up())

    seen = []
    while not indexing.done():
        seen.append(sorted(hit.message.seq for hit in await found(scene, ann, "needle")))

    assert await indexing == 30
    assert seen
    assert {tuple(seqs) for seqs in seen} == {tuple(range(1, 31))}


# --- plans and bounds -----------------------------------------------------------------------------


def asked(query: str) -> Asked:
    return Asked(parse_search(query, field="q"), (), (), None, ())


async def fill(
    scene: ConversationScene, rooms: Sequence[ConversationView], count: int, *, apart: int = 1
) -> None:
    """Say a word in all rooms by turns, past the writer, and a rarer one now and then.

    Their ids are so far apart, as if others had said as much in between.
    """
    await scene.fetch(
        "INSERT INTO messages.messages"
        " (conversation_id, seq, id, sender_id, message_type, content, created_at)"
        " SELECT ($1::bigint[])[1 + n % cardinality($1)], 1 + n / cardinality($1), 1 + n * $3, 1, 'text',"
        " CASE WHEN n % 100 = 0 THEN 'common rare' ELSE 'common word' END,"
        " now() - ($2 - n) * interval '1 minute' FROM generate_series(0, $2::int - 1) n",
        [room.id for room in rooms],
        count,
        apart,
    )
    await scene.fetch(
        "SELECT max(nextval('messages.ids')) FROM generate_series(1, $1::int)", count * apart
    )
    await scene.fetch(
        "INSERT INTO messages.locator SELECT id, conversation_id, seq FROM messages.messages"
    )
    await scene.fetch(
        "UPDATE conversations.conversations c SET last_seq ="
        " (SELECT coalesce(max(seq), 0) FROM messages.messages m WHERE m.conversation_id = c.id)"
    )
    await scene.messages.indexer.catch_up()


async def test_the_index_is_walked_in_bounded_steps_from_the_newest(
    scene: ConversationScene, ann: Principal
) -> None:
    rooms = [await scene.room(ann, name=f"room{n}") for n in range(6)]
    await fill(scene, rooms, 5000)
    store = PostgresSearch(scene.database, scene.store, max_candidates=60, max_scanned=0)
    timid = PostgresSearch(
        scene.database, scene.store, max_candidates=60, max_scanned=0, max_fetched=100
    )
    # Its second step is its last one, and lies over a part of the first.
    stepping = PostgresSearch(
        scene.database, scene.store, max_candidates=60, max_scanned=0, max_fetched=50
    )
    reading = PostgresSearch(scene.database, scene.store, max_candidates=5000)

    common = await store.find(asked("common"), viewer=ann.user_id, limit=60)
    rare = await store.find(asked("rare"), viewer=ann.user_id, limit=60)
    phrase = await store.find(asked('"common rare"'), viewer=ann.user_id, limit=60)
    none = await store.find(asked("neither"), viewer=ann.user_id, limit=60)
    few = await timid.find(asked('"rare common"'), viewer=ann.user_id, limit=60)
    stepped = await stepping.find(asked("rare"), viewer=ann.user_id, limit=60)
    all_of_it = await reading.find(asked("rare"), viewer=ann.user_id, limit=1000)

    assert {message.id for message in common} == set(range(4941, 5001))
    assert {message.id for message in rare} == set(range(1, 5001, 100))
    assert {message.id for message in phrase} == {message.id for message in rare}
    assert (list(none), list(few)) == ([], [])
    assert sorted(message.id for message in stepped) == list(range(1, 5001, 100))
    assert len(all_of_it) == 50


async def test_hardly_more_is_read_than_what_is_kept(
    scene: ConversationScene, ann: Principal, fresh_database: FreshDatabase
) -> None:
    rooms = [await scene.room(ann, name=f"room{n}") for n in range(6)]
    await fill(scene, rooms, 2000, apart=200)
    connection = await connect(fresh_database.owner_dsn)
    await connection.execute(f"SET causerie.actor = '{ann.user_id}'")
    fetched = "SELECT sum(pg_stat_get_tuples_fetched(oid))::int FROM pg_class WHERE relname ~ '^search_.$'"

    read = []
    for question in ("'{common}', '{}'", "'{}', '{common word}'"):
        await connection.execute("SELECT pg_stat_force_next_flush()")
        before = await connection.fetchval(fetched)
        rows = await connection.fetch(
            f"SELECT * FROM messages.find({question}, '{{}}', '{{}}', NULL, NULL, NULL,"
            " 60, 60, 60, 0, 10000)"
        )
        await connection.execute("SELECT pg_stat_force_next_flush()")
        read.append((len(rows), await connection.fetchval(fetched) - before))
    await connection.close()

    for rows_found, rows_read in read:
        assert rows_found == 60
        assert rows_read < 400, "of 2,000 that match, all were read to keep 60"


async def test_few_messages_among_many_of_others_are_read_through(
    scene: ConversationScene, ann: Principal
) -> None:
    bob = await scene.person("bob")
    rooms = [await scene.room(ann, name=f"room{n}") for n in range(10)]
    own = [await scene.room(bob, name=f"own{n}") for n in range(5)]
    await fill(scene, rooms, 4000)
    for room in own:
        await scene.say(bob, room, "common or rare")
    await scene.messages.indexer.catch_up()
    await scene.say(ann, rooms[0], *["common"] * 5)

    hits = await found(scene, bob, "common")

    assert {hit.message.conversation_id for hit in hits} == {room.id for room in own}


async def test_a_search_goes_by_the_gin_index(
    scene: ConversationScene, ann: Principal, fresh_database: FreshDatabase
) -> None:
    rooms = [await scene.room(ann, name=f"room{n}") for n in range(6)]
    await fill(scene, rooms, 3000)
    connection = await connect(fresh_database.owner_dsn)
    await connection.execute(f"SET causerie.actor = '{ann.user_id}'")
    counted = (
        "SELECT c.relname LIKE '%vector%' AS is_gin, sum(pg_stat_get_numscans(c.oid))::int AS scans"
        " FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid"
        " WHERE t.relname LIKE 'search\\__' GROUP BY 1"
    )
    read = (
        "SELECT sum(pg_stat_get_numscans(oid))::int FROM pg_class"
        " WHERE relname IN ('messages', 'search_0', 'search_1', 'search_2', 'search_3')"
    )
    await connection.execute("SELECT pg_stat_force_next_flush()")
    before = {row["is_gin"]: row["scans"] for row in await connection.fetch(counted)}
    whole_before = await connection.fetchval(read)
    await connection.fetch(
        "SELECT * FROM messages.find('{rare}', '{}', '{}', '{}', NULL, NULL, NULL, 50, 100, 100, 0, 1000)"
    )
    await connection.execute("SELECT pg_stat_force_next_flush()")
    after = {row["is_gin"]: row["scans"] for row in await connection.fetch(counted)}
    whole_after = await connection.fetchval(read)
    await connection.close()

    assert after[True] > before[True]
    assert whole_after == whole_before, "a table was read as a whole"
