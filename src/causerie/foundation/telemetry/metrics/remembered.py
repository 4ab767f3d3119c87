"""What a process remembers, beside the database."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import (
    LabelledCounter,
    LabelledGauge,
    ManyLabelledCounter,
)
from causerie.foundation.telemetry.metrics.registry import REGISTRY

MEMORY_CACHE_LOOKUPS = ManyLabelledCounter(
    "chat_server_memory_cache_lookups_total",
    "Questions to what a process remembers, by cache: answered from it (hit), or by a read (miss).",
    REGISTRY,
    labels=("cache", "result"),
)
MEMORY_CACHE_EVICTIONS = LabelledCounter(
    "chat_server_memory_cache_evictions_total",
    "Entries that made room for others, by cache; not those that were too old, or true no more.",
    REGISTRY,
    label="cache",
)
MEMORY_CACHE_ENTRIES = LabelledGauge(
    "chat_server_memory_cache_entries", "Entries remembered now, by cache.", REGISTRY, label="cache"
)
MEMORY_CACHE_BYTES = LabelledGauge(
    "chat_server_memory_cache_bytes",
    "About how much memory the entries hold, by cache.",
    REGISTRY,
    label="cache",
)
