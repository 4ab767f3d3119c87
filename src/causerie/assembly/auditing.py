"""The audit trail of a node: built from the settings, and told what the slices announce."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from causerie import accounts, limits
from causerie.accounts import Permission
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage, open_storage
from causerie.audit import Archivist, AuditDesk, Kind
from causerie.audit import wiring as audit_wiring
from causerie.audit.wiring import AuditTrail
from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.crypto import load_master_key
from causerie.foundation.events import Events
from causerie.foundation.identity import CALLER, Caller
from causerie.foundation.postgres import Database
from causerie.foundation.workers import Workers
from causerie.limits import BlockService, Offence, Scope, Subject, network_of


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
    workers.add("security_watch", audit.keep_watch)


def listen_for_attacks(events: Events, audit: AuditTrail, blocks: BlockService) -> None:
    """Raise what the slices announce, and have the watch block by itself."""
    raised, watch = audit.events, audit.watch
    events.listen(accounts.LoginRefused, lambda e: watch.login_failed(e.ip))
    events.listen(
        accounts.RefreshTokenReused,
        lambda e: raised.raise_(Kind.REFRESH_TOKEN_REUSED, user_id=e.user_id, address=e.ip),
    )
    events.listen(
        accounts.UserTokensRevoked,
        lambda e: raised.raise_(Kind.TOKENS_REVOKED, user_id=e.user_id),
    )
    events.listen(
        accounts.RoleAssigned,
        lambda e: raised.raise_(Kind.ROLE_CHANGED, user_id=e.user_id, details={"role": e.role}),
    )
    events.listen(accounts.RolesChanged, lambda _: raised.raise_(Kind.PERMISSIONS_CHANGED))
    events.listen(
        accounts.CredentialsChanged,
        lambda e: raised.raise_(
            Kind.CREDENTIALS_CHANGED,
            user_id=e.user_id,
            address=e.ip,
            details={"change": e.change.value},
        ),
    )
    events.listen(
        limits.GuessesExhausted,
        lambda e: raised.raise_(
            Kind.GUESSES_EXHAUSTED, address=e.address, details={"tried": e.tried}
        ),
    )
    events.listen(
        limits.BlockPlaced,
        lambda e: raised.raise_(
            Kind.BLOCKED,
            details={
                "scope": e.block.subject.scope.value,
                "subject": e.block.subject.id,
                "rule": e.block.rule,
                "step": e.block.step,
            },
        ),
    )

    def block(address: str, rule: str, score: float, why: str) -> None:
        # Never loopback: it is the operator, or a proxy that server.trusted_proxies does not name,
        # and then everybody.
        if not _is_loopback(address):
            subject = Subject(Scope.ADDRESS, network_of(address))
            blocks.offend(Offence(subject, rule, score, why))

    watch.answer_with(block)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # no address at all: nobody to block
        return True


@asynccontextmanager
async def open_audit(settings: Settings) -> AsyncIterator[AuditDesk]:
    """Give an operator's command the trail, beside a running server or alone.

    Raises what ``open_storage`` raises for the operator, and ``MasterKeyUnusable``.
    """
    async with open_storage(settings, beside_server=True) as storage:
        yield build_audit(settings, storage, SystemClock()).desk


@asynccontextmanager
async def open_archivist(settings: Settings) -> AsyncIterator[Archivist]:
    """Give an operator's command what archives, as the tables' owner; like ``open_audit``."""
    data_dir = settings.server.data_dir
    async with open_storage(settings, beside_server=True) as storage:
        master = load_master_key(data_dir, configured=settings.security.master_key)
        owner = Database(storage.endpoint.owner_dsn, max_connections=1)
        await owner.open()
        CALLER.set(Caller(address="command line"))
        try:
            yield audit_wiring.build_archivist(
                owner, master, data_dir=data_dir, clock=SystemClock()
            )
        finally:
            await owner.close()


__all__ = [
    "Archivist",
    "AuditDesk",
    "AuditTrail",
    "add_audit_workers",
    "build_audit",
    "listen_for_attacks",
    "open_archivist",
    "open_audit",
]
