"""The HTTP side of the gateway: what handlers import, and the application made of them."""

from causerie.gateway.http.answers import already_encoded
from causerie.gateway.http.app import build_app
from causerie.gateway.http.asyncapi import SocketDescription
from causerie.gateway.http.at_once import AtOnce
from causerie.gateway.http.connections import ConnectionController, connection_routes
from causerie.gateway.http.cookies import CSRF_HEADER, CookieSessions
from causerie.gateway.http.limited import AUTH, AUTH_TIER, UNLIMITED, WEBHOOK, by_scope, counted_as
from causerie.gateway.http.paging import BeforeId, at_most
from causerie.gateway.http.quick import quickly
from causerie.gateway.http.requests import (
    PUBLIC,
    Acting,
    AnyRequest,
    ClientAddress,
    IdempotencyKey,
    bearer_token,
    client_address,
    header,
    idempotency_key,
    is_head,
    positive_id,
)

__all__ = [
    "AUTH",
    "AUTH_TIER",
    "CSRF_HEADER",
    "PUBLIC",
    "UNLIMITED",
    "WEBHOOK",
    "Acting",
    "AnyRequest",
    "AtOnce",
    "BeforeId",
    "ClientAddress",
    "ConnectionController",
    "CookieSessions",
    "IdempotencyKey",
    "SocketDescription",
    "already_encoded",
    "at_most",
    "bearer_token",
    "build_app",
    "by_scope",
    "client_address",
    "connection_routes",
    "counted_as",
    "header",
    "idempotency_key",
    "is_head",
    "positive_id",
    "quickly",
]
