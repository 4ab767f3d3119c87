"""Sessions, refresh tokens, tickets and revocations in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from typing_extensions import override

from causerie.accounts.model import Reused, Rotated, SessionStart, Standing
from causerie.accounts.ports import Sessions
from causerie.accounts.service import require_admitted
from causerie.accounts.store.rows import to_user
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import (
    Connection,
    Database,
    Gathering,
    Queries,
    Record,
    name_caller,
)

_QUERIES = Queries.load("causerie.accounts")
_Proof = tuple[UserId, str, str]  # A user, and the ids of the session and the token that prove it.
MAX_REMOVED_AT_ONCE = 5_000  # Rows of one table in one statement: some 50 ms of locks.


class StoredSessions(Sessions):
    """The port's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._standings = Gathering(database.in_turn, _read_standings)

    @override
    async def open(self, starts: Sequence[SessionStart]) -> None:
        renewable = [start for start in starts if start.refresh_hash is not None]
        async with self._database.transaction() as tx:
            await tx.execute(
                _QUERIES["open_sessions"],
                [start.id for start in starts],
                [start.user_id for start in starts],
                [start.at for start in starts],
                [start.expires_at for start in starts],
                [start.origin.ip for start in starts],
                [start.origin.user_agent for start in starts],
                [start.origin.device_name for start in starts],
                [start.authenticated_at for start in starts],
            )
            await tx.execute(
                _QUERIES["add_refresh_tokens"],
                [start.refresh_hash for start in renewable],
                [start.id for start in renewable],
                [start.refresh_expires_at for start in renewable],
            )

    @override
    async def rotate(
        self,
        old: bytes,
        new: bytes,
        *,
        at: datetime,
        expires_at: datetime,
        session_until: datetime,
        begun_after: datetime,
    ) -> Rotated | Reused | None:
        async with self._database.transaction() as tx:
            session = await tx.fetchval(_QUERIES["spend_refresh_token"], old, at)
            if session is None:
                return await _end_where_reused(tx, old, at)
            user = await tx.fetchrow(
                _QUERIES["touch_session"], session, at, session_until, begun_after
            )
            if user is None:
                return None
            require_admitted(user["banned_until"], at=at)  # Undoes it: a ban spends no token.
            await tx.execute(_QUERIES["add_refresh_tokens"], [new], [session], [expires_at])
            return Rotated(to_user(user), session, user["began_at"])

    @override
    async def end_overdue(self, *, at: datetime, begun_by: datetime) -> list[tuple[str, UserId]]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["end_overdue_sessions"], at, begun_by, MAX_REMOVED_AT_ONCE
            )
        return [(row["id"], UserId(row["user_id"])) for row in rows]

    @override
    async def end(self, session: str, user_id: UserId, *, at: datetime) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(_QUERIES["end_session"], session, user_id, at))

    @override
    async def end_all(self, user_id: UserId, *, at: datetime) -> list[str]:
        async with self._database.transaction() as tx:
            await name_caller(tx)
            await tx.execute(_QUERIES["raise_epoch"], user_id, int(at.timestamp()))
            await tx.execute(_QUERIES["remove_tickets_of_user"], user_id)
            keys = await tx.fetch(_QUERIES["revoke_api_keys_of_user"], user_id, at)
            rows = await tx.fetch(_QUERIES["end_sessions_of_user"], user_id, at)
        return [row["id"] for row in [*rows, *keys]]

    @override
    async def revoke_token(
        self, token: str, *, expires_at: datetime, is_told: bool = False
    ) -> bool:
        query = _QUERIES["revoke_known_token" if is_told else "revoke_token"]
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(query, token, expires_at))

    @override
    async def standing(self, user_id: UserId, session: str, token: str) -> Standing | None:
        return await self._standings.find((user_id, session, token))

    @override
    async def authenticated_at(self, session: str, user_id: UserId) -> datetime | None:
        async with self._database.connection() as connection:
            at: datetime | None = await connection.fetchval(
                _QUERIES["authenticated_at"], session, user_id
            )
        return at

    @override
    async def note_authentication(
        self, session: str, user_id: UserId, *, at: datetime, session_until: datetime
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["note_authentication"], session, user_id, at, session_until
            )

    @override
    async def add_ticket(
        self, ticket: bytes, user_id: UserId, session: str, *, expires_at: datetime
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["add_ticket"], ticket, user_id, session, expires_at)

    @override
    async def take_ticket(self, ticket: bytes, *, at: datetime) -> tuple[Standing, str] | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_QUERIES["take_ticket"], ticket, at)
        return None if row is None else (_to_standing(row), row["session_id"])

    @override
    async def remove_expired(self, *, at: datetime) -> int:
        removed = 0
        for kind in ("tickets", "revocations", "refresh_tokens", "reset_tokens", "sessions"):
            async with self._database.connection() as connection:
                rows = await connection.fetch(
                    _QUERIES[f"remove_expired_{kind}"], at, MAX_REMOVED_AT_ONCE
                )
            removed += len(rows)
        return removed


async def _read_standings(connection: Connection, keys: Sequence[_Proof]) -> dict[_Proof, Standing]:
    users, sessions, tokens = zip(*keys, strict=True)
    rows = await connection.fetch(_QUERIES["standings"], users, sessions, tokens)
    return {keys[row["nth"] - 1]: _to_standing(row) for row in rows}


async def _end_where_reused(tx: Connection, token: bytes, at: datetime) -> Reused | None:
    # A statement of its own, after the attempt to spend: it sees what the winner has committed.
    spent = await tx.fetchrow(_QUERIES["find_spent_token"], token)
    if spent is None:
        return None
    session, user_id = spent["session_id"], UserId(spent["user_id"])
    has_ended = bool(await tx.fetchval(_QUERIES["end_session"], session, user_id, at))
    return Reused(user_id=user_id, session=session, has_ended_session=has_ended)


def _to_standing(row: Record) -> Standing:
    return Standing(
        user_id=UserId(row["id"]),
        username=row["username"],
        role=row["role"],
        tokens_valid_from=row["tokens_valid_from"],
        is_session_known=row["is_session_known"],
        is_session_over=row["is_session_over"],
        is_token_revoked=row["is_token_revoked"],
        banned_until=row["banned_until"],
    )
