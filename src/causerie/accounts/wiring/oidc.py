"""Builds the login through an OpenID provider, where one is set, and what links it to accounts."""

from __future__ import annotations

from causerie.accounts.model import OidcProvider
from causerie.accounts.ports import Emails, Users
from causerie.accounts.service import (
    LinkedIdentities,
    Newcomers,
    OidcLogin,
    OwnAccount,
    SessionKeeper,
)
from causerie.accounts.store import HttpProvider, StoredIdentities
from causerie.accounts.wiring.own import Ground
from causerie.foundation.crypto import MasterKey


def build_oidc(
    provider: OidcProvider | None,
    ground: Ground,
    *,
    newcomers: Newcomers,
    users: Users,
    emails: Emails,
    sessions: SessionKeeper,
    own: OwnAccount,
    master: MasterKey,
) -> tuple[OidcLogin | None, LinkedIdentities]:
    """Build both; without a provider there is nothing to log in through, and nothing new to link."""
    login = None
    if provider is not None:
        login = OidcLogin(
            provider,
            HttpProvider(provider, clock=ground.clock),
            newcomers=newcomers,
            users=users,
            emails=emails,
            sessions=sessions,
            codes=own.codes,
            master=master,
            clock=ground.clock,
            random_bytes=ground.random_bytes,
        )
    linked = LinkedIdentities(
        StoredIdentities(ground.database),
        newcomers,
        login,
        step_up=own.step_up,
        events=ground.events,
        completion=ground.completion,
    )
    return login, linked
