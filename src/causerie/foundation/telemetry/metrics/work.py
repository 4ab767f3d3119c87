"""Background work: loops, durable jobs, and what they tell others."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import (
    Gauge,
    LabelledCounter,
    LabelledGauge,
    ManyLabelledCounter,
)
from causerie.foundation.telemetry.exposition import Together
from causerie.foundation.telemetry.metrics.registry import REGISTRY

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
