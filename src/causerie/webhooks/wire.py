"""How webhooks look outside, and what clients send about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import Invalid
from causerie.webhooks.model import MAX_URL_CHARS, Delivery, Endpoint, Incoming, Status
from causerie.webhooks.ports import Changes, Range

Url = Annotated[str, msgspec.Meta(max_length=MAX_URL_CHARS)]
INCOMING_PATH = "/api/v2/hooks/"


class WireEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint. ``conversation_id`` null: all rooms; ``kinds`` null: all events."""

    id: int
    conversation_id: str | None
    url: str
    kinds: list[str] | None
    description: str
    secret: str
    enabled: bool
    failing_since: str | None
    disabled_at: str | None
    disabled_reason: str | None
    created_by: int
    created_at: str


class WireEndpoints(msgspec.Struct, frozen=True):
    """Endpoints, in the order of their making."""

    items: list[WireEndpoint]


class WireDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way; ``webhook_id`` is what the receiver knows it by."""

    id: int
    webhook_id: str
    kind: str
    seq: int | None
    rev: int | None
    status: Status
    attempts: int
    last_at: str | None
    last_status: int | None
    last_error: str | None
    took_ms: int | None
    created_at: str


class WireDeliveries(msgspec.Struct, frozen=True):
    """Deliveries, the newest first."""

    items: list[WireDelivery]


class WireReplayed(msgspec.Struct, frozen=True):
    """How many are sent again."""

    replayed: int


class WireIncoming(msgspec.Struct, frozen=True, kw_only=True):
    """A secret address, as a path on this server, and the bot that speaks."""

    id: int
    conversation_id: str
    name: str
    user_id: int
    path: str
    created_by: int
    created_at: str
    last_used_at: str | None


class WireIncomings(msgspec.Struct, frozen=True):
    """Secret addresses, in the order of their making."""

    items: list[WireIncoming]


class WirePosted(msgspec.Struct, frozen=True):
    """The message that a post became."""

    message_id: int
    conversation_id: str
    seq: int


# --- what clients send -----------------------------------------------------------------------------


class PostEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/webhook-endpoints``; without a conversation: all rooms."""

    url: Url
    conversation_id: str | None = None
    kinds: list[str] | None = None
    description: str = ""


class PatchEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``PATCH /api/v2/webhook-endpoints/{id}``; what is absent stays."""

    url: Url | msgspec.UnsetType = msgspec.UNSET
    kinds: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET

    def changes(self) -> Changes:
        """As the service takes them."""
        kinds = None if self.kinds is msgspec.UNSET or self.kinds is None else tuple(self.kinds)
        return Changes(
            url=None if self.url is msgspec.UNSET else self.url,
            sets_kinds=self.kinds is not msgspec.UNSET,
            kinds=kinds,
            description=None if self.description is msgspec.UNSET else self.description,
            enabled=None if self.enabled is msgspec.UNSET else self.enabled,
        )


class PostReplay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST .../replay``: by status, and by when they were made (RFC 3339)."""

    status: Status = Status.DEAD
    since: datetime | None = None
    until: datetime | None = None

    def range(self) -> Range:
        """As the service takes it. Raises ``Invalid``."""
        if self.status is Status.WAITING:
            raise Invalid("status", "Those are on their way already")
        for field, moment in (("since", self.since), ("until", self.until)):
            if moment is not None and moment.tzinfo is None:
                raise Invalid(field, "Must say its offset from UTC")
        return Range(status=self.status, since=self.since, until=self.until)


class PostIncoming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/v2/incoming-webhooks``; ``name`` is the bot's username."""

    conversation_id: str
    name: str


class PostHook(msgspec.Struct, frozen=True):
    """What is posted to a secret address: Markdown. ``text`` is what other systems call it.

    Unknown fields are passed over: what posts here was often written for another server.
    """

    content: str | None = None
    text: str | None = None

    def words(self) -> str:
        """The one that is there. Raises ``Invalid``."""
        given = [words for words in (self.content, self.text) if words is not None]
        if len(given) != 1:
            raise Invalid("content", "Either content or text is needed")
        return given[0]


# --- what the server says --------------------------------------------------------------------------


def endpoint_out(endpoint: Endpoint) -> WireEndpoint:
    """Show an endpoint to who manages it."""
    return WireEndpoint(
        id=endpoint.id,
        conversation_id=None if endpoint.place is None else endpoint.place.name,
        url=endpoint.url,
        kinds=None if endpoint.kinds is None else list(endpoint.kinds),
        description=endpoint.description,
        secret=endpoint.secrets[0],
        enabled=endpoint.is_enabled,
        failing_since=_moment(endpoint.failing_since),
        disabled_at=_moment(endpoint.disabled_at),
        disabled_reason=endpoint.disabled_reason,
        created_by=endpoint.created_by,
        created_at=rfc3339(endpoint.created_at),
    )


def delivery_out(delivery: Delivery) -> WireDelivery:
    """Show a delivery."""
    return WireDelivery(
        id=delivery.id,
        webhook_id=delivery.message_id,
        kind=delivery.kind,
        seq=delivery.seq,
        rev=delivery.rev,
        status=delivery.status,
        attempts=delivery.attempts,
        last_at=_moment(delivery.last_at),
        last_status=delivery.last_status,
        last_error=delivery.last_error,
        took_ms=delivery.took_ms,
        created_at=rfc3339(delivery.created_at),
    )


def incoming_out(hook: Incoming) -> WireIncoming:
    """Show a secret address to who manages its conversation."""
    return WireIncoming(
        id=hook.id,
        conversation_id=hook.place.name,
        name=hook.name,
        user_id=hook.user_id,
        path=INCOMING_PATH + hook.token,
        created_by=hook.created_by,
        created_at=rfc3339(hook.created_at),
        last_used_at=_moment(hook.last_used_at),
    )


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
