"""Builds what proves the tokens of an outside issuer, where one is trusted."""

from __future__ import annotations

from causerie.accounts.model import OutsideIssuer
from causerie.accounts.ports import Users
from causerie.accounts.service import OutsideTokens, RoleBook
from causerie.accounts.store import FetchedKeys, StoredIdentities
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database


def build_outside(
    database: Database,
    issuer: OutsideIssuer | None,
    *,
    users: Users,
    roles: RoleBook,
    events: Events,
    completion: Completion,
    clock: Clock,
) -> OutsideTokens | None:
    """Build it; None without an issuer."""
    if issuer is None:
        return None
    return OutsideTokens(
        issuer,
        FetchedKeys(issuer, clock=clock),
        StoredIdentities(database),
        users=users,
        roles=roles,
        events=events,
        completion=completion,
        clock=clock,
    )
