"""The server itself: requests, calls, its loop and its processes."""

from __future__ import annotations

import time

import causerie
from causerie.foundation.errors import Code
from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    Histogram,
    LabelledCounter,
    LabelledGauge,
    ManyLabelledCounter,
)
from causerie.foundation.telemetry.exposition import Together
from causerie.foundation.telemetry.metrics.registry import REGISTRY

_started = time.monotonic()

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
PROCESS_HANGS = Counter(
    "chat_server_process_hangs_total",
    "Worker processes that were killed as they had not answered for half a minute.",
    REGISTRY,
)
PROCESS_RESTARTS = Counter(
    "chat_server_process_restarts_total",
    "Times that a worker process ended by itself and another one took its place.",
    REGISTRY,
)
