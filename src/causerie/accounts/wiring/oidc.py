"""Builds the login through an OpenID provider, where one is set."""

from __future__ import annotations

from collections.abc import Callable

from causerie.accounts.model import OidcProvider
from causerie.accounts.ports import Emails, Users
from causerie.accounts.service import Codes, Newcomers, OidcLogin, SessionKeeper
from causerie.accounts.store import HttpProvider
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import MasterKey


def build_oidc(  # noqa: PLR0913 - the parts, each by name
    provider: OidcProvider | None,
    *,
    newcomers: Newcomers,
    users: Users,
    emails: Emails,
    sessions: SessionKeeper,
    codes: Codes,
    master: MasterKey,
    clock: Clock,
    random_bytes: Callable[[int], bytes],
) -> OidcLogin | None:
    """Build it; None without a provider."""
    if provider is None:
        return None
    return OidcLogin(
        provider,
        HttpProvider(provider, clock=clock),
        newcomers=newcomers,
        users=users,
        emails=emails,
        sessions=sessions,
        codes=codes,
        master=master,
        clock=clock,
        random_bytes=random_bytes,
    )
