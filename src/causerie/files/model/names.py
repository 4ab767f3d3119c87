"""Names of files: what a client gave, made harmless for every system that will store it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

MAX_NAME_CHARACTERS = 200
MAX_NAME_BYTES = 240  # Of the 255 that file systems take, with room for " (1)" and ".part".
MAX_SUFFIX_CHARACTERS = 16  # What is kept of a name that is too long.
NAMELESS = "file"

_FORBIDDEN = re.compile(r'[<>:"|?*]')  # on Windows
# Devices on Windows, whatever follows the first dot.
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE
)
# Control, format (bidi and invisible ones), surrogates, private use, unassigned; line separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_name(given: str) -> str:
    """Give a name that is one visible line, no path, and no device; never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    visible = "".join(
        " " if unicodedata.category(c) == "Zs" else c
        for c in last
        if unicodedata.category(c) not in _INVISIBLE
    )
    name = _FORBIDDEN.sub("_", visible).strip(" .")
    name = _shortened(name).strip(" .")
    if not name:
        return NAMELESS
    return f"_{name}" if _RESERVED.fullmatch(name.partition(".")[0].rstrip()) else name


def _shortened(name: str) -> str:
    if len(name) <= MAX_NAME_CHARACTERS and len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > MAX_SUFFIX_CHARACTERS:
        stem, dot, suffix = name, "", ""
    rest = MAX_NAME_BYTES - len((dot + suffix).encode())
    stem = stem[: MAX_NAME_CHARACTERS - len(dot + suffix)].encode()[:rest].decode(errors="ignore")
    return stem.rstrip(" .") + dot + suffix


def content_disposition(name: str, *, is_shown: bool) -> str:
    """Write the header's value (RFC 6266): a name for old clients, and the real one (RFC 8187)."""
    kind = "inline" if is_shown else "attachment"
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%;' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
