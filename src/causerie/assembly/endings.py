"""What ends open sockets from inside: a session that is over, a token taken back, a ban."""

from __future__ import annotations

from causerie.accounts import (
    AccessTokenRevoked,
    Restrictions,
    SessionRevoked,
    SigningKeysWithdrawn,
    UserRestricted,
)
from causerie.foundation.events import Events
from causerie.gateway.doors import Doors


def end_sockets(events: Events, doors: Doors, restrictions: Restrictions) -> None:
    """Have the doors close what may not stay, in the moment in which that is announced."""

    def expel_if_banned(event: UserRestricted) -> None:
        if restrictions.is_banned(event.restriction.user_id):
            doors.expel(event.restriction.user_id)

    events.listen(SessionRevoked, lambda e: doors.end_session(e.user_id, e.session))
    events.listen(AccessTokenRevoked, lambda e: doors.end_token(e.token))
    events.listen(SigningKeysWithdrawn, lambda _: doors.end_all())
    events.listen(UserRestricted, expel_if_banned)
