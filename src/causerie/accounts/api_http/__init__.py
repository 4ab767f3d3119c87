"""Accounts over HTTP: ``/auth``, ``/api/v2/me``, ``/api/v2/users`` and the public keys."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.doors import door_routes
from causerie.accounts.api_http.second_factor import second_factor_routes
from causerie.accounts.api_http.sessions import session_routes
from causerie.accounts.service import AccountService
from causerie.limits import Limiter


def account_routes(
    accounts: AccountService, attempts: Limiter[str]
) -> Sequence[ControllerRouterHandler]:
    """Make the handlers. ``attempts`` counts registrations, logins and codes by IP address."""
    handlers = [
        *door_routes(accounts, attempts),
        *second_factor_routes(accounts, attempts),
        *session_routes(accounts, attempts),
    ]
    return [Router("/", route_handlers=handlers, tags=["accounts"])]


__all__ = ["account_routes"]
