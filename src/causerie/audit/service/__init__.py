"""What one can do with the audit trail: record, raise, read, sign, verify."""

from causerie.audit.service.alarms import SecurityEvents
from causerie.audit.service.archiving import Archivist
from causerie.audit.service.checking import Notary, Verdict
from causerie.audit.service.desk import AuditDesk
from causerie.audit.service.reading import AuditReader
from causerie.audit.service.trail import Audit
from causerie.audit.service.watching import Watch

__all__ = [
    "Archivist",
    "Audit",
    "AuditDesk",
    "AuditReader",
    "Notary",
    "SecurityEvents",
    "Verdict",
    "Watch",
]
