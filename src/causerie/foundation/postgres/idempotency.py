"""The same write sent twice happens once: the keys, in the database and for good."""

from __future__ import annotations

import hashlib

import msgspec

from causerie.foundation.errors import Conflict
from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.queries import Queries

_QUERIES = Queries.load("causerie.foundation.postgres")
FINGERPRINT_BYTES = 16  # A chance of 2^-64 to mistake one of a user's requests for another.


def fingerprint(*parts: object) -> bytes:
    """What a request asked, in 16 bytes; the parts are whatever msgspec can write as JSON."""
    content = msgspec.json.encode(parts, order="deterministic")
    return hashlib.blake2b(content, digest_size=FINGERPRINT_BYTES).digest()


async def claim(
    tx: Connection, *, user_id: int, key: str, operation: str, fingerprint: bytes
) -> int | None:
    """Take a user's key inside the transaction that does the work.

    None means that the key is fresh: do the work and ``settle`` it. An int is a replay: the id of
    what the first request made. A twin that is under way is waited for. Raises ``Conflict`` where
    the key was used for something else.
    """
    fresh = await tx.fetchval(_QUERIES["claim_key"], user_id, key, operation, fingerprint)
    if fresh:
        return None
    first = await tx.fetchrow(_QUERIES["find_key"], user_id, key)
    if first is None or first["result"] is None:
        raise RuntimeError(f"an idempotency key of {operation} was committed without its result")
    if (first["operation"], first["fingerprint"]) != (operation, fingerprint):
        raise Conflict("The idempotency key was used before, for another request")
    return int(first["result"])


async def settle(tx: Connection, *, user_id: int, key: str, result: int) -> None:
    """Keep beside a fresh key the id of what was made, in the same transaction."""
    await tx.execute(_QUERIES["settle_key"], user_id, key, result)


async def has_key(connection: Connection, *, user_id: int, key: str) -> bool:
    """Say whether a request under this key was committed, whatever it was."""
    return bool(await connection.fetchval(_QUERIES["has_key"], user_id, key))
