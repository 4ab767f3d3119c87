"""Two-factor authentication of one's own: switched on, renewed, switched off."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import structlog

from causerie.accounts.errors import TwoFactorIsOff, TwoFactorIsOn, TwoFactorNotOffered
from causerie.accounts.events import Change, CredentialsChanged
from causerie.accounts.model import (
    BACKUP_CODES,
    ENROLMENT_SECONDS,
    Enrolment,
    Origin,
    Proof,
    hash_of_backup_code,
    new_backup_code,
)
from causerie.accounts.ports import SecondFactors
from causerie.accounts.service.codes import Codes
from causerie.accounts.service.step_up import StepUp
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.crypto import new_totp_secret, totp_uri
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId

log = structlog.get_logger()


class SetUp(msgspec.Struct, frozen=True):
    """What an authenticator is set up with; ``uri`` holds the secret, too."""

    secret: str
    uri: str


class TwoFactor:
    """What one can do with one's second factor."""

    def __init__(  # noqa: PLR0913 - what it stands on, each by name
        self,
        factors: SecondFactors,
        *,
        codes: Codes,
        step_up: StepUp,
        events: Events,
        completion: Completion,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        issuer: str,
        is_offered: bool,
    ) -> None:
        self._factors = factors
        self._codes = codes
        self._step_up = step_up
        self._events = events
        self._completion = completion
        self._clock = clock
        self._random_bytes = random_bytes
        self._issuer = issuer
        self._is_offered = is_offered

    async def is_on(self, user_id: UserId) -> bool:
        """Say whether logins of the user ask for a code."""
        enrolment = await self._factors.find(user_id)
        return enrolment is not None and enrolment.confirmed_at is not None

    async def count_backup_codes(self, user_id: UserId) -> int:
        """Say how many backup codes are left."""
        return await self._factors.count_backup_codes(user_id)

    async def propose(self, principal: Principal, proof: Proof | None, origin: Origin) -> SetUp:
        """Give what an authenticator is set up with; nothing is in force before ``confirm``.

        Raises ``StepUpRequired``, ``WrongCredentials``, ``TwoFactorIsOn``, ``TwoFactorNotOffered``.
        """
        self._require_offered()
        await self._step_up.require(principal, proof, origin)
        secret = new_totp_secret(self._random_bytes)
        if not await self._factors.propose(principal.user_id, secret, at=self._clock.now()):
            raise TwoFactorIsOn
        return self._set_up(principal, secret)

    async def show_proposed(self, principal: Principal) -> SetUp:
        """Give what was proposed once more. Raises ``StepUpRequired`` or ``TwoFactorIsOff``."""
        await self._step_up.require_recent(principal)
        return self._set_up(principal, (await self._require_proposed(principal.user_id)).secret)

    async def confirm(self, principal: Principal, code: str, origin: Origin) -> list[str]:
        """Put the authenticator in force that shows this code; gives the backup codes.

        Raises ``WrongCode``, ``RateLimited``, ``TwoFactorIsOff``, ``TwoFactorIsOn``.
        """
        self._require_offered()
        enrolment = await self._require_proposed(principal.user_id)
        step = await self._codes.require_step(enrolment, code, origin)
        return await self._completion.run(self._confirm(enrolment, step, origin))

    async def renew_backup_codes(
        self, principal: Principal, proof: Proof | None, origin: Origin
    ) -> list[str]:
        """Void the backup codes and give new ones. Raises ``TwoFactorIsOff``, or as step-up does."""
        await self._step_up.require(principal, proof, origin)
        return await self._completion.run(self._renew(principal.user_id, origin))

    async def disable(self, principal: Principal, proof: Proof, origin: Origin) -> None:
        """Ask for no code any more. Raises ``TwoFactorIsOff``, or as step-up does."""
        await self._step_up.prove(principal, proof, origin)
        await self._completion.run(self._disable(principal.user_id, origin))

    async def _confirm(self, enrolment: Enrolment, step: int, origin: Origin) -> list[str]:
        codes, hashes = self._new_backup_codes(enrolment.user_id)
        if not await self._factors.confirm(
            enrolment, step=step, backup_hashes=hashes, at=self._clock.now()
        ):
            raise TwoFactorIsOn
        self._tell(enrolment.user_id, Change.TWO_FACTOR_ENABLED, origin)
        return codes

    async def _renew(self, user_id: UserId, origin: Origin) -> list[str]:
        codes, hashes = self._new_backup_codes(user_id)
        if not await self._factors.replace_backup_codes(user_id, hashes):
            raise TwoFactorIsOff
        self._tell(user_id, Change.BACKUP_CODES_RENEWED, origin)
        return codes

    async def _disable(self, user_id: UserId, origin: Origin) -> None:
        if not await self._factors.remove(user_id):
            raise TwoFactorIsOff
        self._tell(user_id, Change.TWO_FACTOR_DISABLED, origin)

    async def _require_proposed(self, user_id: UserId) -> Enrolment:
        enrolment = await self._factors.find(user_id)
        if enrolment is None:
            raise TwoFactorIsOff
        if enrolment.confirmed_at is not None:
            raise TwoFactorIsOn
        age_seconds = (self._clock.now() - enrolment.created_at).total_seconds()
        if age_seconds > ENROLMENT_SECONDS:
            raise TwoFactorIsOff
        return enrolment

    def _require_offered(self) -> None:
        if not self._is_offered:
            raise TwoFactorNotOffered

    def _set_up(self, principal: Principal, secret: str) -> SetUp:
        return SetUp(secret, totp_uri(secret, account=principal.username, issuer=self._issuer))

    def _new_backup_codes(self, user_id: UserId) -> tuple[list[str], list[bytes]]:
        codes = [new_backup_code(self._random_bytes) for _ in range(BACKUP_CODES)]
        return codes, [hash_of_backup_code(user_id, code) for code in codes]

    def _tell(self, user_id: UserId, change: Change, origin: Origin) -> None:
        log.info(change, user_id=user_id, client=origin.ip)
        self._events.announce([CredentialsChanged(user_id=user_id, change=change, ip=origin.ip)])
