"""The audit trail of a node: built from the settings, and told what the slices announce."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from causerie.accounts import Permission
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage, open_storage
from causerie.audit import AuditDesk
from causerie.audit import wiring as audit_wiring
from causerie.audit.wiring import AuditTrail
from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.crypto import load_master_key
from causerie.foundation.workers import Workers


def build_audit(settings: Settings, storage: Storage, clock: Clock) -> AuditTrail:
    """Build the audit trail. Raises ``MasterKeyUnusable``."""
    data_dir = settings.server.data_dir
    master = load_master_key(data_dir, configured=settings.security.master_key)
    return audit_wiring.build(
        storage.database, master, data_dir=data_dir, permission=Permission.READ_AUDIT, clock=clock
    )


def add_audit_workers(workers: Workers, audit: AuditTrail) -> None:
    """Give the trail's loops to the workers."""
    workers.add("security_events", audit.store_events)
    workers.add("audit_signing", audit.sign)


@asynccontextmanager
async def open_audit(settings: Settings) -> AsyncIterator[AuditDesk]:
    """Give an operator's command the trail, beside a running server or alone.

    Raises what ``open_storage`` raises for the operator, and ``MasterKeyUnusable``.
    """
    async with open_storage(settings, beside_server=True) as storage:
        yield build_audit(settings, storage, SystemClock()).desk


__all__ = ["AuditDesk", "AuditTrail", "add_audit_workers", "build_audit", "open_audit"]
