"""Moderation over HTTP."""

from causerie.moderation.api_http.sanctions import sanction_routes

__all__ = ["sanction_routes"]
