"""Moderation over HTTP."""

from causerie.moderation.api_http.appeals import appeal_route
from causerie.moderation.api_http.filtering import filter_routes
from causerie.moderation.api_http.people import people_route
from causerie.moderation.api_http.reports import report_routes
from causerie.moderation.api_http.reputation import reputation_routes
from causerie.moderation.api_http.sanctions import sanction_routes

__all__ = [
    "appeal_route",
    "filter_routes",
    "people_route",
    "report_routes",
    "reputation_routes",
    "sanction_routes",
]
