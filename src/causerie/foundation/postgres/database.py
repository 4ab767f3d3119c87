"""The pool of connections to PostgreSQL, and where the driver's errors become refusals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import asyncpg

from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import UserId
from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.errors import translate
from causerie.foundation.postgres.observing import count_failure, observe
from causerie.foundation.postgres.queries import Queries
from causerie.foundation.postgres.types import remembering
from causerie.foundation.telemetry import metrics

# A caller who waits longer for a free connection gets ``unavailable`` and may come again: half of
# the ten seconds after which most HTTP clients have given up.
ACQUIRE_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 5.0
# No statement of the product runs for long; this one only frees a caller of a stopped PostgreSQL.
STATEMENT_TIMEOUT_SECONDS = 30.0
# Statements that a connection keeps prepared: more than the product has, so none is parsed twice.
PREPARED_STATEMENTS = 256
IDLE_CONNECTION_SECONDS = 300.0  # A backend costs some 5 MB; one unused for so long is let go.
CLOSE_TIMEOUT_SECONDS = 5.0

_QUERIES = Queries.load("causerie.foundation.postgres")
# In one message, and so in one round trip with the beginning of the transaction.
_AS_ROLE = "BEGIN READ ONLY; SET LOCAL causerie.actor = '{actor}'; SET LOCAL ROLE causerie_reader"
_AS_SCOPE = (
    "BEGIN READ ONLY; SET LOCAL causerie.actor = '{actor}'; SET LOCAL causerie.scope = 'reader'"
)

SESSION_SETTINGS = {
    "application_name": "causerie",
    # The statements are short: compiling them costs more than it saves.
    "jit": "off",
    "timezone": "UTC",
}


async def connect(
    dsn: str,
    *,
    statement_timeout_seconds: float | None = STATEMENT_TIMEOUT_SECONDS,
    server_settings: Mapping[str, str] = SESSION_SETTINGS,
    connection_class: type[object] = asyncpg.Connection,
) -> Connection:
    """Open one connection outside any pool; the caller closes it. Raises ``Unavailable``."""
    with connecting():
        return cast(
            "Connection",
            await asyncpg.connect(
                dsn,
                timeout=CONNECT_TIMEOUT_SECONDS,
                command_timeout=statement_timeout_seconds,
                statement_cache_size=PREPARED_STATEMENTS,
                max_cached_statement_lifetime=0,
                server_settings=dict(server_settings),
                connection_class=connection_class,
            ),
        )


class Database:
    """PostgreSQL as the slices see it: transactions, and connections of one's own.

    What the driver raises for a database that is away, stopping, overfull or out of disk leaves
    these methods as ``Unavailable`` or ``StorageFull``; all else leaves them as it is.
    """

    def __init__(self, dsn: str, *, max_connections: int) -> None:
        self._dsn = dsn
        self._max_connections = max_connections
        self._pool: Any = None  # Any: asyncpg has no types
        self._connection_class = remembering()
        self._turn = asyncio.Lock()
        self._lane: Connection | None = None
        self._become_reader: str | None = None
        self._waiting = 0

    @property
    def max_connections(self) -> int:
        """How many connections the pool opens at most; dedicated ones are not counted."""
        return self._max_connections

    async def open(self) -> None:
        """Connect. Raises ``Unavailable`` where PostgreSQL does not answer."""
        with connecting():
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._max_connections,
                max_inactive_connection_lifetime=IDLE_CONNECTION_SECONDS,
                timeout=CONNECT_TIMEOUT_SECONDS,
                command_timeout=STATEMENT_TIMEOUT_SECONDS,
                statement_cache_size=PREPARED_STATEMENTS,
                max_cached_statement_lifetime=0,
                server_settings=SESSION_SETTINGS,
                connection_class=self._connection_class,
                reset=_leave_as_it_is,
                init=observe,
            )
        metrics.DATABASE_POOL.read_from(self._connections)
        metrics.DATABASE_POOL_WAITING.read_from(lambda: self._waiting)

    async def close(self) -> None:
        """Close the pool; what is still at work after 5 s is cut off."""
        pool, self._pool = self._pool, None
        lane, self._lane = self._lane, None
        if lane is not None:
            lane.terminate()
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), CLOSE_TIMEOUT_SECONDS)
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction (READ COMMITTED) on a pooled connection; committed on leaving.

        What is set in the session must be set by ``SET LOCAL`` or ``set_config(..., true)``, and
        locked by ``pg_advisory_xact_lock``: the connection goes back to the pool as it is.
        """
        async with (
            self.connection() as connection,
            connection.transaction(isolation="read_committed"),
        ):
            yield connection

    @asynccontextmanager
    async def reading_as(self, actor: UserId) -> AsyncIterator[Connection]:
        """A read-only transaction that sees what the user may see, whatever is asked.

        For what is read on behalf of one user: row security stands behind the statement's own
        conditions. Two round trips more than ``connection``.
        """
        async with self.connection() as connection:
            if self._become_reader is None:
                has_reader = await connection.fetchval(_QUERIES["has_reader"])
                self._become_reader = _AS_ROLE if has_reader else _AS_SCOPE
            try:
                # Utility statements take no parameters; it is an int that is written here.
                await connection.execute(self._become_reader.format(actor=int(actor)))
                yield connection
            finally:
                # What was set goes with it. A session that is broken goes as a whole.
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A pooled connection outside any transaction: for single statements."""
        if self._pool is None:
            raise Unavailable("The database is closed")
        pool = self._pool
        began = time.perf_counter()
        self._waiting += 1
        try:
            with connecting():
                connection = await pool.acquire(timeout=ACQUIRE_TIMEOUT_SECONDS)
        finally:
            self._waiting -= 1
        metrics.DATABASE_ACQUIRE_SECONDS.observe(time.perf_counter() - began)
        try:
            with translated():
                yield connection
        finally:
            with translated():
                await pool.release(connection)

    @asynccontextmanager
    async def in_turn(self) -> AsyncIterator[Connection]:
        """One connection for one caller after another: for what a whole crowd asks (``Gathering``).

        Each backend that a crowd would keep busy costs PostgreSQL some 6 MB, and on one core more
        of them are not faster. It is none of the pool's, so that a busy pool keeps nobody out. No
        transaction may be left open on it.
        """
        async with self._turn:
            connection = self._lane
            if connection is None or connection.is_closed():
                if self._pool is None:
                    raise Unavailable("The database is closed")
                connection = self._lane = await self.dedicated(
                    statement_timeout_seconds=STATEMENT_TIMEOUT_SECONDS
                )
                await observe(connection)
            try:
                with translated():
                    yield connection
            except BaseException:
                # Whatever it was: a statement that was cut off may still be running.
                connection.terminate()
                raise

    def _connections(self) -> Mapping[str, float]:
        """How many the pool has: at work, idle, and at most."""
        size, idle = (0, 0)
        if self._pool is not None:
            size, idle = self._pool.get_size(), self._pool.get_idle_size()
        return {"in_use": size - idle, "idle": idle, "max": self._max_connections}

    async def dedicated(self, *, statement_timeout_seconds: float | None = None) -> Connection:
        """A connection outside the pool, without a statement timeout; the caller closes it."""
        return await connect(
            self._dsn,
            statement_timeout_seconds=statement_timeout_seconds,
            connection_class=self._connection_class,
        )


@contextmanager
def translated() -> Iterator[None]:
    """Raise the refusal that a driver error stands for in its place.

    A cancellation stays one, also where the rollback that it set off fails in turn: else a
    caller's timeout or task group would not know its own cancellation again.
    """
    try:
        yield
    except Exception as error:
        cancelled = _find_cancellation(error)
        if cancelled is not None:
            raise cancelled from error
        refusal = translate(error)
        if refusal is None or refusal is error:
            raise
        count_failure(refusal)
        raise refusal from error


@contextmanager
def connecting() -> Iterator[None]:
    """Like ``translated``; here a missing socket or an unknown host is a database that is away."""
    try:
        with translated():
            yield
    except OSError as error:
        raise Unavailable("The database is not reachable at the moment") from error


def _find_cancellation(error: BaseException) -> asyncio.CancelledError | None:
    # Only one that somebody asked of this task: the driver's own timeouts are made of them too.
    try:
        task = asyncio.current_task()
    except RuntimeError:  # outside an event loop
        task = None
    if task is None or not task.cancelling():
        return None
    during = error.__context__
    while during is not None and not isinstance(during, asyncio.CancelledError):
        during = during.__context__
    return during


async def _leave_as_it_is(connection: Connection) -> None:
    # The driver's own reset costs a round trip per release (measured 60 µs); it has already rolled
    # back what was open, and sessions are not changed (see Database.transaction).
    del connection
