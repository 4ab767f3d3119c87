"""Databases that are emptied and used again: making one and dropping it costs more than most tests.

A test gets its database as if it were new: no row that the migrations did not write, sequences at
their beginning, nobody connected. One whose schema, rights or settings were changed is dropped.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import asyncpg
import msgspec

from causerie.foundation.postgres import Connection
from causerie.foundation.postgres.cluster import SUPERVISOR_ROLE
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.roles import OWNER_ROLE
from tests.sessions import Sessions

# Deleted rows stay in the files until a vacuum, which would have to be waited for.
MAX_DELETED_ROWS = 2000
PREFIX = "stock_"
# Enums and arrays; a composite's parts may change while its OID stays.
LASTING_KINDS = (b"e", b"b")
_ASKED = SimpleNamespace(name="asked before")  # in place of the statement that asked
_numbers = itertools.count(1)

TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.oid >= 16384
ORDER BY c.oid
"""
SEQUENCES = """
SELECT format('SELECT setval(%L, %s, %L)', c.oid::regclass,
              coalesce(pg_sequence_last_value(c.oid), s.seqstart),
              pg_sequence_last_value(c.oid) IS NOT NULL)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
"""
# Whatever changes a definition writes a new version of its row (xmin) or takes the row away. What
# PostgreSQL brings itself, below 16384, cannot be changed by the two users whom tests are.
SHAPE = """
SELECT array_agg((what, rows, versions)::text ORDER BY what) FROM (
    SELECT 'class' AS what, count(*) AS rows, sum(xmin::text::bigint) AS versions FROM pg_class
    WHERE oid >= 16384
    UNION ALL SELECT 'attribute', count(*), sum(xmin::text::bigint) FROM pg_attribute
    WHERE attrelid >= 16384
    UNION ALL SELECT 'default', count(*), sum(xmin::text::bigint) FROM pg_attrdef
    UNION ALL SELECT 'constraint', count(*), sum(xmin::text::bigint) FROM pg_constraint
    WHERE oid >= 16384
    UNION ALL SELECT 'trigger', count(*), sum(xmin::text::bigint) FROM pg_trigger
    UNION ALL SELECT 'function', count(*), sum(xmin::text::bigint) FROM pg_proc
    WHERE oid >= 16384
    UNION ALL SELECT 'type', count(*), sum(xmin::text::bigint) FROM pg_type
    WHERE oid >= 16384
    UNION ALL SELECT 'enum', count(*), sum(xmin::text::bigint) FROM pg_enum
    UNION ALL SELECT 'schema', count(*), sum(xmin::text::bigint) FROM pg_namespace
    UNION ALL SELECT 'rule', count(*), sum(xmin::text::bigint) FROM pg_rewrite
    WHERE oid >= 16384
    UNION ALL SELECT 'policy', count(*), sum(xmin::text::bigint) FROM pg_policy
    UNION ALL SELECT 'right', count(*), sum(xmin::text::bigint) FROM pg_default_acl
    UNION ALL SELECT 'extension', count(*), sum(xmin::text::bigint) FROM pg_extension
    UNION ALL SELECT 'comment', count(*), sum(xmin::text::bigint) FROM pg_description
    WHERE objoid >= 16384
    UNION ALL SELECT 'setting', count(*), sum(xmin::text::bigint) FROM pg_db_role_setting
    UNION ALL SELECT 'database', count(*), sum(xmin::text::bigint) FROM pg_database
    WHERE datname = current_database()
) AS catalogs
"""
ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND pid <> ALL ($1::int[])
"""


@contextmanager
def types_asked_once() -> Iterator[None]:
    """Have the driver ask once for a type of a database, and not anew on each connection.

    For tests, which open thousands of connections to a few databases; each question takes
    PostgreSQL 5 to 10 ms.
    """
    ask = asyncpg.Connection._introspect_types
    known: dict[tuple[object, ...], Any] = {}

    async def answer(self: Any, oids: Collection[int], timeout: float) -> Any:  # noqa: ASYNC109 - the driver's own signature
        asked = (self._addr, self._params.database, *sorted(oids))
        if asked not in known:
            types, statement = await ask(self, oids, timeout)
            if any(row["kind"] not in LASTING_KINDS for row in types):
                return types, statement
            known[asked] = types
        return known[asked], _ASKED

    asyncpg.Connection._introspect_types = answer
    try:
        yield
    finally:
        asyncpg.Connection._introspect_types = ask


class Kept(msgspec.Struct):
    """A database, the superuser's connection in it, and its shape when it was new."""

    name: str
    connection: Connection
    shape: Sequence[str]
    deleted_rows: int = 0


class Contents(msgspec.Struct, frozen=True):
    """What the migrations left, and how to come back to it."""

    empty_tables: Sequence[str]
    rows: Mapping[str, Sequence[str]]  # of the other tables, each as its text
    reset: str  # of the sequences

    @classmethod
    async def of(cls, connection: Connection) -> Contents:
        """Look at a database that is new."""
        empty, rows = [], {}
        for table in (row[0] for row in await connection.fetch(TABLES)):
            found = await connection.fetchval(_rows_of(table))
            if found:
                rows[table] = found
            else:
                empty.append(table)
        reset = [row[0] for row in await connection.fetch(SEQUENCES)]
        return cls(empty, rows, ";".join(reset))

    async def restore(self, connection: Connection) -> int:
        """Undo all changes of rows and numbers; gives how many rows were deleted for it."""
        asked = ",".join(f"EXISTS (SELECT FROM {table})" for table in self.empty_tables)
        is_filled = await connection.fetchval(f"SELECT ARRAY[{asked}]")
        deleted = 0
        for table in itertools.compress(self.empty_tables, is_filled):
            deleted += _count_in(await connection.execute(f"DELETE FROM {table}"))
        for table, rows in self.rows.items():
            if await connection.fetchval(_rows_of(table)) != rows:
                deleted += _count_in(await connection.execute(f"DELETE FROM {table}"))
                await connection.execute(
                    f"INSERT INTO {table} OVERRIDING SYSTEM VALUE"
                    f" SELECT (item::{table}).* FROM unnest($1::text[]) AS items (item)",
                    rows,
                )
        await connection.execute(self.reset)
        return deleted


def _rows_of(table: str) -> str:
    return f"SELECT array_agg(t::text ORDER BY t::text) FROM {table} t"


def _count_in(tag: str) -> int:
    return int(tag.rsplit(maxsplit=1)[-1])


class Stock:
    """Copies of one database, each for one test at a time. Not for use inside of a running loop."""

    def __init__(self, server_dsn: str, dsn_of: Callable[[str], str], *, template: str) -> None:
        """Both for a superuser: of the server, and of a database in it."""
        self._server_dsn = server_dsn
        self._dsn_of = dsn_of
        self._template = template
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._server: Connection | None = None
        self._contents: Contents | None = None
        self._free: list[Kept] = []
        self.sessions = Sessions(
            lambda user, database: database.startswith(PREFIX) and user != SUPERVISOR_ROLE
        )

    @contextmanager
    def lend(self) -> Iterator[str]:
        """A database as the template is; gives its name."""
        kept = self._runner.run(self._take())
        try:
            yield kept.name
        finally:
            self._runner.run(self._take_back(kept))

    def close(self) -> None:
        """Forget all, as their server is about to stop."""
        for connection in (self._server, *(kept.connection for kept in self._free)):
            if connection is not None:
                connection.terminate()
        self._runner.close()

    async def _take(self) -> Kept:
        return self._free.pop() if self._free else await self._make()

    async def _take_back(self, kept: Kept) -> None:
        if await self._is_as_new(kept):
            self._free.append(kept)
        else:
            kept.connection.terminate()
            self.sessions.forget(kept.name)
            server = await self._connected()
            await server.execute(f'DROP DATABASE "{kept.name}" WITH (FORCE)')

    async def _make(self) -> Kept:
        name = f"{PREFIX}{next(_numbers)}"
        server = await self._connected()
        await server.execute(
            # Measured: half the time of writing the copy through the log.
            f'CREATE DATABASE "{name}" OWNER "{OWNER_ROLE}" TEMPLATE "{self._template}" '
            "STRATEGY FILE_COPY"
        )
        connection = await connect(self._dsn_of(name))
        # No triggers: neither foreign keys, which are all emptied, nor those that refuse changes.
        await connection.execute("SET session_replication_role = replica")
        if self._contents is None:
            self._contents = await Contents.of(connection)
        return Kept(name, connection, await connection.fetchval(SHAPE))

    async def _is_as_new(self, kept: Kept) -> bool:
        """Empty it; False where it cannot be used again, for whatever reason."""
        assert self._contents is not None
        try:
            await kept.connection.fetch(ALONE, self.sessions.pids())
            if await kept.connection.fetchval(SHAPE) != kept.shape:
                return False
            kept.deleted_rows += await self._contents.restore(kept.connection)
        except Exception:
            return False
        return kept.deleted_rows <= MAX_DELETED_ROWS

    async def _connected(self) -> Connection:
        if self._server is None or self._server.is_closed():
            self._server = await connect(self._server_dsn)
        return self._server
