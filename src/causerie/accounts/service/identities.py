"""Logins from outside that open one's account: linked while logged in, listed, unlinked."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from causerie.accounts.errors import IdentityIsTaken, OidcNotOffered
from causerie.accounts.events import Change, CredentialsChanged, UserChanged
from causerie.accounts.model import Identity, Origin, Proof
from causerie.accounts.ports import Identities
from causerie.accounts.service.newcomers import Newcomers
from causerie.accounts.service.oidc import OidcLogin
from causerie.accounts.service.step_up import StepUp
from causerie.foundation.completion import Completion
from causerie.foundation.errors import NotFound
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId

log = structlog.get_logger()


class LinkedIdentities:
    """What one can do with them. Only who has proven both, here and there, links the two."""

    def __init__(
        self,
        identities: Identities,
        newcomers: Newcomers,
        oidc: OidcLogin | None,
        *,
        step_up: StepUp,
        events: Events,
        completion: Completion,
    ) -> None:
        self._identities = identities
        self._newcomers = newcomers
        self._oidc = oidc
        self._step_up = step_up
        self._events = events
        self._completion = completion

    async def start(
        self, principal: Principal, proof: Proof | None, origin: Origin
    ) -> tuple[str, str]:
        """Give the provider's address to go to, and the flow to keep, good for this session only.

        Raises ``OidcNotOffered``, ``StepUpRequired``, what a proof can raise, ``Unavailable``.
        """
        login = self._require_offered()
        await self._step_up.require(principal, proof, origin)
        return await login.start(session=principal.session)

    async def finish(
        self, principal: Principal, flow: str, *, code: str, state: str, origin: Origin
    ) -> Identity:
        """Link whom the provider names; gives it again where it is linked already.

        A flow of another session is refused: else one who has a victim's browser finish it would
        get into the victim's account by a login of their own. Raises ``OidcRefused``,
        ``IdentityIsTaken``, ``IdentitiesAreMany``, ``Unavailable``, or the refusal of the check that
        the ID token fails.
        """
        login = self._require_offered()
        claims = await login.prove(flow, code=code, state=state, session=principal.session)
        linked = await self._newcomers.link(
            claims.iss, claims.sub, principal.user_id, address=origin.ip
        )
        if linked is None:
            raise IdentityIsTaken
        return linked

    async def list_of(self, user_id: UserId) -> Sequence[Identity]:
        """Give what opens a user's account from outside, the oldest first."""
        return await self._identities.list_of(user_id)

    async def remove(self, principal: Principal, identity_id: int, origin: Origin) -> None:
        """Unlink one. Raises ``StepUpRequired``, ``NotFound``, ``LastWayIn``."""
        await self._step_up.require_recent(principal)
        await self._completion.run(self._remove(principal.user_id, identity_id, origin))

    async def _remove(self, user_id: UserId, identity_id: int, origin: Origin) -> None:
        if not await self._identities.remove(user_id, identity_id):
            raise NotFound("identity")
        log.warning("outside_identity_unlinked", user_id=user_id, client=origin.ip)
        self._events.announce(
            [
                CredentialsChanged(user_id=user_id, change=Change.IDENTITY_UNLINKED, ip=origin.ip),
                # Whom tokens of an outside issuer stand for is remembered with their proof.
                UserChanged(user_id=user_id),
            ]
        )

    def _require_offered(self) -> OidcLogin:
        if self._oidc is None:
            raise OidcNotOffered
        return self._oidc
