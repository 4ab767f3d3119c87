"""Signing keys in PostgreSQL, sealed under the master key; all nodes sign with the same one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from typing_extensions import override

from causerie.accounts.errors import (
    AlgorithmNotAllowed,
    KeyUnknown,
    SignatureWrong,
    TokenMalformed,
)
from causerie.accounts.model import (
    KEEP_GONE_SECONDS,
    LOOK_AGAIN_SECONDS,
    OVERLAP_MARGIN_SECONDS,
    KeyCard,
    KeyState,
    choose_signer,
)
from causerie.accounts.ports import SigningKeys, TokenSigner
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import (
    AlgorithmRefused,
    KeyNotKnown,
    KeySet,
    MasterKey,
    SignatureRefused,
    SigningKey,
    TokenRefused,
    generate_key,
    import_key,
    shared_secret,
)
from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import Connection, Database, Queries, Record

log = structlog.get_logger()

_QUERIES = Queries.load("causerie.accounts")
_NEVER = datetime.max.replace(tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class SharedSigner(TokenSigner):
    """The port over a secret that other systems have too. Raises ``WeakSecret``."""

    def __init__(self, secret: str) -> None:
        self._keys = KeySet([shared_secret(secret)])

    @override
    def sign(self, payload: bytes) -> str:
        return self._keys.sign(payload)

    @override
    def read(self, token: str) -> bytes:
        return read_signed(self._keys, token)

    @override
    def public_keys(self) -> list[dict[str, str]]:
        return []

    @override
    async def look_again(self) -> bool:
        return False

    @override
    async def expect_token(self, until: datetime) -> None:
        return


class StoredKeys(TokenSigner, SigningKeys):
    """Both ports over the table; what was read stays in memory, and the clock chooses from it."""

    def __init__(
        self,
        database: Database,
        master: MasterKey,
        *,
        algorithm: str,
        longest_seconds: int,
        clock: Clock,
    ) -> None:
        self._database = database
        self._master = master
        self._algorithm = algorithm
        self._longest_seconds = longest_seconds
        self._clock = clock
        self._cards: tuple[KeyCard, ...] = ()
        self._keys: dict[str, SigningKey] = {}
        self._set: KeySet | None = None
        # The set holds between these two moments; then a key begins, ends, or the clock went back.
        self._set_from, self._set_until = _NEVER, _LONG_AGO
        self._looked_at = -LOOK_AGAIN_SECONDS
        self._looking = asyncio.Lock()

    # To sign and read ----------------------------------------------------------------------------

    @override
    def sign(self, payload: bytes) -> str:
        return self._current().sign(payload)

    @override
    def read(self, token: str) -> bytes:
        return read_signed(self._current(), token)

    @override
    def public_keys(self) -> list[dict[str, str]]:
        return self._current().public()

    @override
    async def look_again(self) -> bool:
        async with self._looking:
            if self._clock.monotonic() < self._looked_at + LOOK_AGAIN_SECONDS:
                return False
            known = set(self._keys)
            try:
                await self.load()
            except Unavailable:
                return False  # The token is refused as it would be without us.
            return not set(self._keys) <= known

    @override
    async def expect_token(self, until: datetime) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_QUERIES["expect_token"], until, self._clock.now())

    def _current(self) -> KeySet:
        now = self._clock.now()
        if self._set is None or not self._set_from <= now < self._set_until:
            self._set = self._choose(now)
        return self._set

    def _choose(self, now: datetime) -> KeySet:
        signer = choose_signer(self._cards, self._algorithm, at=now)
        if signer is None:
            # Every key of ours has retired since the last look, and the next one makes another;
            # until then the newest is still taken by everybody.
            signer = max(
                (card for card in self._cards if card.algorithm == self._algorithm),
                key=lambda card: card.signs_from,
            )
        published = [
            self._keys[card.key_id] for card in self._cards if card.state(now) is not KeyState.GONE
        ]
        moments = [moment for card in self._cards for moment in _turns(card)]
        self._set_from = max((m for m in moments if m <= now), default=_LONG_AGO)
        self._set_until = min((m for m in moments if m > now), default=_NEVER)
        first = self._keys[signer.key_id]
        return KeySet([first, *(key for key in published if key is not first)])

    # To keep -------------------------------------------------------------------------------------

    @property
    @override
    def algorithm(self) -> str:
        return self._algorithm

    @override
    def cards(self) -> Sequence[KeyCard]:
        return self._cards

    @override
    async def open(self) -> None:
        async with self._database.transaction() as tx:
            now = self._clock.now()
            await tx.execute(_QUERIES["lock_signing_keys"])
            if self._signer_of(await _rows(tx), now) is None:
                await self._make(tx, signs_from=now)
            await tx.execute(_QUERIES["expect_lives"], self._longest_seconds, now)
            rows = await _rows(tx)
        self._take(rows)

    @override
    async def load(self) -> frozenset[str]:
        self._looked_at = self._clock.monotonic()
        before = frozenset(self._keys)
        async with self._database.connection() as connection:
            rows = await _rows(connection)
        if self._signer_of(rows, self._clock.now()) is None:
            await self.open()  # Somebody who signs in another way has retired or withdrawn ours.
        else:
            self._take(rows)
        return before - frozenset(self._keys)

    @override
    async def rotate(
        self, *, signs_from: datetime, unless_after: datetime | None = None, withdraw: bool = False
    ) -> KeyCard | None:
        async with self._database.transaction() as tx:
            await tx.execute(_QUERIES["lock_signing_keys"])
            own = [
                card for card in map(_card, await _rows(tx)) if card.algorithm == self._algorithm
            ]
            if unless_after is not None and any(card.signs_from > unless_after for card in own):
                return None  # Another node was first.
            made = await self._make(tx, signs_from=signs_from)
            if withdraw:
                await tx.execute(_QUERIES["withdraw_signing_keys"], made)
            await tx.execute(
                _QUERIES["retire_signing_keys"],
                made,
                signs_from,
                self._algorithm,
                unless_after or self._clock.now(),
            )
            rows = await _rows(tx)
        # After the commit: what is not in the table must not sign.
        self._take(rows)
        return next(card for card in self._cards if card.key_id == made)

    @override
    async def remove_gone(self) -> int:
        long_gone = self._clock.now() - timedelta(seconds=KEEP_GONE_SECONDS)
        gone = [card.key_id for card in self._cards if card.state(long_gone) is KeyState.GONE]
        if gone:
            async with self._database.connection() as connection:
                await connection.execute(_QUERIES["remove_signing_keys"], gone)
        return len(gone)

    async def _make(self, tx: Connection, *, signs_from: datetime) -> str:
        # An RSA key takes half a second of a core.
        key = await asyncio.to_thread(generate_key, self._algorithm)
        sealed = self._master.seal(key.export_private(), place=_place(key.key_id))
        await tx.execute(
            _QUERIES["add_signing_key"],
            key.key_id,
            self._algorithm,
            sealed,
            self._clock.now(),
            signs_from,
            self._longest_seconds,
        )
        log.info(
            "signing_key_made",
            key_id=key.key_id,
            algorithm=self._algorithm,
            signs_from=signs_from.isoformat(),
        )
        return key.key_id

    def _signer_of(self, rows: Sequence[Record], now: datetime) -> KeyCard | None:
        return choose_signer([_card(row) for row in rows], self._algorithm, at=now)

    def _take(self, rows: Sequence[Record]) -> None:
        known = self._keys
        self._keys = {
            row["key_id"]: known.get(row["key_id"]) or _unseal(row, self._master) for row in rows
        }
        self._cards = tuple(_card(row) for row in rows)
        self._set = None


async def _rows(connection: Connection) -> Sequence[Record]:
    return await connection.fetch(_QUERIES["signing_keys"], float(OVERLAP_MARGIN_SECONDS))


def read_signed(keys: KeySet, token: str) -> bytes:
    """Give a token's payload; the refusals are those of accounts."""
    try:
        return keys.read(token)
    except AlgorithmRefused as error:
        raise AlgorithmNotAllowed from error
    except KeyNotKnown as error:
        raise KeyUnknown from error
    except SignatureRefused as error:
        raise SignatureWrong from error
    except TokenRefused as error:
        raise TokenMalformed from error


def _card(row: Record) -> KeyCard:
    fields = {name: row[name] for name in KeyCard.__struct_fields__}
    return msgspec.convert(fields, KeyCard)


def _turns(card: KeyCard) -> list[datetime]:
    turns = (card.signs_from, card.signs_until, card.published_until)
    return [moment for moment in turns if moment is not None]


def _unseal(row: Record, master: MasterKey) -> SigningKey:
    key_id = row["key_id"]
    exported = master.unseal(row["sealed"], place=_place(key_id))
    return import_key(key_id, row["algorithm"], exported)


def _place(key_id: str) -> str:
    return f"accounts.signing_keys.sealed:{key_id}"
