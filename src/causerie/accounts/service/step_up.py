"""Step-up: sensitive actions ask who one is once more, unless one has just said so."""

from __future__ import annotations

from datetime import timedelta

import structlog

from causerie.accounts.errors import StepUpRequired, WrongCredentials
from causerie.accounts.model import FRESH_SECONDS, Origin, Proof, TokenPolicy, is_triable
from causerie.accounts.ports import Passwords, Sessions, Users
from causerie.accounts.service.codes import Codes
from causerie.accounts.service.guessed import PASSWORD
from causerie.foundation.clock import Clock
from causerie.foundation.identity import Principal
from causerie.limits import Guesses

log = structlog.get_logger()


class StepUp:
    """The one check before what a stolen token must not be able to do."""

    def __init__(
        self,
        users: Users,
        sessions: Sessions,
        *,
        passwords: Passwords,
        codes: Codes,
        guesses: Guesses,
        policy: TokenPolicy,
        clock: Clock,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._passwords = passwords
        self._codes = codes
        self._guesses = guesses
        self._policy = policy
        self._clock = clock

    async def require_recent(self, principal: Principal) -> None:
        """Raise ``StepUpRequired`` unless the session's user proved it in the last 5 minutes."""
        at = await self._sessions.authenticated_at(principal.session, principal.user_id)
        # A time ahead of now was written by a clock that has jumped since, and says nothing.
        if at is None or not 0 <= (self._clock.now() - at).total_seconds() < FRESH_SECONDS:
            raise StepUpRequired

    async def prove(self, principal: Principal, proof: Proof, origin: Origin) -> None:
        """Take a proof as good as a login's, and remember it for the session.

        Raises ``WrongCredentials``, ``TwoFactorRequired``, ``WrongCode`` or ``RateLimited``.
        """
        await self.require_password(principal, proof, origin)
        await self.note(principal)

    async def note(self, principal: Principal) -> None:
        """Remember for the session that its user has just proven who they are."""
        now = self._clock.now()
        await self._sessions.note_authentication(
            principal.session,
            principal.user_id,
            at=now,
            session_until=now + timedelta(seconds=self._policy.session_seconds),
        )

    async def require(self, principal: Principal, proof: Proof | None, origin: Origin) -> None:
        """Take a proof where one is offered, else ask for a recent one.

        Raises ``StepUpRequired``, or what ``prove`` raises.
        """
        if proof is None or proof.password is None:
            await self.require_recent(principal)
        else:
            await self.prove(principal, proof, origin)

    async def require_password(self, principal: Principal, proof: Proof, origin: Origin) -> None:
        """Compare the password, and the code where two-factor is on. Raises as ``prove`` does."""
        if proof.password is None or not is_triable(proof.password):
            raise WrongCredentials
        name = principal.username
        async with self._guesses.guess(PASSWORD, name, address=origin.ip) as guess:
            credentials = await self._users.get_credentials(principal.user_id)
            encoded = credentials.password_hash if credentials is not None else None
            is_right = await self._passwords.verify(proof.password, encoded)
            if credentials is None or not is_right:
                log.info("step_up_refused", user_id=principal.user_id, client=origin.ip)
                raise WrongCredentials
            guess.was_right()
        if credentials.has_second_factor:
            await self._codes.require(principal.user_id, proof.code, origin)
