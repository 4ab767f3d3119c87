"""Writes ``schema.sql``, the database that all migrations make: ``python -m tests.integration.postgres.refresh_snapshot``."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

from causerie.foundation.postgres import EmbeddedPostgres, migrate
from causerie.foundation.postgres.binaries import find_binaries
from causerie.foundation.postgres.unprivileged import choose_user
from tests.databases import open_folder
from tests.seeds import migration_sources

SNAPSHOT = Path(__file__).parent / "schema.sql"
HEADER = "-- What all migrations make; for reading. Written by refresh_snapshot.py beside it.\n\n"
# Comments name the dump's version, and settings and psql's commands are for loading it.
NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*)\n", re.MULTILINE)


def dump_schema(owner_dsn: str) -> str:
    """Give a database's schema as SQL that is the same for the same database."""
    pg_dump = find_binaries(choose_user(Path("/nonexistent"))).folder / "pg_dump"
    dumped = subprocess.run(
        [pg_dump, "--schema-only", "--no-owner", f"--dbname={owner_dsn}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    text = NOISE.sub("", dumped.stdout)
    return HEADER + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


async def _make_and_dump(folder: Path) -> str:
    server = EmbeddedPostgres(folder)
    endpoint = await server.start()
    try:
        await migrate(endpoint.owner_dsn, migration_sources())
        return await asyncio.to_thread(dump_schema, endpoint.owner_dsn)
    finally:
        await server.stop()


def main() -> None:
    """Write the snapshot."""
    with open_folder() as folder:
        SNAPSHOT.write_text(asyncio.run(_make_and_dump(folder)))


if __name__ == "__main__":
    main()
