"""What outside issuers need: their keys, and whom their subjects stand for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from causerie.accounts.model import Identity, NewUser, User
from causerie.foundation.identity import UserId


class OutsideKeys(Protocol):
    """The keys that an outside issuer publishes, fetched when they are needed."""

    async def read(self, token: str) -> bytes:
        """Give the payload of a token that one of the keys has signed.

        Raises ``TokenMalformed``, ``AlgorithmNotAllowed``, ``KeyUnknown``, ``SignatureWrong``, or
        ``Unavailable`` where the keys cannot be had.
        """
        ...


class Identities(Protocol):
    """The table of outside identities. Raises ``Unavailable``."""

    async def find(self, issuer: str, subject: str) -> User | None:
        """Find whom a subject of an issuer stands for."""
        ...

    async def add(self, issuer: str, subject: str, user: NewUser, *, at: datetime) -> User | None:
        """Make an account for a subject; None where it has one since. Raises ``UsernameTaken``."""
        ...

    async def link(
        self, issuer: str, subject: str, user_id: UserId, *, at: datetime
    ) -> tuple[Identity, bool] | None:
        """Let a subject stand for an account that is here; gives it, and whether that is new.

        None where it stands for another account. Raises ``IdentitiesAreMany``.
        """
        ...

    async def list_of(self, user_id: UserId) -> Sequence[Identity]:
        """Give what stands for an account, the oldest first."""
        ...

    async def remove(self, user_id: UserId, identity_id: int) -> bool:
        """Unlink; False where the user has none such. Raises ``LastWayIn``."""
        ...
