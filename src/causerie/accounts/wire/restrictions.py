"""How a sanction looks to whom it is about."""

from __future__ import annotations

import msgspec

from causerie.accounts.model import Notice
from causerie.foundation.clock import rfc3339


class SanctionData(msgspec.Struct, frozen=True):
    """The socket's ``sanction``; ``until`` is null for what has no end, or never lasted.

    ``active`` is false where the sanction was lifted. ``id`` is null where no record is kept of it.
    """

    id: int | None
    kind: str
    active: bool
    until: str | None
    reason: str
    conversation_id: str | None


def sanction_data(notice: Notice) -> SanctionData:
    """Write out what a user is told of a sanction."""
    return SanctionData(
        id=notice.id,
        kind=notice.kind,
        active=notice.active,
        until=None if notice.until is None else rfc3339(notice.until),
        reason=notice.reason,
        conversation_id=notice.conversation_id,
    )
