"""The tables of the audit trail, and the file that remembers beside them."""

from causerie.audit.store.archives import StoredArchives
from causerie.audit.store.chains import StoredChains
from causerie.audit.store.memory import FileMemory
from causerie.audit.store.tables import StoredTrail

__all__ = ["FileMemory", "StoredArchives", "StoredChains", "StoredTrail"]
