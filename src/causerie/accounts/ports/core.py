"""What accounts need at the door: hashes, signatures, and the tables of users and sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from causerie.accounts.model import (
    Credentials,
    KeyCard,
    NewUser,
    Reused,
    Rotated,
    SessionStart,
    Standing,
    User,
)
from causerie.foundation.identity import UserId


class Passwords(Protocol):
    """Makes and verifies password hashes off the loop. Raises ``Unavailable`` when overrun."""

    async def hash(self, password: str) -> str:
        """Hash a password with today's parameters."""
        ...

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Say whether the hash is the password's; with None, do the same work and say no."""
        ...

    async def is_breached(self, password: str) -> bool:
        """Say whether a password is known from a breach."""
        ...

    def expect_old(self, *, are_there: bool) -> None:
        """Take note whether any account still has a hash of an older system."""
        ...

    def is_outdated(self, encoded: str) -> bool:
        """Say whether a hash was made in another way than today's."""
        ...

    def is_hash(self, text: str) -> bool:
        """Say whether a text is a hash that can be verified here."""
        ...


class TokenSigner(Protocol):
    """Signs what a token says, and reads it back from tokens that it has signed."""

    def sign(self, payload: bytes) -> str:
        """Give the payload as a JWT."""
        ...

    def read(self, token: str) -> bytes:
        """Give the payload of a token.

        Raises ``TokenMalformed``, ``AlgorithmNotAllowed``, ``KeyUnknown`` or ``SignatureWrong``.
        """
        ...

    def public_keys(self) -> list[dict[str, str]]:
        """Give the public keys as JWKs (RFC 7517); none with a shared secret."""
        ...

    async def look_again(self) -> bool:
        """Look whether other nodes have made keys; says whether there are new ones.

        Bounded: soon after a look it says no, so that made-up key ids cost next to nothing.
        """
        ...

    async def expect_token(self, until: datetime) -> None:
        """Publish what signs now until then at least. Raises ``Unavailable``."""
        ...


class SigningKeys(Protocol):
    """The table of signing keys, which all nodes share. Raises ``Unavailable``, ``CannotUnseal``."""

    @property
    def algorithm(self) -> str:
        """The algorithm with which this node signs."""
        ...

    def cards(self) -> Sequence[KeyCard]:
        """Give what was last read, the newest first."""
        ...

    async def open(self) -> None:
        """Read the keys, and make one that signs at once where there is none of the algorithm."""
        ...

    async def load(self) -> frozenset[str]:
        """Read the keys again; gives the ids of those that have vanished."""
        ...

    async def rotate(
        self, *, signs_from: datetime, unless_after: datetime | None = None, withdraw: bool = False
    ) -> KeyCard | None:
        """Make a key; all others retire when it signs, or vanish at once with ``withdraw``.

        None, and nothing done, where a key signs from later than ``unless_after`` already.
        """
        ...

    async def remove_gone(self) -> int:
        """Remove the keys that have been gone for long; says how many."""
        ...


class Users(Protocol):
    """The tables of users and roles. Every method may raise ``Unavailable``."""

    async def is_founded(self) -> bool:
        """Say whether the server has had its first account."""
        ...

    async def add_user(
        self, user: NewUser, *, at: datetime, only_founder: bool, invitation: bytes | None = None
    ) -> User | None:
        """Store an account; the server's first one becomes admin, whatever its role says.

        With ``only_founder`` nothing is stored and None given unless it is the first, or the hash
        is that of an invitation with a use left: with the account that use is gone. Raises
        ``UsernameTaken``, which spends none.
        """
        ...

    async def add_users(self, users: Sequence[NewUser], *, at: datetime) -> frozenset[str]:
        """Store many; gives the names that were new. Founds the server, too. No names repeat."""
        ...

    async def find_many_by_username(self, usernames: Sequence[str]) -> list[User]:
        """Give those of the users that exist, by their names in any case; in any order."""
        ...

    async def find_credentials(self, username: str) -> Credentials | None:
        """Find what a login is compared with."""
        ...

    async def get_credentials(self, user_id: UserId) -> Credentials | None:
        """Find the same by the user's id."""
        ...

    async def get_many(self, ids: Sequence[UserId]) -> list[User]:
        """Give those of the users that exist, in any order."""
        ...

    async def replace_hash(self, user_id: UserId, *, old: str, new: str) -> None:
        """Put a newer hash of the same password in place, unless it has changed meanwhile."""
        ...

    async def has_old_hashes(self) -> bool:
        """Say whether any account has a bcrypt hash."""
        ...

    async def change_role(self, username: str, role: str) -> User | None:
        """Give a user another role. Raises ``UnknownRole``."""
        ...

    async def permissions_by_role(self) -> Mapping[str, frozenset[str]]:
        """Give the role table."""
        ...

    async def replace_permissions(self, role: str, permissions: frozenset[str]) -> bool:
        """Give a role exactly these; says whether there is such a role."""
        ...


class Sessions(Protocol):
    """The tables of sessions, refresh tokens, tickets and revocations; secrets only as hashes.

    Every method is one transaction and may raise ``Unavailable``.
    """

    async def open(self, starts: Sequence[SessionStart]) -> None:
        """Store sessions, each with the first refresh token of its family."""
        ...

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
        """Spend a refresh token, once however many try at once, and put a new one in its place.

        A spent one ends its session. None where it is unknown or expired, its session over, or
        begun no later than ``begun_after``.
        """
        ...

    async def end_overdue(self, *, at: datetime, begun_by: datetime) -> list[tuple[str, UserId]]:
        """End logins' sessions that began so long ago, some thousands at most; gives them."""
        ...

    async def end(self, session: str, user_id: UserId, *, at: datetime) -> bool:
        """End a session, also one that is not in the table; says whether it was live until now."""
        ...

    async def end_all(self, user_id: UserId, *, at: datetime) -> list[str]:
        """End all sessions of a user and void the tokens made before; gives the sessions' ids."""
        ...

    async def revoke_token(
        self, token: str, *, expires_at: datetime, is_told: bool = False
    ) -> bool:
        """Void one access token by its ``jti``; says whether it was good until now (once only).

        ``is_told``: every process closes its sockets. Not where a single-use one is spent.
        """
        ...

    async def standing(self, user_id: UserId, session: str, token: str) -> Standing | None:
        """Give how a token's user and session stand; None where there is no such user."""
        ...

    async def authenticated_at(self, session: str, user_id: UserId) -> datetime | None:
        """Say when the session's user last proved who they are; None where nobody knows."""
        ...

    async def note_authentication(
        self, session: str, user_id: UserId, *, at: datetime, session_until: datetime
    ) -> None:
        """Take note that the session's user has just proven who they are.

        A session of a system that shares our secret gets its row by this.
        """
        ...

    async def add_ticket(
        self, ticket: bytes, user_id: UserId, session: str, *, expires_at: datetime
    ) -> None:
        """Store a ticket."""
        ...

    async def take_ticket(self, ticket: bytes, *, at: datetime) -> tuple[Standing, str] | None:
        """Remove a ticket; gives its user's standing and session where it was still good."""
        ...

    async def remove_expired(self, *, at: datetime) -> int:
        """Remove what has expired, some thousands of rows at most; gives how many went."""
        ...
