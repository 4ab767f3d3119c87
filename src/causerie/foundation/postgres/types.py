"""What the driver knows of the database's own types, shared by the connections of one database.

Before the first statement with an enum, an array of one or a row of a table, asyncpg asks the
catalogs what that is: anew on each connection, and for each such combination. *Measured*: 15 ms of
PostgreSQL's time, so the first requests on a new connection waited for 50 ms and more.

``_introspect_types`` is not documented API; tests/integration/postgres/test_types.py holds it to
what is expected of it here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import asyncpg


class _NotAsked(NamedTuple):
    # A name: that the statement which is to be run was not displaced by a question before it.
    name: str = "remembered"


_NOT_ASKED: Final = _NotAsked()


def remembering() -> type[object]:
    """Make a class of the driver's connections, for one database, that ask once between them."""
    known: dict[frozenset[int], Any] = {}  # Any: the rows are between the driver and itself

    class Remembering(asyncpg.Connection):  # type: ignore[misc] # Any: the driver has no types
        __slots__ = ()

        async def _introspect_types(self, typeoids: Iterable[int], timeout: float) -> Any:  # noqa: ASYNC109 - the driver's signature
            asked = frozenset(typeoids)
            if asked in known:
                return known[asked], _NOT_ASKED
            known[asked], statement = await super()._introspect_types(typeoids, timeout)
            return known[asked], statement

    return Remembering
