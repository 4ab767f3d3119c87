"""Passwords that breaches have made known, looked up in a file of their hashes."""

from __future__ import annotations

import hashlib
import mmap
import re
from pathlib import Path

from causerie.foundation.crypto.errors import BreachesUnusable

_HASH_CHARS = 40  # SHA-1 in hexadecimal digits
_LINE = re.compile(rb"[0-9A-F]{40}(?::\d+)?\r?\n")


class BreachedPasswords:
    """A file as Have I Been Pwned gives it: SHA-1 hashes in capitals, sorted, one a line.

    It has tens of gigabytes, of which a look reads some thirty places and memory keeps none: for a
    thread, not for the event loop.
    """

    def __init__(self, path: Path) -> None:
        """Open the file. Raises ``BreachesUnusable``."""
        try:
            with path.open("rb") as file:
                self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: it is empty
            raise BreachesUnusable(f"{path} cannot be read: {error}") from error
        if _LINE.match(self._lines) is None:
            self.close()
            raise BreachesUnusable(f"{path} is no list of SHA-1 hashes in capitals, one a line")

    def close(self) -> None:
        """Let the file go."""
        self._lines.close()

    def has(self, password: str) -> bool:
        """Say whether a password stands in the file."""
        # What the file is made of; nothing is kept under this hash.
        digest = hashlib.sha1(password.encode(), usedforsecurity=False)
        wanted = digest.hexdigest().upper().encode()
        first, behind = 0, len(self._lines)
        while first < behind:
            middle = (first + behind) // 2
            start = self._lines.rfind(b"\n", first, middle) + 1 or first
            found = self._lines[start : start + _HASH_CHARS]
            if found == wanted:
                return True
            if found > wanted:
                behind = start
            else:
                first = self._lines.find(b"\n", start) + 1 or behind
        return False
