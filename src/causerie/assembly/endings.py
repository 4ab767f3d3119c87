"""What changes open sockets from inside: a session that is over, a ban, another role."""

from __future__ import annotations

from causerie.accounts import (
    AccessTokenRevoked,
    AccountService,
    Restrictions,
    RoleAssigned,
    RolesChanged,
    SessionRevoked,
    SigningKeysWithdrawn,
    UserRestricted,
)
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal
from causerie.gateway.doors import Doors


def end_sockets(events: Events, doors: Doors, restrictions: Restrictions) -> None:
    """Have the doors close what may not stay, in the moment in which that is announced."""

    def expel_if_banned(event: UserRestricted) -> None:
        if restrictions.is_banned(event.restriction.user_id):
            doors.expel(event.restriction.user_id)

    events.listen_everywhere(SessionRevoked, lambda e: doors.end_session(e.user_id, e.session))
    events.listen_everywhere(AccessTokenRevoked, lambda e: doors.end_token(e.token))
    events.listen_everywhere(SigningKeysWithdrawn, lambda _: doors.end_all())
    events.listen(UserRestricted, expel_if_banned)


def renew_sockets(events: Events, doors: Doors, accounts: AccountService) -> None:
    """Have open sockets do what their users' roles allow now, from the next frame on."""

    def on_assigned(event: RoleAssigned) -> None:
        def renewed(principal: Principal) -> Principal:
            if principal.user_id != event.user_id:
                return principal
            return accounts.renewed(principal, role=event.role)

        doors.renew(renewed)

    events.listen(RolesChanged, lambda _: doors.renew(accounts.renewed))
    events.listen_everywhere(RoleAssigned, on_assigned)
