"""What is guessed at, by the names under which limits count it."""

from __future__ import annotations

PASSWORD = "password"  # noqa: S105 - what is guessed at a login; nothing else shares its count.
