"""The catalogue of metrics: every number that ``/metrics`` shows is declared here and nowhere else.

Counters and gauges are counted on the event loop's thread (see ``counters``). Each process has its
own registry; where several are one server, ``gathered`` adds them up, and what is no sum then says so
here (``together``).
"""
# Over 300 lines: a catalogue stands in one place, so that what reads it can be held against it.

from __future__ import annotations

import time

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

import causerie
from causerie.foundation.errors import Check, Code
from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    Histogram,
    LabelledCounter,
    LabelledGauge,
    ManyLabelledCounter,
    Together,
)
from causerie.foundation.telemetry.gathered import Family, take

CONTENT_TYPE = CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()

_started = time.monotonic()

# --- connections ---------------------------------------------------------------------------------

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

# --- messages ------------------------------------------------------------------------------------

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

# --- people and conversations --------------------------------------------------------------------

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

# --- files ---------------------------------------------------------------------------------------

FILES_STORED = Counter("chat_server_files_stored_total", "Files taken and stored.", REGISTRY)
FILES_BYTES = Counter(
    "chat_server_files_bytes_total", "Bytes of the files that were taken and stored.", REGISTRY
)
FILE_VERDICTS = LabelledCounter(
    "chat_server_file_verdicts_total",
    "What came of looking at files: clean, held, refused, or removed by a person.",
    REGISTRY,
    label="state",
)
FILES_NOT_LOOKED_AT = LabelledCounter(
    "chat_server_files_not_looked_at_total",
    "Looks at files that failed and are tried again, by what was away.",
    REGISTRY,
    label="reason",
    known=("scanner", "storage"),
)
SCAN_SECONDS = Histogram(
    "chat_server_scan_seconds",
    "Duration of one file's scan for malware.",
    REGISTRY,
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
)
SCANNER_UP = Gauge(
    "chat_server_scanner_up",
    "0 after a scan that got no answer, else 1.",
    REGISTRY,
    together=Together.LEAST,
)
SCANNER_UP.set(1)
STORAGE_SECONDS = Histogram(
    "chat_server_storage_seconds",
    "Duration of one operation on the storage of files, a folder or a bucket; by operation.",
    REGISTRY,
    labels=("operation",),
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30),
)
STORAGE_FAILURES = LabelledCounter(
    "chat_server_storage_failures_total",
    "Operations on the storage of files that failed; by operation.",
    REGISTRY,
    label="operation",
    known=("put", "read", "delete"),
)

# --- security and limits -------------------------------------------------------------------------

AUTH_ATTEMPTS = LabelledCounter(
    "chat_server_auth_attempts_total",
    "Attempts to register, log in, refresh, or connect with credentials, by result.",
    REGISTRY,
    label="result",
    known=("success", "failure"),
)
TOKEN_REUSES = Counter(
    "chat_server_token_reuses_total",
    "Spent refresh tokens that came back; each one ended its session.",
    REGISTRY,
)
MAILS = LabelledCounter(
    "chat_server_mails_total",
    "Letters about accounts: sent, failed for now, or given up.",
    REGISTRY,
    label="result",
    known=("sent", "failed", "given_up"),
)
RATE_LIMITED = LabelledCounter(
    "chat_server_rate_limited_total", "Refusals by a limit, by its name.", REGISTRY, label="limit"
)

SECURITY_REFUSALS = LabelledCounter(
    "chat_server_security_refusals_total",
    "Requests, commands and upgrades that a security check refused, by the check.",
    REGISTRY,
    label="check",
    known=tuple(Check),
)
SECURITY_EVENTS = ManyLabelledCounter(
    "chat_server_security_events_total",
    "Security events raised, by severity and kind.",
    REGISTRY,
    labels=("severity", "kind"),
)
SECURITY_EVENTS_DROPPED = Counter(
    "chat_server_security_events_dropped_total",
    "Security events that were logged and counted but not stored: too many waited for the database.",
    REGISTRY,
)
FILTER_HITS = LabelledCounter(
    "chat_server_filter_hits_total",
    "Findings of the content filter in texts that it flagged or refused, by rule.",
    REGISTRY,
    label="rule",
)
FILTER_VERDICTS = LabelledCounter(
    "chat_server_filter_verdicts_total",
    "Texts that the content filter flagged or refused.",
    REGISTRY,
    label="action",
    known=("flagged", "refused"),
)
FILTER_RECORDS_LOST = Counter(
    "chat_server_filter_records_lost_total",
    "Verdicts that were not recorded, since too many waited for the database.",
    REGISTRY,
)

LIMITS_TIGHTNESS = Gauge(
    "chat_server_limits_tightness",
    "The part of what limits allow that is allowed under the load of now; 1: all of it.",
    REGISTRY,
    together=Together.LEAST,
)
LIMITS_TIGHTNESS.set(1)
BLOCKS = LabelledCounter(
    "chat_server_blocks_total",
    "Users, addresses and API keys that were shut out for a while, by the rule that saw why.",
    REGISTRY,
    label="rule",
)
BLOCKS_ACTIVE = Gauge(
    "chat_server_blocks_active",
    "Blocks in force, as this process knows them.",
    REGISTRY,
    together=Together.MOST,
)

# --- the server itself ---------------------------------------------------------------------------

ERRORS = LabelledCounter(
    "chat_server_errors_total",
    "Errors answered over HTTP and WebSocket, by error code.",
    REGISTRY,
    label="type",
    known=tuple(Code),
)
REQUEST_DURATION_SECONDS = Histogram(
    "chat_server_request_duration_seconds",
    "Duration of HTTP requests, by method, route template and status.",
    REGISTRY,
    labels=("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REQUESTS_IN_FLIGHT = Gauge(
    "chat_server_requests_in_flight", "HTTP requests that are being answered now.", REGISTRY
)
LOOP_LAG_SECONDS = Histogram(
    "chat_server_loop_lag_seconds",
    "By how much the event loop was late when it was asked to wake up, ten times a second.",
    REGISTRY,
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
BUILD_INFO = LabelledGauge(
    "chat_server_build_info",
    "1, with the version of the server.",
    REGISTRY,
    label="version",
    together=Together.MOST,
)
BUILD_INFO.set({causerie.__version__: 1})
GRPC_CALLS = ManyLabelledCounter(
    "chat_server_grpc_calls_total",
    "gRPC calls that ended, streams included, by method and status.",
    REGISTRY,
    labels=("method", "status"),
)
GRPC_DURATION_SECONDS = Histogram(
    "chat_server_grpc_duration_seconds",
    "Duration of gRPC calls, by method; streams are not in it.",
    REGISTRY,
    labels=("method",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
GRPC_STREAMS = Gauge("chat_server_grpc_streams", "gRPC streams of events open now.", REGISTRY)
UPTIME_SECONDS = Gauge(
    "chat_server_uptime_seconds",
    "Seconds since the server process started.",
    REGISTRY,
    together=Together.MOST,
)
UPTIME_SECONDS.read_from(lambda: time.monotonic() - _started)
PROCESSES = Gauge(
    "chat_server_processes",
    "Worker processes of this server that serve now.",
    REGISTRY,
    together=Together.MOST,
)
PROCESSES.set(1)
PROCESS_RESTARTS = Counter(
    "chat_server_process_restarts_total",
    "Times that a worker process ended by itself and another one took its place.",
    REGISTRY,
)
WORKER_UP = LabelledGauge(
    "chat_server_worker_up",
    "1 while a background worker does its work or has done it, else 0; by worker.",
    REGISTRY,
    label="worker",
    together=Together.LEAST,
)
WORKER_RESTARTS = LabelledCounter(
    "chat_server_worker_restarts_total",
    "Restarts of background workers after a failure, by worker.",
    REGISTRY,
    label="worker",
)
JOBS = ManyLabelledCounter(
    "chat_server_jobs_total",
    "Durable jobs that were tried: done, postponed after a failure, or dead; by kind.",
    REGISTRY,
    labels=("kind", "result"),
)
JOBS_WAITING = Gauge(
    "chat_server_jobs_waiting",
    "Durable jobs that are not done yet, on all nodes.",
    REGISTRY,
    together=Together.MOST,
)
JOBS_LATE_SECONDS = Gauge(
    "chat_server_jobs_late_seconds",
    "For how long the job that is due longest has been due; 0: none is.",
    REGISTRY,
    together=Together.MOST,
)
JOBS_DEAD = Gauge(
    "chat_server_jobs_dead",
    "Durable jobs that were given up and can be replayed.",
    REGISTRY,
    together=Together.MOST,
)
WEBHOOKS = LabelledCounter(
    "chat_server_webhooks_total",
    "Attempts to tell an endpoint of an event: delivered or failed.",
    REGISTRY,
    label="result",
    known=("delivered", "failed"),
)
PUSHES = LabelledCounter(
    "chat_server_pushes_total",
    "Web pushes: sent, failed, or not needed as the user had read it or was looking.",
    REGISTRY,
    label="result",
    known=("sent", "failed", "not_needed"),
)
CIRCUITS_OPEN = Gauge(
    "chat_server_circuits_open",
    "Destinations of jobs that are left alone for now, since they do not answer.",
    REGISTRY,
)
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


# --- the database, as this process sees it -------------------------------------------------------

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

# --- the database itself: every process of a cluster shows the same ------------------------------

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

# --- Redis, as this process sees it ---------------------------------------------------------------

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

AnyMetric = Counter | LabelledCounter | ManyLabelledCounter | Gauge | LabelledGauge | Histogram

CATALOGUE: tuple[AnyMetric, ...] = tuple(
    metric for metric in tuple(globals().values()) if isinstance(metric, AnyMetric)
)

# Memory, processor time, open files, garbage collection and the Python version of this process.
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


# The library names a counter's family without its ending.
_TOGETHER = {
    metric.name.removesuffix("_total"): metric.together
    for metric in CATALOGUE
    if isinstance(metric, (Gauge, LabelledGauge, Counter, LabelledCounter))
}


def snapshot() -> list[Family]:
    """Read all metrics of this process, to be added up with those of others (see ``gathered``)."""
    return take(REGISTRY.collect(), _TOGETHER)


def render() -> bytes:
    """Write all metrics in Prometheus' text format; ``CONTENT_TYPE`` names its version."""
    return generate_latest(REGISTRY)
