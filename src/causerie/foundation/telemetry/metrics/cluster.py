"""Redis and the bus over it, as this process sees them."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import Counter, Gauge, Histogram, LabelledCounter
from causerie.foundation.telemetry.exposition import Together
from causerie.foundation.telemetry.metrics.registry import REGISTRY

CACHE_CONFIGURED = Gauge(
    "chat_server_cache_configured",
    "1 where cache.url names a Redis, 0 on a node by itself.",
    REGISTRY,
    together=Together.MOST,
)
CACHE_UP = Gauge(
    "chat_server_cache_up",
    "1 while Redis can be used; 0 while it is away, or none is configured.",
    REGISTRY,
    together=Together.LEAST,
)
BUS_WHOLE = Gauge(
    "chat_server_bus_whole",
    "1 while this node hears the others; 0 while it asks the database instead, or is alone.",
    REGISTRY,
    together=Together.LEAST,
)
BUS_NODES = Gauge(
    "chat_server_bus_nodes",
    "Nodes that this one hears, itself included; 0 where it is alone by its settings.",
    REGISTRY,
    together=Together.MOST,
)
BUS_PUBLISHED = Counter(
    "chat_server_bus_published_total", "Announcements that were given to Redis.", REGISTRY
)
BUS_RECEIVED = Counter(
    "chat_server_bus_received_total", "Announcements of other nodes that were heard.", REGISTRY
)
BUS_DROPPED = Counter(
    "chat_server_bus_dropped_total",
    "Announcements that Redis could not take; the other nodes read the database instead.",
    REGISTRY,
)
CACHE_OUTAGES = Counter("chat_server_cache_outages_total", "Times that Redis went away.", REGISTRY)
CACHE_FAILURES = LabelledCounter(
    "chat_server_cache_failures_total",
    "Commands to Redis, and probes of it, that failed, by reason; not those that were not tried.",
    REGISTRY,
    label="reason",
    known=("unreachable", "silent", "refused", "untrusted", "read_only", "full", "loading", "busy"),
)
CACHE_COMMAND_SECONDS = Histogram(
    "chat_server_cache_command_seconds",
    "Duration of a command, batch or script of Redis, the wait for a connection included, by pool.",
    REGISTRY,
    labels=("pool",),
    buckets=(0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
)
CACHE_SERVER_MEMORY_BYTES = Gauge(
    "chat_server_cache_server_memory_bytes",
    "Memory that Redis holds, by its own books; of a Cluster, all of it.",
    REGISTRY,
    together=Together.MOST,
)
CACHE_SERVER_KEYS = LabelledCounter(
    "chat_server_cache_server_keys_total",
    "Keys of Redis, by its own books: found or not when asked for, expired, let go for want of room.",
    REGISTRY,
    label="result",
    known=("hit", "miss", "expired", "evicted"),
    together=Together.MOST,
)
