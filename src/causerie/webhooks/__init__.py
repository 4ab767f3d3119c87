"""Webhooks: events to endpoints of others, and messages from them; they know ids, not people."""

from causerie.webhooks.errors import (
    DeliveryNotFound,
    HookNotFound,
    MayNotHearAll,
    TooManyWebhooks,
    WebhookNotFound,
    WebhooksOff,
)
from causerie.webhooks.model import (
    BY_SOCKET_NAME,
    MANAGE_WEBHOOKS,
    Delivery,
    Endpoint,
    EventKind,
    Fact,
    Incoming,
    Place,
    Posted,
    Status,
    SwitchedOff,
)
from causerie.webhooks.ports import Access, Feed, Notices, Position, Sender, Speaker
from causerie.webhooks.service import Deliverer, EndpointDesk, Gatherer, IncomingDesk

__all__ = [
    "BY_SOCKET_NAME",
    "MANAGE_WEBHOOKS",
    "Access",
    "Deliverer",
    "Delivery",
    "DeliveryNotFound",
    "Endpoint",
    "EndpointDesk",
    "EventKind",
    "Fact",
    "Feed",
    "Gatherer",
    "HookNotFound",
    "Incoming",
    "IncomingDesk",
    "MayNotHearAll",
    "Notices",
    "Place",
    "Position",
    "Posted",
    "Sender",
    "Speaker",
    "Status",
    "SwitchedOff",
    "TooManyWebhooks",
    "WebhookNotFound",
    "WebhooksOff",
]
