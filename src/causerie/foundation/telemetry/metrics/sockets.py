"""Connections and what comes on them."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import Counter, Gauge, LabelledCounter
from causerie.foundation.telemetry.metrics.registry import REGISTRY

ACTIVE_CONNECTIONS = Gauge(
    "chat_server_active_connections", "WebSocket connections open now.", REGISTRY
)
CONNECTIONS = Counter(
    "chat_server_connections_total", "WebSocket connections accepted since the start.", REGISTRY
)
CONNECTIONS_REFUSED = LabelledCounter(
    "chat_server_connections_refused_total",
    "Upgrades answered with an error, by error code.",
    REGISTRY,
    label="code",
)
CONNECTIONS_CLOSED = LabelledCounter(
    "chat_server_connections_closed_total",
    "WebSocket connections closed, by the name of the close code.",
    REGISTRY,
    label="reason",
)
DEAD_CONNECTIONS = Counter(
    "chat_server_dead_connections_total",
    "Connections swept because the peer had not been heard for two heartbeats.",
    REGISTRY,
)
SLOW_READERS = Counter(
    "chat_server_slow_readers_total",
    "Connections let go (close 1013) because the peer did not read what was sent.",
    REGISTRY,
)
FRAMES_RECEIVED = Counter(
    "chat_server_frames_received_total", "Messages received on WebSockets.", REGISTRY
)
