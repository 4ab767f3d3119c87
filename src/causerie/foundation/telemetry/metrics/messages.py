"""Messages: sent, delivered, found again."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import Counter, Gauge, Histogram, LabelledCounter
from causerie.foundation.telemetry.exposition import Together
from causerie.foundation.telemetry.metrics.registry import REGISTRY

MESSAGES = LabelledCounter(
    "chat_server_messages_total",
    "Messages committed, by the kind of their conversation.",
    REGISTRY,
    label="kind",
    known=("direct", "room", "thread"),
)
DELIVERIES = Counter(
    "chat_server_deliveries_total", "Message events written to WebSockets.", REGISTRY
)
RESUMES = LabelledCounter(
    "chat_server_resumes_total",
    "Conversations that a client resumed: with what it had missed, or told to start over.",
    REGISTRY,
    label="result",
    known=("resumed", "reset"),
)
CAUGHT_UP = LabelledCounter(
    "chat_server_caught_up_messages_total",
    "Messages brought to readers that came back: read from the database, or kept from such a read.",
    REGISTRY,
    label="source",
    known=("database", "backlog"),
)
HOLES_FILLED = Counter(
    "chat_server_holes_filled_total",
    "Holes in what the bus brought, filled from the database before anything newer was sent.",
    REGISTRY,
)
WRITER_BATCH_SIZE = Histogram(
    "chat_server_writer_batch_size",
    "Messages in one transaction of the writer.",
    REGISTRY,
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
WRITER_COMMIT_SECONDS = Histogram(
    "chat_server_writer_commit_seconds",
    "Duration of one transaction of the writer, commit included.",
    REGISTRY,
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SEND_SECONDS = Histogram(
    "chat_server_send_seconds",
    "From a send to its commit and announcement, of the message of each batch that waited longest.",
    REGISTRY,
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
WRITER_QUEUE_DEPTH = Gauge(
    "chat_server_writer_queue_depth", "Messages that wait for the writer now.", REGISTRY
)
SEARCH_INDEXED = Counter(
    "chat_server_search_indexed_total", "Messages brought into the index of words.", REGISTRY
)
SEARCH_WAITING = Gauge(
    "chat_server_search_waiting",
    "Conversations with messages that this process has yet to bring into the index of words.",
    REGISTRY,
)

UNREAD_DRIFT = Gauge(
    "chat_server_unread_drift",
    "By how much counts of unread messages and mentions were found wrong when they were counted once"
    " more; 0, always.",
    REGISTRY,
    together=Together.MOST,
)
