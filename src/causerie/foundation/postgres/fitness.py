"""Whether Causerie may rest on a PostgreSQL, judged before anything does."""

from __future__ import annotations

from typing import Final

import msgspec

from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.errors import DatabaseRefused
from causerie.foundation.postgres.queries import Queries

_QUERIES = Queries.load("causerie.foundation.postgres", "fitness.sql")
OLDEST_VERSION = 15

WHY_UNSAFE: Final = {
    "fsync": "a power cut can then destroy the database",
    "synchronous_commit": "messages that were acknowledged can then be lost",
    "full_page_writes": "a power cut can then leave torn pages",
}


class Facts(msgspec.Struct, frozen=True):
    """What a PostgreSQL says about itself, and what stands between."""

    version_number: int  # 150004 is 15.4
    version: str
    encoding: str
    is_standby: bool
    is_pooled: bool
    usable_connections: int
    has_unaccent: bool  # installed, or there to be installed


def objection(facts: Facts, *, max_connections: int) -> str | None:
    """Say why the server cannot be used and what to do, or None."""
    reason = None
    if facts.version_number < OLDEST_VERSION * 10_000:
        reason = f"PostgreSQL {facts.version} is too old: Causerie needs {OLDEST_VERSION} or newer"
    elif facts.is_pooled:
        reason = (
            "a connection pooler (such as pgbouncer) stands before the database: Causerie pools "
            "its connections by itself and needs whole sessions; name PostgreSQL's own address"
        )
    elif facts.is_standby:
        reason = (
            "the database is a read-only standby: name the primary, or list all hosts and add "
            "target_session_attrs=read-write to the URL"
        )
    elif facts.encoding != "UTF8":
        reason = f"the database's encoding is {facts.encoding}: make one with ENCODING 'UTF8'"
    elif not facts.has_unaccent:
        reason = (
            "the extension unaccent is not there: install PostgreSQL's additional modules "
            "(the package postgresql-contrib)"
        )
    elif facts.usable_connections < max_connections:
        reason = (
            f"PostgreSQL takes {facts.usable_connections} connections and this node may open "
            f"{max_connections}: raise max_connections there, or the CONNECTION LIMIT of the login "
            "or the database; or lower database.max_connections here"
        )
    return reason


async def require_fit(connection: Connection, *, max_connections: int) -> str:
    """Give the server's version. Raises ``DatabaseRefused`` with the first objection."""
    row = await connection.fetchrow(_QUERIES["look"])
    if row is None:
        raise DatabaseRefused("the database gave no answer about itself")
    facts = Facts(
        version_number=row["version_number"],
        version=row["version"],
        encoding=row["encoding"],
        is_standby=row["is_standby"],
        # A pooler hands out process ids of its own making.
        is_pooled=row["backend_pid"] != connection.get_server_pid(),
        usable_connections=row["usable_connections"],
        has_unaccent=row["has_unaccent"],
    )
    reason = objection(facts, max_connections=max_connections)
    if reason is not None:
        raise DatabaseRefused(reason)
    await require_durable(connection)
    return facts.version


async def require_durable(connection: Connection) -> None:
    """Raise ``DatabaseRefused`` where this session's commits would not survive a crash."""
    row = await connection.fetchrow(_QUERIES["unsafe_setting"])
    if row is None:
        return
    name = row["name"]
    raise DatabaseRefused(
        f"PostgreSQL runs with {name} = {row['setting']} (set by: {row['source']}): "
        f"{WHY_UNSAFE[name]}. Set {name} = on there, also for the role and the database if it is "
        "set for them, and start again"
    )
