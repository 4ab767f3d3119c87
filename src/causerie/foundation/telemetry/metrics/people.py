"""People, their conversations, and what they are told."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import Counter, Gauge, LabelledCounter
from causerie.foundation.telemetry.metrics.registry import REGISTRY

USERS_REGISTERED = Counter(
    "chat_server_users_registered_total", "Accounts made at the door.", REGISTRY
)
CONVERSATIONS_OPENED = LabelledCounter(
    "chat_server_conversations_opened_total",
    "Times that a user came into a conversation: made, joined or added to it; by its kind.",
    REGISTRY,
    label="kind",
    known=("direct", "room", "thread"),
)
USERS_CONNECTED = Gauge(
    "chat_server_users_connected", "Users with a WebSocket open on this process.", REGISTRY
)
SANCTIONS = Counter(
    "chat_server_sanctions_total", "Sanctions imposed, by hand or by the ladder.", REGISTRY
)
NOTIFICATIONS = Counter(
    "chat_server_notifications_total", "Notifications raised for users.", REGISTRY
)
