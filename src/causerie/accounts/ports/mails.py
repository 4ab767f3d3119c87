"""What letters need: a queue, the addresses, and somebody who sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from causerie.accounts.model import MailKind, User, WaitingMail
from causerie.foundation.identity import UserId
from causerie.foundation.mail import Letter


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter over. Raises ``MailRefused`` or ``MailAway``."""
        ...


class MailQueue(Protocol):
    """The letters that wait; on all nodes together. Every method may raise ``Unavailable``."""

    async def put(
        self, kind: MailKind, about: str, *, at: datetime, expires_at: datetime, limit: int
    ) -> bool:
        """Store one; says False where ``limit`` others wait.

        Where the same waits already it is that one, which now waits for as long as this one would.
        """
        ...

    async def take(self, *, at: datetime, lease: timedelta) -> WaitingMail | None:
        """Give one that is due to this caller alone, until the lease is over."""
        ...

    async def spread(
        self, mail: WaitingMail, kind: MailKind, about: Sequence[str], *, at: datetime
    ) -> None:
        """Put others, and finish one, both or neither."""
        ...

    async def postpone(self, mail: WaitingMail, *, until: datetime) -> None:
        """Try one again later."""
        ...

    async def finish(self, mail: WaitingMail, *, at: datetime) -> None:
        """Be done with one, unless it was put again since it was taken: then its turn is now."""
        ...


class ResetTokens(Protocol):
    """What opens an account to who reads its mail; only hashes. May raise ``Unavailable``."""

    async def add(
        self,
        token: bytes,
        user_id: UserId,
        mail: WaitingMail,
        *,
        at: datetime,
        expires_at: datetime,
        limit: int,
    ) -> bool:
        """Store the one of a letter that waits, or make it live on.

        Says False, and stores nothing, where the letter is no longer to be sent, or where ``limit``
        others of the user's are live.
        """
        ...

    async def find_user(self, token: bytes, *, at: datetime) -> User | None:
        """Say whose a live token is, without spending it."""
        ...

    async def redeem(self, token: bytes, new: str, *, at: datetime) -> list[str] | None:
        """Spend a token, once however many try at once: put a hash in place and void all else.

        Gives the ids of the sessions that ended; None where the token was not live.
        """
        ...
