"""The database, as this process sees it, and as it sees itself."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    Histogram,
    LabelledCounter,
    LabelledGauge,
)
from causerie.foundation.telemetry.exposition import Together
from causerie.foundation.telemetry.metrics.registry import REGISTRY

DATABASE_UP = Gauge(
    "chat_server_database_up",
    "1 while the database answers and has room, else 0.",
    REGISTRY,
    together=Together.LEAST,
)
DATABASE_RESTARTS = Counter(
    "chat_server_database_restarts_total",
    "Times that the embedded PostgreSQL died and was started again.",
    REGISTRY,
)

# As this process sees it.

DATABASE_POOL = LabelledGauge(
    "chat_server_database_pool_connections",
    "Connections of the pool: at work, idle, and the most that it opens; by state.",
    REGISTRY,
    label="state",
)
DATABASE_POOL_WAITING = Gauge(
    "chat_server_database_pool_waiting", "Callers who wait for a connection of the pool.", REGISTRY
)
DATABASE_ACQUIRE_SECONDS = Histogram(
    "chat_server_database_acquire_seconds",
    "How long a caller waited for a connection of the pool.",
    REGISTRY,
    buckets=(0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
)
DATABASE_QUERY_SECONDS = Histogram(
    "chat_server_database_query_seconds",
    "Duration of statements on pooled connections, by the part of the server whose they are.",
    REGISTRY,
    labels=("group",),
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)
DATABASE_FAILURES = LabelledCounter(
    "chat_server_database_failures_total",
    "Calls of the database that failed, as it was away or its disk full.",
    REGISTRY,
    label="kind",
    known=("unavailable", "full"),
)

# The database itself: every process of a cluster shows the same.

DATABASE_SIZE_BYTES = Gauge(
    "chat_server_database_size_bytes",
    "Size of the database on its disk.",
    REGISTRY,
    together=Together.MOST,
)
DATABASE_SESSIONS = LabelledGauge(
    "chat_server_database_sessions",
    "Sessions in the database: active, idle, idle in a transaction, waiting for a lock; by state.",
    REGISTRY,
    label="state",
    together=Together.MOST,
)
DATABASE_SESSIONS_MAX = Gauge(
    "chat_server_database_sessions_max",
    "Sessions that the database allows.",
    REGISTRY,
    together=Together.MOST,
)
DATABASE_LONGEST_TRANSACTION_SECONDS = Gauge(
    "chat_server_database_longest_transaction_seconds",
    "Age of the oldest transaction.",
    REGISTRY,
    together=Together.MOST,
)
DATABASE_TRANSACTIONS = LabelledCounter(
    "chat_server_database_transactions_total",
    "Transactions of the database: committed, or rolled back.",
    REGISTRY,
    label="result",
    known=("committed", "rolled_back"),
    together=Together.MOST,
)
DATABASE_BLOCKS = LabelledCounter(
    "chat_server_database_blocks_total",
    "Blocks that PostgreSQL looked for: found in its cache (hit), or read.",
    REGISTRY,
    label="source",
    known=("hit", "read"),
    together=Together.MOST,
)
DATABASE_DEADLOCKS = Counter(
    "chat_server_database_deadlocks_total",
    "Deadlocks that PostgreSQL has broken.",
    REGISTRY,
    together=Together.MOST,
)
DATABASE_TEMPORARY_BYTES = Counter(
    "chat_server_database_temporary_bytes_total",
    "What queries wrote to temporary files, since it did not fit into memory.",
    REGISTRY,
    together=Together.MOST,
)
DISK_FREE_BYTES = Gauge(
    "chat_server_disk_free_bytes",
    "What can still be written to the data folder's disk.",
    REGISTRY,
    together=Together.LEAST,
)
DISK_SIZE_BYTES = Gauge(
    "chat_server_disk_size_bytes",
    "Size of the disk of the data folder.",
    REGISTRY,
    together=Together.MOST,
)
