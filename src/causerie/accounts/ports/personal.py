"""What encrypted fields need: the table of their keys, and the columns that hold them."""

from __future__ import annotations

from typing import Protocol

from causerie.accounts.model import EncryptedBatch, User
from causerie.foundation.identity import UserId


class DataKeyTable(Protocol):
    """The table of the keys of encrypted fields. Raises ``Unavailable``, ``CannotUnseal``."""

    async def load(self) -> None:
        """Read the keys again."""
        ...

    async def rotate(self) -> int:
        """Make a key for what is written from now on; gives its id."""
        ...


class Emails(Protocol):
    """Users' e-mail addresses, encrypted. Raises ``Unavailable``, ``CannotUnseal``."""

    async def email_of(self, user_id: UserId) -> str | None:
        """Give a user's address as it was written."""
        ...

    async def find_by_email(self, address: str) -> list[User]:
        """Give who has an address, in whatever case; several accounts may share one."""
        ...

    async def replace(self, user_id: UserId, address: str | None) -> None:
        """Give a user another address, or none."""
        ...

    async def encrypt_batch(self, after: UserId) -> EncryptedBatch | None:
        """Encrypt some that are not, or under an older key, of users past an id; None: no more."""
        ...
