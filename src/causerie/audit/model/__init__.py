"""Values and rules of the audit trail."""

from causerie.audit.model.chain import (
    CHAINS,
    HASH_BYTES,
    Archive,
    Chain,
    ChainCheck,
    Checkpoint,
    Fault,
    Finding,
    Link,
    digest,
    genesis,
)
from causerie.audit.model.events import DEFAULT_SEVERITY, Kind, SecurityEvent, Severity
from causerie.audit.model.records import Details, Entry, EventQuery, LogQuery, Page, StoredEvent

__all__ = [
    "CHAINS",
    "DEFAULT_SEVERITY",
    "HASH_BYTES",
    "Archive",
    "Chain",
    "ChainCheck",
    "Checkpoint",
    "Details",
    "Entry",
    "EventQuery",
    "Fault",
    "Finding",
    "Kind",
    "Link",
    "LogQuery",
    "Page",
    "SecurityEvent",
    "Severity",
    "StoredEvent",
    "digest",
    "genesis",
]
