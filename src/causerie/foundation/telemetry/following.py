"""Where what happens to a message began, carried with it through the writer and to other nodes.

Off unless the log is at level debug or there are traces. Whoever is put together asks
``is_followed()`` once, and puts nothing around its work where it is not: a message then costs, on
the wire too, what it costs without.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec
import structlog

from causerie.foundation.telemetry import tracing

Ids = dict[str, str]
Place = tuple[int, int]  # The topic and the number of a message in it.


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """The request or the connection that something came by, and the span that carries it on."""

    request_id: str = ""
    connection_id: str = ""
    traceparent: str = ""

    @property
    def ids(self) -> Ids:
        """What lines of the log name it by."""
        both = {"request_id": self.request_id, "connection_id": self.connection_id}
        return {name: value for name, value in both.items() if value}


_origins: ContextVar[Mapping[Place, Origin] | None] = ContextVar("origins", default=None)


def is_followed() -> bool:
    """Say whether anything wants to know."""
    return logging.getLogger().isEnabledFor(logging.DEBUG) or tracing.current() is not None


def here() -> Origin:
    """Where what runs now began, as the log's context knows it."""
    bound = structlog.contextvars.get_contextvars()
    return Origin(str(bound.get("request_id", "")), str(bound.get("connection_id", "")))


def origin_of(place: Place) -> Origin:
    """Where a message began: as its writer knows, else what runs now."""
    origins = _origins.get()
    found = None if origins is None else origins.get(place)
    return here() if found is None else found


@contextmanager
def these(origins: Mapping[Place, Origin]) -> Iterator[None]:
    """Let it be known where messages began, while they are announced."""
    token = _origins.set(origins)
    try:
        yield
    finally:
        _origins.reset(token)
