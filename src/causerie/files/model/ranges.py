"""Which stretch of a file is asked for (RFC 9110 §14)."""

from __future__ import annotations

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.IGNORECASE)


class Stretch(NamedTuple):
    """Bytes of a file: the first one's place, and how many."""

    start: int
    length: int


class NotSatisfiable(Exception):  # noqa: N818 - a fact; the door answers 416
    """The range lies past the file's end."""


def requested_stretch(header: str | None, *, size: int) -> Stretch | None:
    """Give the stretch that a ``Range`` asks for; None: the whole file.

    What cannot be understood, and several ranges at once, are passed over (§14.2 allows it).
    Raises ``NotSatisfiable``.
    """
    match = None if header is None else _ONE_RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:  # the last so many
        length = min(int(match[2]), size)
        if length == 0:
            raise NotSatisfiable
        return Stretch(size - length, length)
    start = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < start:
        return None  # §14.1.1: invalid, and so passed over
    if start >= size:
        raise NotSatisfiable
    return Stretch(start, min(last, size - 1) - start + 1)


def is_same(header: str | None, etag: str) -> bool:
    """Say whether ``If-None-Match`` names this tag (§13.1.2, weak comparison)."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in header.split(","))
