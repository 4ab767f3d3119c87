"""The audit trail: who did what, what looked like an attack, and proof that nobody rewrote it."""

from causerie.audit.errors import ArchiveRefused, MayNotRead
from causerie.audit.model import (
    Chain,
    Details,
    Fault,
    Finding,
    Kind,
    SecurityEvent,
    Severity,
)
from causerie.audit.ports import EventStore, Memory, Recorder, Signer
from causerie.audit.service import (
    Archivist,
    Audit,
    AuditDesk,
    AuditReader,
    Notary,
    SecurityEvents,
    Verdict,
    Watch,
)

__all__ = [
    "ArchiveRefused",
    "Archivist",
    "Audit",
    "AuditDesk",
    "AuditReader",
    "Chain",
    "Details",
    "EventStore",
    "Fault",
    "Finding",
    "Kind",
    "MayNotRead",
    "Memory",
    "Notary",
    "Recorder",
    "SecurityEvent",
    "SecurityEvents",
    "Severity",
    "Signer",
    "Verdict",
    "Watch",
]
