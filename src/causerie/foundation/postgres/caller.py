"""On whose behalf a transaction acts: told to the database, whose triggers write it down."""

from __future__ import annotations

from causerie.foundation.identity import CALLER, Caller
from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.queries import Queries

_QUERIES = Queries.load("causerie.foundation.postgres")


async def name_caller(tx: Connection, caller: Caller | None = None) -> None:
    """Name who acts until the transaction's end; without ``caller``, whom the door has named.

    For transactions that change what is audited; one round trip.
    """
    who = CALLER.get() if caller is None else caller
    actor = "" if who.user_id is None else str(who.user_id)
    await tx.execute(_QUERIES["name_caller"], actor, who.address)
