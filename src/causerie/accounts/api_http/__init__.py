"""Accounts over HTTP: ``/auth``, ``/api/v2/me``, ``/api/v2/users`` and the public keys."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.doors import door_routes
from causerie.accounts.api_http.passwords import password_routes
from causerie.accounts.api_http.second_factor import second_factor_routes
from causerie.accounts.api_http.sessions import session_routes
from causerie.accounts.service import AccountService


def account_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    handlers = [
        *door_routes(accounts),
        *second_factor_routes(accounts),
        *password_routes(accounts),
        *session_routes(accounts),
    ]
    return [Router("/", route_handlers=handlers, tags=["accounts"])]


__all__ = ["account_routes"]
