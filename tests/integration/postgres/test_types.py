from __future__ import annotations

from causerie.foundation.postgres import Connection, Database

KIND = "SELECT 'room'::conversations.kind"
# Together they are in no statement of the product: the tests share what those ask.
ODD = "SELECT 'room'::conversations.kind, '{room}'::conversations.kind[], '{}'::messages.audience[]"
KINDS = "SELECT $1::conversations.kind[]"


async def has_asked(connection: Connection) -> bool:
    """Say whether this session has ever asked the catalogs what a type is."""
    prepared = await connection.fetch("SELECT statement FROM pg_prepared_statements")
    return any("typeinfo_tree" in row["statement"] for row in prepared)


async def test_a_type_is_asked_for_on_the_first_connection_alone(database: Database) -> None:
    async with database.connection() as first, database.connection() as second:
        answers = [tuple(await each.fetchrow(ODD) or ()) for each in (first, second)]

        assert answers == [("room", ["room"], [])] * 2
        assert await has_asked(first)
        assert not await has_asked(second)


async def test_a_connection_outside_the_pool_knows_what_the_pool_has_learned(
    database: Database,
) -> None:
    async with database.connection() as pooled:
        await pooled.fetchval(KIND)
    dedicated = await database.dedicated()
    try:
        kind = await dedicated.fetchval(KIND)

        assert kind == "room"
        assert not await has_asked(dedicated)
    finally:
        dedicated.terminate()


async def test_what_was_remembered_reads_and_writes_as_what_was_asked(database: Database) -> None:
    async with database.connection() as first, database.connection() as second:
        expected = await first.fetchval(KINDS, ["direct", None, "room"])
        remembered = await second.fetchval(KINDS, ["direct", None, "room"])

    assert expected == remembered == ["direct", None, "room"]
