"""What the stores share."""

from __future__ import annotations

from causerie.foundation.postgres import Connection, Queries, Record, claim, fingerprint, settle
from causerie.notifications.model import Notice, NoticeKind
from causerie.notifications.ports import Once

QUERIES = Queries.load("causerie.notifications")


async def was_done(tx: Connection, once: Once, *, result: int = 0) -> bool:
    """Take the key of a write; says whether it was done before."""
    first = await find_done(tx, once)
    if first is None:
        await note_done(tx, once, result=result)
    return first is not None


async def find_done(tx: Connection, once: Once) -> int | None:
    """Take the key of a write; gives the result of the one that was done with it before."""
    if once.key is None:
        return None
    return await claim(
        tx,
        user_id=once.user_id,
        key=once.key,
        operation=once.operation,
        fingerprint=fingerprint(*once.body),
    )


async def note_done(tx: Connection, once: Once, *, result: int) -> None:
    """Keep what came of a write beside the key that was taken for it."""
    if once.key is not None:
        await settle(tx, user_id=once.user_id, key=once.key, result=result)


def to_notice(row: Record) -> Notice:
    """Read a notice."""
    return Notice(
        id=row["id"],
        user_id=row["user_id"],
        kind=NoticeKind(row["kind"]),
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        message_id=row["message_id"],
        root_id=row["root_id"],
        actor_id=row["actor_id"],
        words=row["words"],
        created_at=row["created_at"],
        read_at=row["read_at"],
    )
