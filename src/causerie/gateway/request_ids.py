"""The id of a request, by which logs, answers and traces name it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

BYTES = 12  # 96 bits: no two requests have one.

_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")  # What goes into logs must not write its own.


def request_id_of(given: Iterable[str]) -> str:
    """Take over the id that a caller or a proxy gave, where it is a sane one; else make one."""
    return sane_id(given) or new_request_id()


def sane_id(given: Iterable[str]) -> str | None:
    """Find the first of the ids that a log can take."""
    return next((value for value in given if _SANE.fullmatch(value)), None)


def new_request_id() -> str:
    """Make an id that no other request has."""
    return secrets.token_hex(BYTES)
