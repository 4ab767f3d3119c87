"""What was taken back from somebody: a session, a token, a role, all that was signed by a key."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from causerie.foundation.identity import UserId


class RevocationKind(StrEnum):
    """What it is that holds no longer; the names are those of the table."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a name
    USER = "user"  # all tokens until now, or the name in them
    ROLE = "role"
    PERMISSIONS = "permissions"
    KEYS = "keys"


class Revocation(msgspec.Struct, frozen=True, gc=False):
    """One row; ``name`` is the session, the token's ``jti`` or the role that the user has now."""

    id: int
    kind: RevocationKind
    user_id: UserId | None
    name: str
