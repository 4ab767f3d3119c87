"""Signing keys in PostgreSQL, sealed under the master key; the first node to start makes one."""

from __future__ import annotations

import structlog
from typing_extensions import override

from causerie.accounts.errors import (
    AlgorithmNotAllowed,
    KeyUnknown,
    SignatureWrong,
    TokenMalformed,
)
from causerie.accounts.ports import TokenSigner
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
from causerie.foundation.postgres import Database, Queries, Record

log = structlog.get_logger()

_QUERIES = Queries.load("causerie.accounts")


class StoredSigner(TokenSigner):
    """The port over a set of keys."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    @override
    def sign(self, payload: bytes) -> str:
        return self._keys.sign(payload)

    @override
    def read(self, token: str) -> bytes:
        try:
            return self._keys.read(token)
        except AlgorithmRefused as error:
            raise AlgorithmNotAllowed from error
        except KeyNotKnown as error:
            raise KeyUnknown from error
        except SignatureRefused as error:
            raise SignatureWrong from error
        except TokenRefused as error:
            raise TokenMalformed from error

    @override
    def public_keys(self) -> list[dict[str, str]]:
        return self._keys.public()


def shared_signer(secret: str) -> StoredSigner:
    """Make the signer of HS256. Raises ``WeakSecret``."""
    return StoredSigner(KeySet([shared_secret(secret)]))


async def load_signer(database: Database, master: MasterKey, *, algorithm: str) -> StoredSigner:
    """Read the keys, and make one for the algorithm where there is none.

    The newest key of the algorithm signs; all that are there verify. Raises ``CannotUnseal`` and
    ``Unavailable``.
    """
    async with database.transaction() as tx:
        await tx.execute(_QUERIES["lock_signing_keys"])
        rows = await tx.fetch(_QUERIES["signing_keys"])
        keys = [_unseal(row, master) for row in rows]
        retired = {row["key_id"] for row in rows if row["is_retired"]}
        signer = next(
            (k for k in keys if k.algorithm == algorithm and k.key_id not in retired), None
        )
        if signer is None:
            signer = generate_key(algorithm)
            sealed = master.seal(signer.export_private(), place=_place(signer.key_id))
            await tx.execute(_QUERIES["add_signing_key"], signer.key_id, algorithm, sealed)
            log.info("signing_key_made", key_id=signer.key_id, algorithm=algorithm)
    return StoredSigner(KeySet([signer, *(key for key in keys if key is not signer)]))


def _unseal(row: Record, master: MasterKey) -> SigningKey:
    key_id = row["key_id"]
    exported = master.unseal(row["sealed"], place=_place(key_id))
    return import_key(key_id, row["algorithm"], exported)


def _place(key_id: str) -> str:
    return f"accounts.signing_keys.sealed:{key_id}"
