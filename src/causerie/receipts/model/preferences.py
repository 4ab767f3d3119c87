"""What a person prefers, on all devices: the known keys, and what each may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec

from causerie.foundation.errors import Invalid, NotFound

Value = bool | str

_TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")  # as IANA names them
_MAX_TIME_ZONE_CHARS = 64  # The longest of IANA's has 32.

A_TIME_ZONE = "a time zone as IANA names them"
READ_RECEIPTS = "read_receipts"
TIME_ZONE = "time_zone"
NOTIFICATIONS = "notifications"


class Preference(msgspec.Struct, frozen=True, gc=False):
    """One key as it is; ``updated_at`` is None where it is the default."""

    key: str
    value: Value
    updated_at: datetime | None = None


class Known(msgspec.Struct, frozen=True):
    """What a key stands for: its default, and whether it may be something else."""

    default: Value
    allows: Callable[[Value], bool]
    allowed: str


def _switch(*, default: bool) -> Known:
    return Known(default, lambda value: isinstance(value, bool), "true or false")


def _one_of(*words: str) -> Known:
    return Known(words[0], lambda value: value in words, f"one of {', '.join(words)}")


def _may_be_time_zone(value: Value) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= _MAX_TIME_ZONE_CHARS
        and _TIME_ZONE.fullmatch(value) is not None
    )


KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        # Off: others are not told what one reads, and see nothing of it.
        READ_RECEIPTS: _switch(default=True),
        "theme": _one_of("system", "light", "dark"),
        "language": _one_of("auto", "en", "fr"),
        # Which there are knows the database.
        TIME_ZONE: Known("UTC", _may_be_time_zone, A_TIME_ZONE),
        # Where a conversation says nothing of its own.
        NOTIFICATIONS: _one_of("mentions", "all", "none"),
        "sounds": _switch(default=True),
        "enter_sends": _switch(default=True),
        "layout": _one_of("comfortable", "compact"),
    }
)


def default_of(key: str) -> Preference:
    """Give what a key is where nobody has set it. Raises ``NotFound`` for an unknown key."""
    known = KNOWN.get(key)
    if known is None:
        raise NotFound("preference")
    return Preference(key, known.default)


def require_value(key: str, value: Value) -> Value:
    """Give the value back. Raises ``NotFound``, ``Invalid``."""
    default_of(key)
    known = KNOWN[key]
    if not known.allows(value):
        raise Invalid("value", f"Must be {known.allowed}")
    return value


def completed(found: Mapping[str, Preference]) -> list[Preference]:
    """Give all known keys in their order; what a newer version has set is passed over."""
    return [found.get(key, default_of(key)) for key in KNOWN]
