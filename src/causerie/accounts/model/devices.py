"""A user's sessions as the user sees them: which device, from where, and when it was last heard."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

MAX_DEVICES_LISTED = 200  # The latest; who has more has a client that never logs out.
UNKNOWN_DEVICE = "Unknown device"

# In this order: an Edge also says Chrome, and a Chrome also says Safari.
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium)/")),
    ("Safari", re.compile(r"\bSafari/")),
)
_SYSTEMS = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac(?:intosh|OS)\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}")


class Device(msgspec.Struct, frozen=True):
    """A session that is open; ``name`` is what was given at login, or what the client said it is."""

    session: str
    name: str
    ip: str
    created_at: datetime
    last_active_at: datetime


def name_of_device(given: str, user_agent: str) -> str:
    """Name a device, by what its user has called it or by its ``User-Agent`` (RFC 9110 §10.1.5)."""
    if given.strip():
        return given
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    product = _PRODUCT.match(user_agent)
    return browser or system or (product[0] if product else UNKNOWN_DEVICE)


def _first(names: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str | None:
    return next((name for name, pattern in names if pattern.search(text)), None)
