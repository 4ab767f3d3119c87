"""Accounts over HTTP: ``/auth``, ``/api/v2/me``, ``/api/v2/users`` and the public keys."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.api_keys import api_key_routes
from causerie.accounts.api_http.cookies import cookie_routes
from causerie.accounts.api_http.doors import door_routes, user_routes
from causerie.accounts.api_http.identities import identity_routes
from causerie.accounts.api_http.invitations import invitation_routes
from causerie.accounts.api_http.oidc import oidc_routes
from causerie.accounts.api_http.passkeys import Sites, passkey_routes
from causerie.accounts.api_http.passwords import password_routes
from causerie.accounts.api_http.profiles import profile_routes
from causerie.accounts.api_http.roles import role_routes
from causerie.accounts.api_http.second_factor import second_factor_routes
from causerie.accounts.api_http.sessions import session_routes
from causerie.accounts.service import AccountService
from causerie.foundation.errors import Forbidden
from causerie.foundation.identity import Principal
from causerie.gateway.http import AnyRequest, CookieSessions


def account_routes(
    accounts: AccountService, cookies: CookieSessions, *, public_url: str | None
) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    sites = Sites(public_url, cookies)
    personal = [
        *door_routes(accounts, sites),
        *api_key_routes(accounts),
        *invitation_routes(accounts),
        *role_routes(accounts),
        *second_factor_routes(accounts),
        *password_routes(accounts),
        *passkey_routes(accounts, sites),
        *session_routes(accounts),
        *oidc_routes(accounts.oidc),
        *identity_routes(accounts.identities),
        *cookie_routes(accounts, cookies),
    ]
    return [
        Router(
            "/",
            route_handlers=personal,
            tags=["accounts"],
            dependencies={"principal": Provide(_person, sync_to_thread=False)},
        ),
        Router(
            "/",
            route_handlers=[*user_routes(accounts), *profile_routes(accounts)],
            tags=["accounts"],
        ),
    ]


def _person(request: AnyRequest) -> Principal:
    """Give who acts, under ``/auth``: a key must not make keys, nor change what else proves one."""
    principal = request.user
    if principal.api_key:
        raise Forbidden("An API key cannot do this; log in")
    return principal


__all__ = ["account_routes"]
