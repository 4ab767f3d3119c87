"""Files: taken, looked at, stored."""

from __future__ import annotations

from causerie.foundation.telemetry.counters import Counter, Gauge, Histogram, LabelledCounter
from causerie.foundation.telemetry.exposition import Together
from causerie.foundation.telemetry.metrics.registry import REGISTRY

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
