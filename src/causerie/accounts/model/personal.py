"""Personal data on its way to being encrypted."""

from __future__ import annotations

import msgspec

from causerie.foundation.identity import UserId


class EncryptedBatch(msgspec.Struct, frozen=True):
    """Some users' values, up to one user: how many are encrypted now, and whose would not open."""

    up_to: UserId
    encrypted: int
    unreadable: tuple[UserId, ...]
