"""Forward-only migrations: numbered SQL files, each applied once, by one node at a time."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import msgspec
import structlog

from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.database import connect, translated
from causerie.foundation.postgres.errors import MigrationRefused
from causerie.foundation.postgres.queries import Queries

log = structlog.get_logger()

_QUERIES = Queries.load("causerie.foundation.postgres", "migrations.sql")
LOCK_KEY = 0x6361757365726965  # "causerie" in ASCII: the advisory lock of whoever migrates
# The longest that a node waits for another that migrates: an index on a very large table.
LOCK_TIMEOUT_SECONDS = 3600.0
LOCK_POLL_SECONDS = 0.1

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
NO_TRANSACTION = "-- causerie: no-transaction"


class MigrationSource(msgspec.Struct, frozen=True):
    """Where the migrations of one PostgreSQL schema lie: ``migrations/0001_<what>.sql``."""

    schema: str
    package: str


class Migration(msgspec.Struct, frozen=True):
    """One file. ``statements`` is the whole file, or its statements one by one."""

    source: str
    number: int
    name: str
    checksum: bytes
    statements: tuple[str, ...]
    transactional: bool


def find_folder(package: str) -> Path:
    """Where a package's migrations lie; the package itself is not imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MigrationRefused(f"there is no package {package}")
    return Path(spec.submodule_search_locations[0]) / "migrations"


def read_migrations(source: MigrationSource) -> list[Migration]:
    """Read a package's files in order. Raises ``MigrationRefused`` where a number is missing."""
    folder = find_folder(source.package)
    names = sorted(path.name for path in folder.glob("*.sql"))
    found = []
    for expected, name in enumerate(names, start=1):
        match = _FILE_NAME.fullmatch(name)
        if match is None or int(match[1]) != expected:
            raise MigrationRefused(
                f"{source.package}/migrations/{name} should be {expected:04d}_<what>.sql: "
                "the files are numbered 0001, 0002 and so on, without holes"
            )
        text = (folder / name).read_text(encoding="utf-8")
        found.append(_parse(source.schema, expected, name, text))
    return found


async def migrate(
    target: str | Connection, sources: Sequence[MigrationSource], *, apply: bool = True
) -> int:
    """Apply what is new, source by source in the order given; gives the number of files applied.

    ``target`` is the owner's DSN, or a connection of the owner that nothing else uses meanwhile.
    Several nodes may call this at once. Raises ``MigrationRefused`` for a file that was changed
    after it was applied, for a schema newer than the code and for a login that may not; without
    ``apply`` also for one that is older, and nothing is written.
    """
    if not isinstance(target, str):
        with _permitted(), translated():
            return await _migrate(target, sources, apply=apply)
    connection = await connect(target, statement_timeout_seconds=None)
    try:
        with _permitted(), translated():
            return await _migrate(connection, sources, apply=apply)
    finally:
        await connection.close()


@contextmanager
def _permitted() -> Iterator[None]:
    try:
        yield
    except asyncpg.InsufficientPrivilegeError as error:
        raise MigrationRefused(
            f"the login may not make or change the schema ({error}): make it the database's owner "
            "(ALTER DATABASE ... OWNER TO ...), or let it do so (GRANT CREATE ON DATABASE ... TO ...)"
        ) from error


async def _migrate(
    connection: Connection, sources: Sequence[MigrationSource], *, apply: bool
) -> int:
    known = {source.schema: read_migrations(source) for source in sources}
    async with _only_one(connection):
        if apply:
            await connection.execute(_QUERIES["create_ledger"])
        applied = await _applied(connection)
        _require_known(applied, known)
        fresh = [
            migration
            for migrations in known.values()
            for migration in migrations
            if (migration.source, migration.number) not in applied
        ]
        if fresh and not apply:
            raise MigrationRefused(
                f"the database lacks {len(fresh)} migrations, from {fresh[0].source}/"
                f"{fresh[0].name} on: run `causerie migrate`, or set database.auto_migrate"
            )
        await _apply_all(connection, fresh)
    return len(fresh)


@asynccontextmanager
async def _only_one(connection: Connection) -> AsyncIterator[None]:
    # Polled and not waited for: a session that waits for a lock holds a snapshot, and
    # CREATE INDEX CONCURRENTLY of the session that has the lock would wait for it in turn.
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while not await connection.fetchval(_QUERIES["try_lock"], LOCK_KEY):
        if time.monotonic() > deadline:
            raise MigrationRefused(
                f"another session has held the migrations' lock for {LOCK_TIMEOUT_SECONDS:.0f} s"
            )
        await asyncio.sleep(LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(_QUERIES["unlock"], LOCK_KEY)


async def _applied(connection: Connection) -> dict[tuple[str, int], Migration]:
    if not await connection.fetchval(_QUERIES["has_ledger"]):
        return {}
    return {
        (row["source"], row["number"]): Migration(
            source=row["source"],
            number=row["number"],
            name=row["name"],
            checksum=row["checksum"],
            statements=(),
            transactional=True,
        )
        for row in await connection.fetch(_QUERIES["read_ledger"])
    }


def _require_known(
    applied: dict[tuple[str, int], Migration], known: dict[str, list[Migration]]
) -> None:
    files = {(m.source, m.number): m for migrations in known.values() for m in migrations}
    for key, done in applied.items():
        file = files.get(key)
        if file is None:
            raise MigrationRefused(
                f"the database is newer than this version of Causerie: it has "
                f"{done.source}/{done.name}, and this version knows "
                f"{_newest(known.get(done.source))} of {done.source}; start the newer version"
            )
        if file.checksum != done.checksum:
            raise MigrationRefused(
                f"{file.source}/{file.name} was changed after it was applied (as {done.name}): "
                "put it back as it was, and write a new migration for the change"
            )


def _newest(migrations: list[Migration] | None) -> str:
    return migrations[-1].name if migrations else "nothing"


async def _apply_all(connection: Connection, fresh: Sequence[Migration]) -> None:
    started = time.monotonic()
    for migration in fresh:
        await _apply(connection, migration)
    if fresh:
        # One line: a new database has nearly a hundred, and which they are stands in its ledger.
        log.info(
            "migrations_applied",
            count=len(fresh),
            last=f"{fresh[-1].source}/{fresh[-1].name}",
            seconds=round(time.monotonic() - started, 2),
        )


async def _apply(connection: Connection, migration: Migration) -> None:
    # Said before: where one takes long or fails, it is known which.
    log.debug("applying_migration", source=migration.source, migration=migration.name)
    if migration.transactional:
        async with connection.transaction():
            await _run(connection, migration)
    else:
        await _run(connection, migration)


async def _run(connection: Connection, migration: Migration) -> None:
    for statement in migration.statements:
        await connection.execute(statement)
    await connection.execute(
        _QUERIES["write_ledger"],
        migration.source,
        migration.number,
        migration.name,
        migration.checksum,
    )


def _parse(source: str, number: int, name: str, text: str) -> Migration:
    transactional = not text.startswith(NO_TRANSACTION)
    # Several statements in one message are one transaction to PostgreSQL, so they go one by one.
    statements = (text,) if transactional else tuple(re.split(r"(?<=;)[ \t]*\n", text.strip()))
    return Migration(
        source=source,
        number=number,
        name=name,
        checksum=hashlib.sha256(text.encode()).digest(),
        statements=statements,
        transactional=transactional,
    )
