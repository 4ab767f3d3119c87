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
from causerie.audit.model.rules import (
    IMPOSSIBLE_SPEED,
    LOGIN_FAILURES,
    PROBING,
    RULES,
    Answer,
    Counter,
    Rule,
    site_of,
)

__all__ = [
    "CHAINS",
    "DEFAULT_SEVERITY",
    "HASH_BYTES",
    "IMPOSSIBLE_SPEED",
    "LOGIN_FAILURES",
    "PROBING",
    "RULES",
    "Answer",
    "Archive",
    "Chain",
    "ChainCheck",
    "Checkpoint",
    "Counter",
    "Details",
    "Entry",
    "EventQuery",
    "Fault",
    "Finding",
    "Kind",
    "Link",
    "LogQuery",
    "Page",
    "Rule",
    "SecurityEvent",
    "Severity",
    "StoredEvent",
    "digest",
    "genesis",
    "site_of",
]
