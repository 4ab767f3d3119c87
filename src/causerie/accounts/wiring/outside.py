"""Builds what proves the tokens of an outside issuer, where one is trusted."""

from __future__ import annotations

from causerie.accounts.model import OutsideIssuer
from causerie.accounts.ports import Users
from causerie.accounts.service import Newcomers, OutsideTokens, RoleBook
from causerie.accounts.store import FetchedKeys
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events


def build_outside(
    issuer: OutsideIssuer | None,
    *,
    newcomers: Newcomers,
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
        newcomers,
        users=users,
        roles=roles,
        events=events,
        completion=completion,
        clock=clock,
    )
