"""What the database costs us: statements timed by the part of the server whose they are."""

from __future__ import annotations

from collections.abc import Callable

from causerie.foundation.errors import Refusal
from causerie.foundation.postgres.connection import Connection, Statement
from causerie.foundation.postgres.errors import StorageFull
from causerie.foundation.postgres.queries import group_of
from causerie.foundation.telemetry import metrics, tracing

_SPAN = {"db.system.name": "postgresql"}
_observers: dict[str, Callable[[float], None]] = {}


async def observe(connection: Connection) -> None:
    """Have the statements of a connection timed; as the pool calls it for a new one."""
    connection.add_query_logger(_note)


def _note(statement: Statement) -> None:
    group = group_of(statement.query)
    take = _observers.get(group)
    if take is None:
        # Kept: looking a child up takes a lock.
        take = _observers[group] = metrics.DATABASE_QUERY_SECONDS.labels(group).observe
    take(statement.elapsed)
    tracer = tracing.current()
    if tracer is not None:
        tracer.ended(f"postgresql {group}", statement.elapsed, _SPAN)


def count_failure(refusal: Refusal) -> None:
    """Count what the database could not do."""
    kind = "full" if isinstance(refusal, StorageFull) else "unavailable"
    metrics.DATABASE_FAILURES.labels(kind).inc()
