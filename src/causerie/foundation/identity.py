"""Ids, and the principal that acts: the words that all slices share about who and what."""

from __future__ import annotations

from contextvars import ContextVar
from enum import StrEnum
from typing import Final, NewType

import msgspec

UserId = NewType("UserId", int)
ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)
Seq = NewType("Seq", int)
Rev = NewType("Rev", int)

MAX_ID = (1 << 63) - 1  # PostgreSQL's bigint; what is larger is refused at the door.


class Trust(StrEnum):
    """How far a user is trusted, the least first; it scales the limits (REQUIREMENTS, ID-9).

    Accounts keep it; who is not known to be anything else is ``NORMAL``.
    """

    SUSPECT = "suspect"
    NORMAL = "normal"
    VERIFIED = "verified"
    PREMIUM = "premium"


class Principal(msgspec.Struct, frozen=True, gc=False):
    """Who acts, as proven at the door.

    ``session`` is the ``sid`` of the login that the credentials belong to and ``token`` the ``jti``
    of the access token (empty for a ticket). ``permissions`` is one object shared by all
    principals of a role. ``api_key`` is the id of the API key that was shown, empty where it was
    another proof.
    """

    user_id: UserId
    username: str
    role: str
    session: str
    token: str
    permissions: frozenset[str]
    api_key: str = ""

    def may(self, permission: str) -> bool:
        """Say whether the principal's role grants the permission."""
        return permission in self.permissions


class Caller(msgspec.Struct, frozen=True, gc=False):
    """On whose behalf this task runs, and from where: "" and None where nobody has said."""

    user_id: UserId | None = None
    address: str = ""


NOBODY_KNOWN: Final = Caller()
# The doors set it; it is for the audit trail and never for a decision.
CALLER: Final[ContextVar[Caller]] = ContextVar("causerie_caller", default=NOBODY_KNOWN)
