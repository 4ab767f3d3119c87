"""What the stores share: statements, keys, and rows as values."""

from __future__ import annotations

from causerie.foundation.crypto import MasterKey
from causerie.foundation.identity import ConversationId
from causerie.foundation.postgres import Connection, Queries, Record, claim, fingerprint
from causerie.webhooks.model import Delivery, Endpoint, Incoming, Place, Status
from causerie.webhooks.ports import Once

QUERIES = Queries.load("causerie.webhooks")


async def replayed(tx: Connection, once: Once) -> int | None:
    """Take the key of a write: the id of what it made the first time, None where this is that."""
    if once.key is None:
        return None
    return await claim(
        tx,
        user_id=once.user_id,
        key=once.key,
        operation=once.operation,
        fingerprint=fingerprint(*once.body),
    )


def secret_place(row_id: int) -> str:
    """Where a secret belongs; it opens nowhere else."""
    return f"webhooks.endpoints.secret:{row_id}"


def token_place(row_id: int) -> str:
    """The same of a token."""
    return f"webhooks.incoming.token:{row_id}"


def to_endpoint(row: Record, master: MasterKey) -> Endpoint:
    """Read an endpoint, its secrets opened."""
    place = None
    if row["conversation_id"] is not None:
        place = Place(ConversationId(row["conversation_id"]), row["place"])
    sealed = [s for s in (row["secret"], row["old_secret"]) if s is not None]
    return Endpoint(
        id=row["id"],
        place=place,
        url=row["url"],
        kinds=None if row["kinds"] is None else tuple(row["kinds"]),
        description=row["description"],
        secrets=tuple(master.unseal(s, place=secret_place(row["id"])).decode() for s in sealed),
        old_secret_until=row["old_secret_until"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        is_enabled=row["is_enabled"],
        failing_since=row["failing_since"],
        disabled_at=row["disabled_at"],
        disabled_reason=row["disabled_reason"],
    )


def to_delivery(row: Record) -> Delivery:
    """Read a delivery."""
    return Delivery(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        kind=row["kind"],
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        rev=row["rev"],
        created_at=row["created_at"],
        status=Status(row["status"]),
        attempts=row["attempts"],
        last_at=row["last_at"],
        last_status=row["last_status"],
        last_error=row["last_error"],
        took_ms=row["took_ms"],
    )


def to_incoming(row: Record, master: MasterKey) -> Incoming:
    """Read a secret address, its token opened."""
    return Incoming(
        id=row["id"],
        place=Place(ConversationId(row["conversation_id"]), row["place"]),
        user_id=row["user_id"],
        name=row["name"],
        token=master.unseal(row["token"], place=token_place(row["id"])).decode(),
        created_by=row["created_by"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )
