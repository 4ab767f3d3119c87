"""Forgotten passwords: asked for alike by everybody, and set anew by who reads the mail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import structlog

from causerie.accounts.errors import MailNotOffered, ResetRefused
from causerie.accounts.events import Change, CredentialsChanged, SessionRevoked, UserTokensRevoked
from causerie.accounts.model import (
    MAX_SECRET_CHARACTERS,
    MAX_SUBJECT_CHARACTERS,
    MAX_WAITING_MAILS,
    RESET_SECONDS,
    MailKind,
    Origin,
    User,
)
from causerie.accounts.ports import MailQueue, Passwords, ResetTokens
from causerie.accounts.service.guessed import PASSWORD
from causerie.accounts.service.new_passwords import require_new_password
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid, Unavailable
from causerie.foundation.events import Events
from causerie.limits import Guesses

log = structlog.get_logger()


class PasswordResets:
    """Takes requests without looking who they are about, and redeems what the letters carry."""

    def __init__(
        self,
        tokens: ResetTokens,
        queue: MailQueue | None,
        *,
        wake: Callable[[], None],
        passwords: Passwords,
        guesses: Guesses,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._queue = queue
        self._passwords = passwords
        self._guesses = guesses
        self._events = events
        self._completion = completion
        self._clock = clock
        self._wake = wake

    async def request(self, about: str, origin: Origin) -> None:
        """Ask for a letter to whoever has this username or address.

        Nobody is looked up here, so neither the answer nor its time tells whether there is
        somebody. Raises ``MailNotOffered``, ``Invalid`` or ``Unavailable``, alike for all.
        """
        if self._queue is None:
            raise MailNotOffered
        if not 1 <= len(about) <= MAX_SUBJECT_CHARACTERS or not about.isprintable():
            raise Invalid("account", "Must be a username or an e-mail address")
        now = self._clock.now()
        log.info("password_reset_requested", client=origin.ip)
        if not await self._queue.put(
            MailKind.RESET_REQUEST,
            about,
            at=now,
            expires_at=now + timedelta(seconds=RESET_SECONDS),
            limit=MAX_WAITING_MAILS,
        ):
            raise Unavailable("Too many letters wait to be sent; try again later")
        self._wake()

    async def redeem(self, token: str, new: str, origin: Origin) -> None:
        """Set a password; all sessions end. Raises ``ResetRefused`` or ``Invalid``."""
        if len(token) > MAX_SECRET_CHARACTERS:
            raise ResetRefused
        hashed = hash_of_reset(token)
        user = await self._tokens.find_user(hashed, at=self._clock.now())
        if user is None:
            raise ResetRefused
        # A password that is refused does not spend the token.
        await require_new_password(
            self._passwords, new, username=user.username, field="new_password"
        )
        encoded = await self._passwords.hash(new)
        await self._completion.run(self._redeem(user, hashed, encoded, origin))

    async def _redeem(self, user: User, token: bytes, encoded: str, origin: Origin) -> None:
        ended = await self._tokens.redeem(token, encoded, at=self._clock.now())
        if ended is None:
            raise ResetRefused
        # Whoever guesses at the old password meanwhile must not keep the owner of the new one out.
        await self._guesses.remember(PASSWORD, user.username, address=origin.ip)
        log.warning("password_reset", user_id=user.id, client=origin.ip, sessions=len(ended))
        self._events.announce(
            [
                CredentialsChanged(user_id=user.id, change=Change.PASSWORD_RESET, ip=origin.ip),
                UserTokensRevoked(user_id=user.id),
                *(SessionRevoked(user_id=user.id, session=session) for session in ended),
            ]
        )


def hash_of_reset(token: str) -> bytes:
    """Hash a token; one round is enough for what cannot be guessed."""
    return hashlib.sha256(b"reset " + token.encode(errors="surrogatepass")).digest()
