"""Messages and what is around them over HTTP."""

from causerie.messages.api_http.around import around_routes
from causerie.messages.api_http.messages import message_routes
from causerie.messages.api_http.scheduled import scheduled_routes
from causerie.messages.api_http.search import search_routes
from causerie.messages.api_http.threads import thread_routes

__all__ = [
    "around_routes",
    "message_routes",
    "scheduled_routes",
    "search_routes",
    "thread_routes",
]
