"""Who may make an account, and the invitations that let people do so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from causerie.accounts.errors import InvitationNeeded, InvitationRefused, RegistrationClosed
from causerie.accounts.model import (
    KEEP_INVITATIONS_DAYS,
    MAX_LIVE_INVITATIONS,
    MAX_SECRET_CHARACTERS,
    Invitation,
    NewInvitation,
    NewUser,
    Permission,
    Registration,
    User,
    hash_of_invitation,
    new_invitation_code,
    require_invitation,
)
from causerie.accounts.ports import InvitationTable, Users
from causerie.accounts.service.step_up import StepUp
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Conflict, Forbidden, NotFound
from causerie.foundation.identity import Principal, UserId

log = structlog.get_logger()


class Invitations:
    """Makes and ends them; who may manage users sees and ends everybody's, others their own."""

    def __init__(
        self,
        table: InvitationTable,
        users: Users,
        *,
        registration: Registration,
        step_up: StepUp,
        completion: Completion,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._table = table
        self._users = users
        self._registration = registration
        self._step_up = step_up
        self._completion = completion
        self._clock = clock
        self._random_bytes = random_bytes

    async def require_welcome(self, code: str | None) -> bytes | None:
        """Give the hash of the invitation that lets somebody in; None where none is needed.

        Only looks. Raises ``RegistrationClosed``, ``InvitationNeeded``, or ``InvitationRefused``
        alike for what was never made, is used up, has expired or was revoked.
        """
        if self._registration is Registration.OPEN or not await self._users.is_founded():
            return None
        if self._registration is Registration.INVITE and len(code or "") <= MAX_SECRET_CHARACTERS:
            hashed = hash_of_invitation(code or "")
            if await self._table.is_good(hashed, at=self._clock.now()):
                return hashed
        raise self._turned_away(code)

    async def let_in(self, new: NewUser, welcome: bytes | None) -> User:
        """Store an account, and spend a use of what ``require_welcome`` gave, both or neither.

        Raises as that does, and ``UsernameTaken``.
        """
        only_founder = self._registration is not Registration.OPEN
        user = await self._users.add_user(
            new, at=self._clock.now(), only_founder=only_founder, invitation=welcome
        )
        if user is None:
            # Somebody else was first meanwhile: on the empty server, or with the invitation.
            raise self._turned_away(welcome)
        return user

    async def create(
        self, principal: Principal, *, note: str, uses: int, days: int
    ) -> tuple[str, Invitation]:
        """Make one; gives its code in clear, this once.

        Raises ``Forbidden``, ``StepUpRequired``, ``Invalid`` or ``Conflict``.
        """
        _require_inviter(principal)
        await self._step_up.require_recent(principal)
        return await self._create(principal.user_id, note=note, uses=uses, days=days)

    async def create_as_operator(
        self, *, note: str, uses: int, days: int
    ) -> tuple[str, Invitation]:
        """Make one from the command line. Raises ``Invalid``."""
        return await self._create(None, note=note, uses=uses, days=days)

    async def list_of(self, principal: Principal) -> list[Invitation]:
        """List what lives, used up or not, the newest first. Raises ``Forbidden``."""
        _require_inviter(principal)
        return await self._table.list_live(_seen_by(principal), at=self._clock.now())

    async def list_as_operator(self) -> list[Invitation]:
        """List all that live."""
        return await self._table.list_live(None, at=self._clock.now())

    async def revoke(self, principal: Principal, invitation_id: int) -> None:
        """End one at once. Raises ``Forbidden`` or ``NotFound``."""
        _require_inviter(principal)
        await self._completion.run(self._revoke(invitation_id, _seen_by(principal)))

    async def revoke_as_operator(self, invitation_id: int) -> None:
        """End anybody's from the command line. Raises ``NotFound``."""
        await self._completion.run(self._revoke(invitation_id, None))

    async def forget_old(self) -> int:
        """Remove what ended long ago; says how many."""
        return await self._table.remove_older(
            self._clock.now() - timedelta(days=KEEP_INVITATIONS_DAYS)
        )

    async def _create(
        self, maker: UserId | None, *, note: str, uses: int, days: int
    ) -> tuple[str, Invitation]:
        require_invitation(note=note, uses=uses, days=days)
        code, now = new_invitation_code(self._random_bytes), self._clock.now()
        new = NewInvitation(
            code_hash=hash_of_invitation(code),
            note=note,
            max_uses=uses,
            created_by=maker,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        return code, await self._completion.run(self._add(new))

    async def _add(self, new: NewInvitation) -> Invitation:
        made = await self._table.add(new, limit=MAX_LIVE_INVITATIONS)
        if made is None:
            raise Conflict(f"There are {MAX_LIVE_INVITATIONS} of yours already; revoke one first")
        log.info("invitation_made", invitation=made.id, by=made.created_by, uses=made.max_uses)
        return made

    async def _revoke(self, invitation_id: int, of: UserId | None) -> None:
        if not await self._table.revoke(invitation_id, of, at=self._clock.now()):
            raise NotFound("invitation")
        log.info("invitation_revoked", invitation=invitation_id)

    def _turned_away(self, shown: object | None) -> Forbidden:
        if self._registration is Registration.CLOSED:
            return RegistrationClosed()
        return InvitationNeeded() if shown is None else InvitationRefused()


def _require_inviter(principal: Principal) -> None:
    if not principal.may(Permission.INVITE_USERS):
        raise Forbidden("Your role does not allow this")


def _seen_by(principal: Principal) -> UserId | None:
    return None if principal.may(Permission.MANAGE_USERS) else principal.user_id
