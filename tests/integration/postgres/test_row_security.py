"""Table by table: a statement that forgot its conditions sees nothing that its user may not see."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Connection, Database, DriverError, migrate
from causerie.foundation.postgres.database import connect
from tests.databases import FreshDatabase, PostgresForTests
from tests.seeds import migration_sources

# No users' content, and no reader has any right to them. A new table stands here with its reason, or
# its migration says: SELECT foundation.protect('schema.table', 'what a user may see of it').
UNPROTECTED = {
    "foundation.migrations": "the ledger of files that were applied",
    "accounts.founding": "one row: that there is an admin",
    "accounts.roles": "names of roles",
    "accounts.role_permissions": "what roles may do",
    "accounts.signing_keys": "the server's own, sealed",
    "accounts.data_keys": "the server's own, sealed",
    "audit.checkpoints": "hashes and signatures",
    "audit.archives": "hashes and signatures",
    "limits.rules": "settings",
    "limits.revision": "a counter",
    "messages.writers": "numbers of batches",
    "moderation.ladder": "settings",
    "moderation.breaches": "settings",
    "moderation.decay": "settings",
    "moderation.room_filters": "settings",
    "moderation.learnt": "weights of words, by number",
}
SECRETS = {"password_hash", "email", "email_sealed", "email_index", "tokens_valid_from"}
TABLES = """
    SELECT format('%s.%s', n.nspname, c.relname) AS name, c.relrowsecurity AS is_enabled,
        c.relforcerowsecurity AS is_forced,
        (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
        has_any_column_privilege('causerie_reader', c.oid, 'SELECT') AS is_readable,
        has_any_column_privilege('causerie_reader', c.oid, 'INSERT, UPDATE')
            OR has_table_privilege('causerie_reader', c.oid, 'DELETE, TRUNCATE') AS is_writable,
        ARRAY(
            SELECT a.attname::text FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND has_column_privilege('causerie_reader', c.oid, a.attnum, 'SELECT')
        ) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema|public$)'
"""


# What else Ann has, of each table that a reader may select from; $1 is she.
BESIDE = (
    "INSERT INTO presence.people (user_id, chosen) VALUES ($1, 'away')",
    "INSERT INTO receipts.preferences VALUES ($1, 'theme', '{}', now())",
    (
        "INSERT INTO receipts.drafts (user_id, conversation_id, root_id, kind, content, written_at)"
        " SELECT $1, id, 0, kind, 'not said yet', now() FROM conversations.conversations"
    ),
    (
        "INSERT INTO notifications.levels (user_id, conversation_id, level)"
        " SELECT $1, id, 'none' FROM conversations.conversations"
    ),
    (
        "INSERT INTO notifications.notices (user_id, kind, conversation_id, words, created_at)"
        " SELECT $1, 'mention', id, 'for her alone', now() FROM conversations.conversations"
    ),
    "INSERT INTO phoenix.delivered SELECT $1, id, 1 FROM conversations.conversations",
    "INSERT INTO moderation.reputations VALUES ($1, 50, '{}', now())",
    (
        "INSERT INTO files.files (uploader_id, name, media_type, size_bytes, sha256, storage_key, state,"
        " conversation_id, message_id, place)"
        " SELECT $1, 'a.txt', 'text/plain', 1, sha256('x'), 'key-' || id, 'clean', id, id, 1"
        " FROM conversations.conversations"
    ),
    (
        "INSERT INTO files.files (uploader_id, name, media_type, size_bytes, sha256, storage_key, state)"
        " VALUES ($1, 'b.txt', 'text/plain', 1, sha256('x'), 'not sent yet', 'clean')"
    ),
)


class World(NamedTuple):
    """Ann and Bob have a room, a direct chat and a public room; Eve is in none, Ann is logged in."""

    database: Database
    owner: Connection
    ann: UserId
    bob: UserId
    eve: UserId

    async def seen(self, actor: UserId, query: str, *args: object) -> list[tuple[object, ...]]:
        async with self.database.reading_as(actor) as connection:
            return [tuple(row) for row in await connection.fetch(query, *args)]

    async def readable(self) -> dict[str, str]:
        """The tables that a reader may select from, each with those of its columns."""
        return {
            row["name"]: ", ".join(row["columns"])
            for row in await self.owner.fetch(TABLES)
            if row["is_readable"]
        }


@pytest.fixture
async def world(database: Database, fresh_database: FreshDatabase) -> AsyncIterator[World]:
    owner = await connect(fresh_database.owner_dsn)
    people = await owner.fetch(
        "INSERT INTO accounts.users (username, display_name, password_hash)"
        " SELECT n, n, 'secret' FROM unnest(ARRAY['ann', 'bob', 'eve']) n RETURNING id"
    )
    ann, bob, eve = (UserId(row["id"]) for row in people)
    rooms = await owner.fetch(
        "INSERT INTO conversations.conversations"
        " (kind, visibility, name, creator_id, low_user_id, high_user_id)"
        " VALUES ('room', 'private', 'hidden', $1, NULL, NULL),"
        " ('direct', 'private', NULL, $1, $1, $2), ('room', 'public', 'open', $1, NULL, NULL)"
        " RETURNING id",
        ann,
        bob,
    )
    for number, (room,) in enumerate(rooms):
        await owner.execute(
            "INSERT INTO conversations.members (conversation_id, user_id, role)"
            " SELECT $1, u, 'member' FROM unnest($2::bigint[]) u",
            room,
            [ann, bob],
        )
        await owner.execute("SELECT conversations.take_rev($1, 'updated', $1, $2)", room, ann)
        await owner.execute(
            "INSERT INTO messages.messages"
            " (conversation_id, seq, id, sender_id, message_type, content, created_at)"
            " VALUES ($1, 1, $2, $3, 'text', 'for us alone', now())",
            room,
            number,
            ann,
        )
        await owner.execute("INSERT INTO messages.locator VALUES ($2, $1, 1)", room, number)
        await owner.execute("INSERT INTO messages.threads VALUES ($1, $2, 1, 2)", room, number)
        await owner.execute("INSERT INTO messages.replies VALUES ($1, $2, 2)", room, number)
        await owner.execute(
            "INSERT INTO messages.thread_members VALUES ($1, $2, $3, 1, 'following')",
            room,
            number,
            ann,
        )
        await owner.execute(
            "INSERT INTO messages.mentions (conversation_id, seq, user_id, message_id, sender_id)"
            " VALUES ($1, 1, $3, $2, $3)",
            room,
            number,
            ann,
        )
        await owner.execute("INSERT INTO messages.reactions VALUES ($1, 1, $2, 'x')", room, ann)
        await owner.execute(
            "INSERT INTO messages.outgoing (key, conversation_id, kind, sender_id, is_scheduled,"
            " message_type, content, due_at) VALUES ($3, $1, 'room', $2, true, 'text', 'x', now())",
            room,
            ann,
            f"scheduled.{number}",
        )
        await owner.execute("INSERT INTO messages.reaction_changes VALUES ($1, 1, 'x')", room)
        await owner.execute(
            "INSERT INTO messages.edits VALUES ($1, 1, 'before', $2, now())", number, ann
        )
    await owner.execute(
        "INSERT INTO accounts.sessions (id, user_id, created_at, last_used_at, expires_at)"
        " VALUES ('of-ann', $1, now(), now(), now() + interval '1 day')",
        ann,
    )
    await owner.execute("SELECT accounts.restrict($1, now(), NULL, '{}')", ann)
    for statement in BESIDE:
        await owner.execute(statement, ann)
    yield World(database, owner, ann, bob, eve)
    await owner.close()


async def test_every_table_is_under_row_security_or_says_why_not(world: World) -> None:
    tables = {row["name"]: row for row in await world.owner.fetch(TABLES)}
    unprotected = {
        name
        for name, row in tables.items()
        if not (row["is_enabled"] and row["is_forced"] and row["policies"])
    }

    assert unprotected - UNPROTECTED.keys() == set(), "see UNPROTECTED above"
    assert UNPROTECTED.keys() - tables.keys() == set(), "there is no such table any more"


# What acts with its owner's rights, as these are meant to, goes past the policies: each of them
# says in its body who is asking. No view does: a view sees what its owner may see.
ABOVE_THE_POLICIES = {"conversations.of_actor", "messages.find"}


async def test_nothing_lends_a_reader_the_eyes_of_the_owner(world: World) -> None:
    views = await world.owner.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c"
        " WHERE c.relkind IN ('v', 'm', 'f') AND c.relnamespace::regnamespace::text !~ '^(pg_|info)'"
        " AND has_schema_privilege('causerie_reader', c.relnamespace, 'USAGE')"
        " AND has_any_column_privilege('causerie_reader', c.oid, 'SELECT')"
    )
    functions = await world.owner.fetch(
        "SELECT p.pronamespace::regnamespace || '.' || p.proname AS name, p.proconfig AS settings,"
        " has_schema_privilege('causerie_reader', p.pronamespace, 'USAGE') AS is_reached"
        " FROM pg_proc p WHERE p.prosecdef"
    )

    assert [row["name"] for row in views] == []
    assert {row["name"] for row in functions if row["is_reached"]} == ABOVE_THE_POLICIES
    # Where names are looked up is fixed, or who calls it could put tables of their own before ours.
    assert [
        f["name"] for f in functions if "search_path=pg_catalog, pg_temp" not in f["settings"]
    ] == []


async def test_the_app_role_owns_nothing_that_a_policy_is_on(world: World) -> None:
    owners = await world.owner.fetch(
        "SELECT DISTINCT relowner::regrole::text AS role FROM pg_class"
        " WHERE relkind IN ('r', 'p', 'v', 'm', 'S')"
        " AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
    )

    assert [row["role"] for row in owners] == ["causerie_owner"]


async def test_a_reader_reads_protected_tables_only_and_writes_none(world: World) -> None:
    tables = await world.owner.fetch(TABLES)

    assert {row["name"] for row in tables if row["is_readable"]} & UNPROTECTED.keys() == set()
    assert [row["name"] for row in tables if row["is_writable"]] == []
    assert not {c for row in tables for c in row["columns"]} & SECRETS


# What Eve, who shares nothing with Ann and Bob, sees of each table that a reader may select from.
SEEN_BY_EVE = {
    "accounts.users": 3,  # the cards of all
    "conversations.conversations": 1,  # the public room
}


async def test_a_stranger_who_forgets_every_condition_sees_nothing(world: World) -> None:
    tables = await world.readable()

    seen = {
        name: len(await world.seen(world.eve, f"SELECT {columns} FROM {name}"))
        for name, columns in tables.items()
    }
    own = {
        name: len(await world.seen(world.ann, f"SELECT {columns} FROM {name}"))
        for name, columns in tables.items()
    }

    assert {name: count for name, count in seen.items() if count} == SEEN_BY_EVE
    # Where there is nothing to see, nothing is proven: a new table needs a row in BESIDE.
    assert {name for name, count in own.items() if not count} == set()


# Ann's own: Bob, who is in each of her conversations, sees of them no more than a stranger.
OF_ONE_ALONE = {
    "accounts.sessions", "accounts.restrictions", "messages.outgoing", "messages.thread_members",
    "moderation.reputations", "notifications.levels", "notifications.notices",
    "phoenix.delivered", "presence.people", "receipts.drafts", "receipts.preferences",
}  # fmt: skip


async def test_who_shares_every_room_sees_what_was_said_there_and_nothing_of_ones_own(
    world: World,
) -> None:
    seen = {
        name: len(await world.seen(world.bob, f"SELECT {columns} FROM {name}"))
        for name, columns in (await world.readable()).items()
    }
    waiting = await world.seen(world.bob, "SELECT id FROM files.files WHERE message_id IS NULL")

    assert {name for name, count in seen.items() if not count} == OF_ONE_ALONE
    assert waiting == []


async def test_who_was_not_named_sees_nothing(world: World) -> None:
    async with world.database.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE causerie_reader")
        rows = await connection.fetch("SELECT content FROM messages.messages")

    assert rows == []


HOSTILE_READS = (
    (
        "SELECT m.content FROM messages.messages m"
        " JOIN conversations.members o USING (conversation_id)"
    ),
    "SELECT e.content FROM messages.edits e LEFT JOIN messages.locator l ON l.id = e.message_id",
    "WITH all_of_it AS MATERIALIZED (SELECT * FROM messages.messages) SELECT * FROM all_of_it",
    (
        "SELECT m.* FROM generate_series(1, 10) c,"
        " LATERAL (SELECT * FROM messages.messages WHERE conversation_id = c) m"
    ),
    (
        "SELECT * FROM messages.messages WHERE conversation_id IN"
        " (SELECT conversation_id FROM conversations.members) OR true"
    ),
    (
        "SELECT role FROM conversations.place_of(1, (SELECT min(id) FROM accounts.users))"
        " WHERE role IS NOT NULL"
    ),
    "SELECT * FROM conversations.seen_by((SELECT min(id) FROM accounts.users), ARRAY[1, 2])",
    "SELECT * FROM conversations.kind_of(1) k WHERE k IS NOT NULL",
    "SELECT * FROM conversations.of_actor()",
    ("SELECT * FROM messages.find('{alone}', '{}', '{}', '{}', NULL, NULL, NULL, 9, 9, 9, 9, 9)"),
    (
        "SELECT * FROM messages.find('{}', '{}', '{nobody}', ARRAY[$$'#c1'|'#c2'|'#c3'$$],"
        " ARRAY[1, 2, 3], NULL, NULL, 9, 9, 9, 0, 9)"
    ),
    "SELECT * FROM conversations.places_of((SELECT min(id) FROM accounts.users), '{hidden}', '{}')",
    # A condition that fails on, and so tells of, each row that it is asked about.
    "SELECT * FROM messages.messages WHERE content::int > 0",
    "TABLE messages.messages",
)


async def test_no_statement_brings_a_stranger_what_was_said(world: World) -> None:
    brought = {query: await world.seen(world.eve, query) for query in HOSTILE_READS}

    assert {query for query, rows in brought.items() if rows} == set()


async def test_who_searches_finds_by_who_they_are_and_not_by_what_they_say(world: World) -> None:
    find = (
        "SELECT conversation_id FROM messages.find"
        "('{alone}', '{}', '{}', '{}', ARRAY[1, 2, 3], NULL, NULL, 9, 9, 9, 9, 9)"
    )
    await world.owner.execute("UPDATE conversations.conversations SET last_seq = 1")
    in_the_tail = [await world.seen(who, find) for who in (world.ann, world.eve)]
    await world.owner.execute("SELECT messages.index_some(ARRAY[1, 2, 3], 10)")
    in_the_index = [await world.seen(who, find) for who in (world.ann, world.eve)]
    runs_as = await world.owner.fetchval(
        "SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'find' AND prosecdef"
    )

    assert [len(rows) for rows in in_the_tail] == [3, 0]
    assert [len(rows) for rows in in_the_index] == [3, 0]
    assert runs_as == "causerie_finder"


async def test_copying_out_is_a_statement_like_any(world: World) -> None:
    taken = io.BytesIO()
    async with world.database.reading_as(world.eve) as connection:
        copy = connection.copy_from_query  # type: ignore[attr-defined] # the driver's; the product has no use for it
        await copy("SELECT content FROM messages.messages", output=taken)

    assert taken.getvalue() == b""


async def test_a_prepared_statement_asks_anew_who_reads(world: World) -> None:
    query = "SELECT content FROM messages.messages"
    own = [await world.seen(world.ann, query) for _ in range(7)]  # past the driver's generic plan
    other = await world.seen(world.eve, query)
    async with world.database.connection() as connection:
        service = await connection.fetch(query)
    again = await world.seen(world.eve, query)

    assert {len(rows) for rows in own} == {3}
    assert (other, again, len(service)) == ([], [], 3)


FORBIDDEN = (
    "INSERT INTO messages.edits VALUES (0, 2, 'mine', 1, now())",
    "UPDATE messages.messages SET content = 'mine'",
    "DELETE FROM messages.messages",
    "DELETE FROM conversations.members",
    "UPDATE accounts.users SET role = 'admin'",
    "SELECT password_hash FROM accounts.users",
    "SELECT * FROM accounts.users",
    "SELECT * FROM accounts.refresh_tokens",
    "SELECT * FROM audit.audit_logs",
    "SELECT * FROM messages.messages FOR UPDATE",
    "SELECT accounts.restrict(1, NULL, NULL, '{}')",
    "SELECT * FROM conversations.lock_and_see(1, 1)",
    "SELECT conversations.take_rev(1, 'x', 1, 1)",
    "TRUNCATE messages.messages",
    "SELECT vector FROM messages.search",
    "SELECT vector FROM messages.search_0",
    "SELECT * FROM messages.indexed",
    "SELECT * FROM messages.index_some(ARRAY[1], 10)",
)


async def test_a_reader_changes_nothing_and_sees_no_secret(world: World) -> None:
    # Not read-only: it is the missing privilege that refuses.
    async with world.database.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE causerie_reader")
        for actor in (world.ann, world.eve):
            await connection.execute(f"SET LOCAL causerie.actor = '{actor}'")
            for statement in FORBIDDEN:
                with pytest.raises(DriverError, match="permission denied"):
                    async with connection.transaction():
                        await connection.execute(statement)


async def test_what_was_set_for_one_reader_is_gone_for_the_next_statement(world: World) -> None:
    await world.seen(world.eve, "SELECT 1")
    with pytest.raises(DriverError):
        await world.seen(world.ann, "SELECT 1 / 0")
    async with world.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT current_user::text, current_setting('causerie.actor', true)"
        )

    assert row is not None
    assert tuple(row) in {("causerie_app", ""), ("causerie_app", None)}


async def test_history_as_a_reader_goes_by_the_index(world: World) -> None:
    await world.owner.execute(
        "INSERT INTO messages.messages"
        " (conversation_id, seq, id, sender_id, message_type, content, created_at)"
        " SELECT 1 + n % 2, 2 + n / 2, 100 + n, 1, 'text', 'x', now() FROM generate_series(0, 9999) n"
    )
    await world.owner.execute("ANALYZE messages.messages")
    plan = await world.seen(
        world.ann,
        "EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM messages.messages"
        " WHERE conversation_id = 1 AND seq < 5000 ORDER BY seq DESC LIMIT 50",
    )
    text = "\n".join(str(line[0]) for line in plan)

    assert "Index Scan Backward using messages_pkey" in text
    assert "Rows Removed" not in text
    assert "Sort" not in text


async def test_a_single_login_has_the_same_by_a_setting(postgres: PostgresForTests) -> None:
    async with postgres.superuser() as superuser:
        await superuser.execute("CREATE ROLE lonely LOGIN PASSWORD 'lonely'")
        await superuser.execute("CREATE DATABASE lonely OWNER lonely TEMPLATE template0")
    dsn = postgres.server.supervisor_dsn.replace("/postgres?", "/lonely?")
    _, _, rest = dsn.partition("@")
    dsn = f"postgresql://lonely:lonely@{rest}"
    database = Database(dsn, max_connections=2)
    try:
        await migrate(dsn, migration_sources())
        await database.open()
        async with database.connection() as owner:
            await owner.execute(
                "INSERT INTO accounts.users (username, display_name) VALUES ('a', 'a'), ('b', 'b');"
                "INSERT INTO conversations.conversations (kind, visibility, name, creator_id)"
                " VALUES ('room', 'private', 'hidden', 1);"
                "UPDATE conversations.conversations SET last_seq = 1;"
                "INSERT INTO conversations.members VALUES (1, 1, 'owner');"
                "INSERT INTO messages.messages VALUES (1, 1, 1, 1, 'text', 'x', NULL, now())"
            )
        counted = {}
        for user in (1, 2):
            async with database.reading_as(UserId(user)) as reader:
                counted[user] = await reader.fetchval("SELECT count(*) FROM messages.messages")
                members = await reader.fetchval("SELECT count(*) FROM conversations.members")
                assert members == counted[user]
                hits = await reader.fetch(
                    "SELECT m.* FROM messages.find('{x}', '{}', '{}', '{}', NULL, NULL, NULL,"
                    " 9, 9, 9, 9, 9) JOIN messages.messages m USING (conversation_id, seq)"
                )
                assert len(hits) == counted[user]
                assert await reader.fetchval("SHOW causerie.scope") == "reader"
        async with database.connection() as service:
            all_of_it = await service.fetchval("SELECT count(*) FROM messages.messages")
    finally:
        await database.close()
        async with postgres.superuser() as superuser:
            await superuser.execute("DROP DATABASE IF EXISTS lonely WITH (FORCE)")
            await superuser.execute("DROP ROLE lonely")

    assert (counted, all_of_it) == ({1: 1, 2: 0}, 1)
