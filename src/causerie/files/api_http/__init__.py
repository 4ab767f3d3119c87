"""Files over HTTP: bodies as they are, in both directions, a piece after the other."""

from causerie.files.api_http.avatars import avatar_routes
from causerie.files.api_http.files import file_routes, link_routes
from causerie.files.api_http.review import review_routes

__all__ = ["avatar_routes", "file_routes", "link_routes", "review_routes"]
