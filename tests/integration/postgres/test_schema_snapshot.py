from __future__ import annotations

from tests.databases import FreshDatabase
from tests.integration.postgres.refresh_snapshot import SNAPSHOT, dump_schema


def test_all_migrations_and_the_schema_snapshot_are_the_same_database(
    fresh_database: FreshDatabase,
) -> None:
    made_by_migrations = dump_schema(fresh_database.owner_dsn)

    assert made_by_migrations == SNAPSHOT.read_text(), (
        "write it anew: python -m tests.integration.postgres.refresh_snapshot"
    )
