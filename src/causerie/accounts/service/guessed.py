"""What is guessed at, by the names under which limits count it; nothing else shares their counts."""

from __future__ import annotations

PASSWORD = "password"  # noqa: S105 - a name; at a login and at a step-up, by the username
TOTP = "totp"  # By the user's id, like the next.
BACKUP_CODE = "backup_code"
