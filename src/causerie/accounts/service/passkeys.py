"""Passkeys of one's own: made, used to log in or to prove oneself again, removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from causerie.accounts.errors import PasskeyIsKnown, PasskeyRefused, PasskeysAreMany
from causerie.accounts.events import Change, CredentialsChanged
from causerie.accounts.model import (
    CHALLENGE_BYTES,
    CHALLENGE_SECONDS,
    MAX_CREDENTIAL_CHARACTERS,
    MAX_PASSKEYS,
    LoggedIn,
    Origin,
    Passkey,
    Proof,
    ShownPasskey,
    Site,
    require_passkey_name,
)
from causerie.accounts.ports import PasskeyBook, Users
from causerie.accounts.service.sessions import SessionKeeper
from causerie.accounts.service.step_up import StepUp
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.crypto import (
    Claim,
    NewCredential,
    NotGenuine,
    creation_options,
    read_claim,
    request_options,
    verify_creation,
    verify_use,
)
from causerie.foundation.errors import NotFound
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId

log = structlog.get_logger()


class Passkeys:
    """What one can do with passkeys. A challenge is answered once, by whom it was put to."""

    def __init__(  # noqa: PLR0913 - what it stands on, each by name
        self,
        book: PasskeyBook,
        users: Users,
        *,
        sessions: SessionKeeper,
        step_up: StepUp,
        events: Events,
        completion: Completion,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        handle_of: Callable[[UserId], bytes],
    ) -> None:
        self._book = book
        self._users = users
        self._sessions = sessions
        self._step_up = step_up
        self._events = events
        self._completion = completion
        self._clock = clock
        self._random_bytes = random_bytes
        self._handle_of = handle_of

    # --- making and removing ---------------------------------------------------------------------

    async def propose(
        self, principal: Principal, proof: Proof | None, site: Site, origin: Origin
    ) -> str:
        """Give what a browser makes a passkey with, as JSON.

        Raises ``StepUpRequired``, or what a proof can raise, and ``PasskeysAreMany``.
        """
        await self._step_up.require(principal, proof, origin)
        known = await self._book.list_of(principal.user_id)
        if len(known) >= MAX_PASSKEYS:
            raise PasskeysAreMany
        return creation_options(
            site.host,
            challenge=await self._challenge(principal.user_id),
            user_handle=self._handle_of(principal.user_id),
            username=principal.username,
            known=[passkey.credential_id for passkey in known],
        )

    async def add(
        self, principal: Principal, shown: ShownPasskey, *, name: str, origin: Origin
    ) -> Passkey:
        """Keep what the browser made. Raises ``PasskeyRefused``, ``PasskeyIsKnown``, ``Invalid``."""
        name = require_passkey_name(name)
        claim = await self._take(shown.credential, principal.user_id)
        try:
            made = verify_creation(
                shown.credential,
                host=shown.site.host,
                origin=shown.site.origin,
                challenge=claim.challenge,
            )
        except NotGenuine as error:
            raise _refused(error) from error
        return await self._completion.run(self._add(principal.user_id, made, name, origin))

    async def list_of(self, user_id: UserId) -> list[Passkey]:
        """Give a user's passkeys, the oldest first."""
        return await self._book.list_of(user_id)

    async def remove(
        self, principal: Principal, passkey_id: int, proof: Proof | None, origin: Origin
    ) -> None:
        """Remove a passkey of one's own. Raises ``NotFound``, ``LastWayIn``, or as step-up does."""
        await self._step_up.require(principal, proof, origin)
        await self._completion.run(self._remove(principal.user_id, passkey_id, origin))

    # --- using -----------------------------------------------------------------------------------

    async def ask(self, site: Site, user_id: UserId | None = None) -> str:
        """Give what a browser shows a passkey by, as JSON; of nobody yet where one logs in."""
        return request_options(site.host, challenge=await self._challenge(user_id))

    async def login(self, shown: ShownPasskey, origin: Origin) -> LoggedIn:
        """Log in whose passkey it is: both factors in one. Raises ``PasskeyRefused``, ``Banned``."""
        passkey = await self._use(shown, origin, asked=None)
        found = await self._users.get_many([passkey.user_id])
        if not found:
            raise PasskeyRefused
        return await self._sessions.start(found[0], origin)

    async def require_of(self, user_id: UserId, shown: ShownPasskey, origin: Origin) -> None:
        """Take a passkey as the second factor of a login. Raises ``PasskeyRefused``."""
        passkey = await self._use(shown, origin, asked=None)
        if passkey.user_id != user_id:
            raise PasskeyRefused

    async def step_up(self, principal: Principal, shown: ShownPasskey, origin: Origin) -> None:
        """Take a passkey for a proof, for the session. Raises ``PasskeyRefused``."""
        passkey = await self._use(shown, origin, asked=principal.user_id)
        if passkey.user_id != principal.user_id:
            raise PasskeyRefused
        await self._step_up.note(principal)

    async def forget_old(self) -> int:
        """Forget challenges that nobody has answered; gives how many went."""
        return await self._book.forget_challenges(at=self._clock.now())

    # --- inside ----------------------------------------------------------------------------------

    async def _challenge(self, user_id: UserId | None) -> bytes:
        challenge = self._random_bytes(CHALLENGE_BYTES)
        expires_at = self._clock.now() + timedelta(seconds=CHALLENGE_SECONDS)
        await self._book.add_challenge(challenge, user_id, expires_at=expires_at)
        return challenge

    async def _take(self, credential: str, asked: UserId | None) -> Claim:
        """Spend the challenge that a credential answers, whatever comes of it."""
        if len(credential) > MAX_CREDENTIAL_CHARACTERS:
            raise PasskeyRefused
        try:
            claim = read_claim(credential)
        except NotGenuine as error:
            raise _refused(error) from error
        if not await self._book.take_challenge(claim.challenge, asked, at=self._clock.now()):
            raise PasskeyRefused
        return claim

    async def _use(self, shown: ShownPasskey, origin: Origin, *, asked: UserId | None) -> Passkey:
        claim = await self._take(shown.credential, asked)
        passkey = await self._book.find(claim.credential_id)
        if passkey is None:
            raise PasskeyRefused
        try:
            count = verify_use(
                shown.credential,
                host=shown.site.host,
                origin=shown.site.origin,
                challenge=claim.challenge,
                public_key=passkey.public_key,
                sign_count=passkey.sign_count,
            )
        except NotGenuine as error:
            log.warning("security_passkey_refused", user_id=passkey.user_id, client=origin.ip)
            raise _refused(error) from error
        if not await self._book.note_use(passkey, sign_count=count, at=self._clock.now()):
            raise PasskeyRefused
        return passkey

    async def _add(
        self, user_id: UserId, made: NewCredential, name: str, origin: Origin
    ) -> Passkey:
        passkey = await self._book.add(
            user_id, made, name=name, limit=MAX_PASSKEYS, at=self._clock.now()
        )
        if passkey is None:
            raise PasskeyIsKnown
        self._tell(user_id, Change.PASSKEY_ADDED, origin)
        return passkey

    async def _remove(self, user_id: UserId, passkey_id: int, origin: Origin) -> None:
        if not await self._book.remove(user_id, passkey_id):
            raise NotFound("passkey")
        self._tell(user_id, Change.PASSKEY_REMOVED, origin)

    def _tell(self, user_id: UserId, change: Change, origin: Origin) -> None:
        log.info(change, user_id=user_id, client=origin.ip)
        self._events.announce([CredentialsChanged(user_id=user_id, change=change, ip=origin.ip)])


def _refused(error: NotGenuine) -> PasskeyRefused:
    log.info("passkey_refused", reason=str(error))
    return PasskeyRefused()
