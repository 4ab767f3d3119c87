"""Builds the audit trail: recorder, events, notary and routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from litestar.types import ControllerRouterHandler
from typing_extensions import override

from causerie.audit.api_http import audit_routes
from causerie.audit.jobs import forget_idle, keep_signing
from causerie.audit.ports import Signer
from causerie.audit.service import (
    Archivist,
    Audit,
    AuditDesk,
    AuditReader,
    Notary,
    SecurityEvents,
    Watch,
)
from causerie.audit.store import FileMemory, StoredArchives, StoredChains, StoredTrail
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import MasterKey
from causerie.foundation.postgres import Database, MigrationSource

MIGRATIONS = MigrationSource(schema="audit", package="causerie.audit")
SIGNING_PURPOSE = "audit"


class MasterSigner(Signer):
    """Signs with the master key, which lies beside the data or comes by setting."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master

    @override
    def sign(self, content: bytes) -> bytes:
        return self._master.sign(content, purpose=SIGNING_PURPOSE)

    @override
    def is_signed(self, content: bytes, signature: bytes) -> bool:
        return self._master.is_signed(content, signature, purpose=SIGNING_PURPOSE)


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """What assembly takes from the audit trail; the two loops are for the workers."""

    trail: Audit
    events: SecurityEvents
    watch: Watch
    notary: Notary
    desk: AuditDesk
    route: ControllerRouterHandler
    store_events: Callable[[], Awaitable[None]]
    sign: Callable[[], Awaitable[None]]
    keep_watch: Callable[[], Awaitable[None]]


def build(
    database: Database, master: MasterKey, *, data_dir: Path, permission: str, clock: Clock
) -> AuditTrail:
    """Build the audit trail; ``permission`` is what reading it over HTTP takes."""
    stored = StoredTrail(database)
    events = SecurityEvents(stored, clock)
    watch = Watch(events, clock)
    notary = Notary(StoredChains(database), MasterSigner(master), FileMemory(data_dir), clock)
    reader = AuditReader(stored, permission=permission)
    return AuditTrail(
        trail=Audit(stored),
        events=events,
        watch=watch,
        notary=notary,
        desk=AuditDesk(stored, notary),
        route=audit_routes(reader),
        store_events=events.run,
        sign=lambda: keep_signing(notary, events),
        keep_watch=lambda: forget_idle(watch.remove_idle),
    )


def build_archivist(
    owner: Database, master: MasterKey, *, data_dir: Path, clock: Clock
) -> Archivist:
    """Build what an operator's command archives with; ``owner`` is open as the tables' owner."""
    chains, signer = StoredChains(owner), MasterSigner(master)
    notary = Notary(chains, signer, FileMemory(data_dir), clock)
    return Archivist(StoredArchives(owner), chains, notary, signer, clock)
