"""Endpoints, what is sent to them and how it is signed, and the addresses that messages come in by.

Signatures are those of Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric, ``v1``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.jobs import Retries

MANAGE_WEBHOOKS = "webhooks.manage"  # The permission; accounts' catalogue has it by the same name.

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with (Standard Webhooks, "Signatures")
SECRET_BYTES = 32  # 24 to 64 by the same section
TOKEN_PREFIX = "whin_"  # noqa: S105 - as above
TOKEN_BYTES = 24  # 192 random bits
OLD_SECRET_SECONDS = 24 * 3600  # Both are good for a day: long enough to put the new one in place.

MAX_URL_CHARS = 2048
MAX_DESCRIPTION_CHARS = 250
MAX_ENDPOINTS_PER_CONVERSATION = 20  # Each message is sent so many times.
MAX_ENDPOINTS_OF_ALL = 50
MAX_INCOMING_PER_CONVERSATION = 50
MAX_REPLAYED = 10_000  # By one call; the rest by the next.

TIMEOUT_SECONDS = 15.0  # The lower end of what Standard Webhooks recommends, 15 to 30.
KEPT_ANSWER_BYTES = 1024  # Of what an endpoint says, for the log of deliveries.
FAILING_DAYS = 5  # Without one success, after which an endpoint is switched off.
KEEP_DELIVERIES_DAYS = 30
# 14 attempts over 22 hours: a night's outage is outlived, and a week's is a replay by hand.
RETRIES = Retries(attempts=14, first_seconds=10, longest_seconds=12 * 3600)


class EventKind(StrEnum):
    """What an endpoint can hear of."""

    MESSAGE_CREATED = "message.created"
    MESSAGE_EDITED = "message.edited"
    MESSAGE_DELETED = "message.deleted"
    MESSAGE_PINNED = "message.pinned"
    REACTION_ADDED = "reaction.added"
    REACTION_REMOVED = "reaction.removed"
    THREAD_UPDATED = "thread.updated"
    MEMBER_JOINED = "member.joined"
    MEMBER_LEFT = "member.left"
    CONVERSATION_UPDATED = "conversation.updated"


DELIVERY_JOB = "webhook"
NOTICE_JOB = "webhook_switched_off"
PING = "ping"  # By hand only, to see whether an endpoint answers.

# The events of the socket by their names there (PROTOCOL); what is not here is not told of.
BY_SOCKET_NAME = {
    "message": EventKind.MESSAGE_CREATED,
    "message_edited": EventKind.MESSAGE_EDITED,
    "message_deleted": EventKind.MESSAGE_DELETED,
    "message_pinned": EventKind.MESSAGE_PINNED,
    "reaction_added": EventKind.REACTION_ADDED,
    "reaction_removed": EventKind.REACTION_REMOVED,
    "thread_updated": EventKind.THREAD_UPDATED,
    "member_joined": EventKind.MEMBER_JOINED,
    "member_left": EventKind.MEMBER_LEFT,
    "conversation_updated": EventKind.CONVERSATION_UPDATED,
}


class Status(StrEnum):
    """What has become of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; can be replayed
    SKIPPED = "skipped"  # what it was about, or the endpoint, is gone


class Place(msgspec.Struct, frozen=True):
    """A conversation: its id, and what the wire calls it."""

    id: ConversationId
    name: str


class Fact(msgspec.Struct, frozen=True):
    """One thing that happened; ``data`` is the JSON that the socket's event has as its data."""

    kind: EventKind
    conversation: str  # as the wire names it
    data: msgspec.Raw
    seq: int | None = None
    rev: int | None = None


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where events go. ``place`` None: of all rooms; ``kinds`` None: all there are."""

    id: int
    place: Place | None
    url: str
    kinds: tuple[str, ...] | None
    description: str
    secrets: tuple[str, ...]  # the one of now, and the one before
    old_secret_until: datetime | None
    created_by: UserId
    created_at: datetime
    is_enabled: bool
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None

    def live_secrets(self, now: datetime) -> tuple[str, ...]:
        """Those to sign with: after a rotation both, for a while."""
        until = self.old_secret_until
        return self.secrets if until is not None and now < until else self.secrets[:1]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one endpoint."""

    id: int
    endpoint_id: int
    kind: str
    conversation_id: ConversationId | None
    seq: int | None
    rev: int | None
    created_at: datetime
    status: Status
    attempts: int
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    took_ms: int | None

    @property
    def message_id(self) -> str:
        """What the receiver knows it by; the same at each attempt and replay."""
        return f"msg_{self.id}"


class Outcome(msgspec.Struct, frozen=True):
    """How one attempt went."""

    status: Status
    http_status: int | None
    error: str | None
    took_ms: int


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A secret address whose posts a bot says in a conversation."""

    id: int
    place: Place
    user_id: UserId
    name: str
    token: str
    created_by: UserId
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Posted(msgspec.Struct, frozen=True):
    """The message that a post became."""

    message_id: int
    conversation: str
    seq: int


class SwitchedOff(msgspec.Struct, frozen=True):
    """An endpoint that will not be asked any more, and who is to know."""

    endpoint_id: int
    created_by: UserId
    url: str
    place: str | None
    reason: str


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Make a secret to sign with."""
    return SECRET_PREFIX + base64.b64encode(random_bytes(SECRET_BYTES)).decode()


def new_token(random_bytes: Callable[[int], bytes]) -> str:
    """Make what stands in a secret address."""
    return TOKEN_PREFIX + base64.urlsafe_b64encode(random_bytes(TOKEN_BYTES)).decode()


def hash_of(token: str) -> bytes:
    """What is looked for: 192 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def signatures(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Give the value of ``webhook-signature``: one for each secret (a receiver needs one to hold).

    Raises ``ValueError`` for what is no secret.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in secrets)


def _mac(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not a secret of webhooks") from error
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def require_kinds(kinds: Sequence[str] | None) -> tuple[str, ...] | None:
    """Check which events are wanted. Raises ``Invalid``."""
    if kinds is None:
        return None
    unknown = sorted(set(kinds) - set(EventKind))
    if unknown or not kinds:
        raise Invalid("kinds", f"Must be some of {', '.join(EventKind)}")
    return tuple(dict.fromkeys(kinds))


def require_description(text: str) -> str:
    """Check a line about an endpoint. Raises ``Invalid``."""
    if len(text) > MAX_DESCRIPTION_CHARS or not text.isprintable():
        raise Invalid("description", f"Must be a line of {MAX_DESCRIPTION_CHARS} at most")
    return text
