"""What managers do, into the audit log: with the transaction that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from causerie.foundation.postgres import Connection, Queries, name_caller

_QUERIES = Queries.load("causerie.conversations")

Details: TypeAlias = Mapping[str, object]  # ids and roles, no words
Note: TypeAlias = Details | None


async def record(
    tx: Connection, action: str, target: str, before: Details | None, after: Details
) -> None:
    """Record an action with who does it, and from where."""
    await name_caller(tx)
    written = None if before is None else msgspec.json.encode(before).decode()
    await tx.execute(
        _QUERIES["record"], action, target, written, msgspec.json.encode(after).decode()
    )
