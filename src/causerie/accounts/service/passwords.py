"""Passwords changed by who knows the old one."""

from __future__ import annotations

import structlog

from causerie.accounts.events import Change, CredentialsChanged, SessionRevoked
from causerie.accounts.model import Origin, Proof
from causerie.accounts.ports import PasswordBook, Passwords
from causerie.accounts.service.new_passwords import require_new_password
from causerie.accounts.service.step_up import StepUp
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal

log = structlog.get_logger()


class PasswordChanges:
    """Puts a new password in the place of the old one, and ends what was made with that."""

    def __init__(
        self,
        book: PasswordBook,
        *,
        passwords: Passwords,
        step_up: StepUp,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._book = book
        self._passwords = passwords
        self._step_up = step_up
        self._events = events
        self._completion = completion
        self._clock = clock

    async def change(self, principal: Principal, proof: Proof, new: str, origin: Origin) -> None:
        """Change the password; all sessions but this one end.

        Raises what ``require_new_password`` raises for the new one, and step-up for the old one.
        """
        await require_new_password(
            self._passwords, new, username=principal.username, field="new_password"
        )
        await self._step_up.prove(principal, proof, origin)
        encoded = await self._passwords.hash(new)
        await self._completion.run(self._change(principal, encoded, origin))

    async def _change(self, principal: Principal, encoded: str, origin: Origin) -> None:
        user_id = principal.user_id
        ended = await self._book.replace(
            user_id, encoded, keep_session=principal.session, at=self._clock.now()
        )
        log.info("password_changed", user_id=user_id, client=origin.ip, sessions=len(ended))
        self._events.announce(
            [
                CredentialsChanged(user_id=user_id, change=Change.PASSWORD_CHANGED, ip=origin.ip),
                *(SessionRevoked(user_id=user_id, session=session) for session in ended),
            ]
        )
