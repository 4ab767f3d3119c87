"""What is personal is stored encrypted: what was stored before that, or under an older key."""

from __future__ import annotations

import structlog

from causerie.accounts.model import EncryptedBatch
from causerie.accounts.ports import DataKeyTable, Emails
from causerie.foundation.identity import UserId

log = structlog.get_logger()

MAX_NAMED = 100  # Of users whose values do not open; the log has them all.


class PersonalDataKeeper:
    """Changes the key of encrypted fields, and encrypts under it what is not."""

    def __init__(self, keys: DataKeyTable, emails: Emails) -> None:
        self._keys = keys
        self._emails = emails

    async def keep_up(self) -> None:
        """See whether there is a newer key; called each minute."""
        await self._keys.load()

    async def rotate(self) -> int:
        """Make a new key for what is written from now on; gives its id."""
        return await self._keys.rotate()

    async def encrypt_existing(self) -> EncryptedBatch:
        """Encrypt under the key of now whatever is stored otherwise; gives the sum of it.

        In batches, each of which is done when it is done: harmless to stop and to repeat, and
        beside a running server. What does not open stays as it is and is named.
        """
        done = EncryptedBatch(UserId(0), 0, ())
        while batch := await self._emails.encrypt_batch(done.up_to):
            unreadable = (*done.unreadable, *batch.unreadable)[:MAX_NAMED]
            done = EncryptedBatch(batch.up_to, done.encrypted + batch.encrypted, unreadable)
            log.info("personal_data_encrypted", values=done.encrypted, up_to_user=done.up_to)
        return done
