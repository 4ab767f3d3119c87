"""Idempotency keys of what moderators do."""

from __future__ import annotations

from causerie.foundation.postgres import Connection, claim, fingerprint, settle
from causerie.moderation.ports import Key


async def replayed(tx: Connection, key: Key | None) -> int | None:
    """Take the key of a write: the id of what it was about the first time, None where this is that.

    Raises ``Conflict`` where the key was used for something else.
    """
    if key is None or key.key is None:
        return None
    return await claim(
        tx,
        user_id=key.actor,
        key=key.key,
        operation=key.operation,
        fingerprint=fingerprint(*key.body),
    )


async def keep(tx: Connection, key: Key | None, result: int) -> None:
    """Keep beside a fresh key what the write was about, in the same transaction."""
    if key is not None and key.key is not None:
        await settle(tx, user_id=key.actor, key=key.key, result=result)
