"""Password hashes, and the breaches that new passwords are compared with."""

from __future__ import annotations

from causerie.accounts.wiring.options import AccountOptions
from causerie.foundation.crypto import BreachedPasswords, PasswordHashes


def build_passwords(options: AccountOptions) -> PasswordHashes:
    """Make them by the settings. Raises ``BreachesUnusable``."""
    known = options.breached_passwords
    return PasswordHashes(
        memory_kib=options.password_memory_kib,
        iterations=options.password_iterations,
        bcrypt_cost=options.bcrypt_cost,
        breached=None if known is None else BreachedPasswords(known),
    )
