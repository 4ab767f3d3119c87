"""The part of the driver's connection that slices may use, typed; the driver itself has no types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import asyncpg


class ConstraintViolation(Exception):  # noqa: N818 - the type of the driver's classes, never raised
    """How the driver's classes for violated constraints look; for types only."""

    constraint_name: str | None
    table_name: str | None


# So that a store can tell what its constraint refused, by ``error.constraint_name``.
UniqueViolation: type[ConstraintViolation] = asyncpg.UniqueViolationError
ForeignKeyViolation: type[ConstraintViolation] = asyncpg.ForeignKeyViolationError
CheckViolation: type[ConstraintViolation] = asyncpg.CheckViolationError
NotNullViolation: type[ConstraintViolation] = asyncpg.NotNullViolationError
DriverError: type[Exception] = asyncpg.PostgresError


class Record(Protocol):
    """One row; columns by name or position."""

    # Any: what a column holds is known to the statement alone; a store converts it at once.
    def __getitem__(self, key: str | int, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns, in order."""
        ...


class Statement(Protocol):
    """What is told of a statement that has ended; ``elapsed`` in seconds."""

    query: str
    elapsed: float


class Connection(Protocol):
    """A session of PostgreSQL. Not for two tasks at once."""

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement; without arguments it may be several. Gives the command's tag."""
        ...

    async def executemany(self, command: str, args: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each tuple of arguments, all in one transaction."""
        ...

    async def fetch(self, query: str, *args: object) -> list[Record]:
        """All rows."""
        ...

    async def fetchrow(self, query: str, *args: object) -> Record | None:
        """The first row, or None."""
        ...

    # Any: as in Record, the column's type is known to the statement alone.
    async def fetchval(self, query: str, *args: object, column: int = 0) -> Any:
        """A column of the first row, or None where there is no row."""
        ...

    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[object]:
        """A transaction, or inside of one a savepoint."""
        ...

    async def copy_records_to_table(
        self,
        table_name: str,
        *,
        records: Iterable[Sequence[object]],
        columns: Sequence[str] | None = None,
        schema_name: str | None = None,
    ) -> str:
        """Fill a table by ``COPY``."""
        ...

    async def add_listener(
        self, channel: str, callback: Callable[[object, int, str, str], None]
    ) -> None:
        """Call back with (connection, backend's pid, channel, payload) for each ``NOTIFY``."""
        ...

    async def remove_listener(
        self, channel: str, callback: Callable[[object, int, str, str], None]
    ) -> None:
        """Undo ``add_listener``."""
        ...

    def add_termination_listener(self, callback: Callable[[object], None]) -> None:
        """Call back once when the session has ended, whatever the reason."""
        ...

    def add_query_logger(self, callback: Callable[[Statement], None]) -> None:
        """Call back after each statement, in a later turn of the loop."""
        ...

    def get_server_pid(self) -> int:
        """The pid of the backend that serves this session."""
        ...

    def is_closed(self) -> bool:
        """Whether the session has ended."""
        ...

    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    async def close(self) -> None:
        """Say goodbye to the server and end the session."""
        ...

    def terminate(self) -> None:
        """Drop the session at once, without a word to the server."""
        ...
