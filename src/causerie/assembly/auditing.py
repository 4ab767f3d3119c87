"""The audit trail of a node: built from the settings, and told what the slices announce."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from causerie import accounts, limits
from causerie.accounts import Permission
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage, open_storage
from causerie.audit import Archivist, AuditDesk, Kind, SecurityEvents, Severity
from causerie.audit import wiring as audit_wiring
from causerie.audit.wiring import AuditTrail
from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.crypto import load_master_key
from causerie.foundation.events import Events
from causerie.foundation.identity import CALLER, Caller, UserId
from causerie.foundation.postgres import Database
from causerie.foundation.workers import Workers
from causerie.limits import BlockService, Offence, Scope, Subject, network_of
from causerie.moderation import Sanction, SanctionImposed, SanctionKind, SubjectKind


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
    _listen_to_proofs(events, audit)
    events.listen(accounts.SigningKeysWithdrawn, lambda _: raised.raise_(Kind.KEYS_WITHDRAWN))
    events.listen(SanctionImposed, lambda e: _raise_sanction(raised, e.sanction))
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


def _listen_to_proofs(events: Events, audit: AuditTrail) -> None:
    """Raise what looks like somebody at another's door: passwords, codes, tickets, tokens."""
    raised, watch = audit.events, audit.watch

    def on_login_refused(event: accounts.LoginRefused) -> None:
        raised.raise_(Kind.LOGIN_FAILED, address=event.ip)
        watch.login_failed(event.ip)

    def on_code_refused(event: accounts.CodeRefused) -> None:
        kind = Kind.CODE_REPLAYED if event.is_replay else Kind.TWO_FACTOR_FAILED
        raised.raise_(kind, user_id=event.user_id, address=event.ip)
        watch.login_failed(event.ip)

    events.listen(accounts.LoginRefused, on_login_refused)
    events.listen(accounts.CodeRefused, on_code_refused)
    events.listen(
        accounts.TicketReplayed,
        lambda e: raised.raise_(Kind.TICKET_REPLAYED, user_id=e.user_id, address=e.ip),
    )
    events.listen(accounts.TokenForged, lambda e: watch.token_forged(e.ip))


def _raise_sanction(raised: SecurityEvents, sanction: Sanction) -> None:
    is_user = sanction.subject.kind is SubjectKind.USER
    raised.raise_(
        Kind.SANCTIONED,
        # Who is shut out matters to more people than who was told to mind their words.
        severity=Severity.WARNING if sanction.kind is SanctionKind.BAN else None,
        user_id=UserId(sanction.subject.id) if is_user else None,
        details={
            "sanction_id": sanction.id,
            "kind": sanction.kind.value,
            "rule": sanction.rule,
            "author_id": sanction.author,
        },
    )


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
