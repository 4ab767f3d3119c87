"""Whether a password may be somebody's from now on."""

from __future__ import annotations

from causerie.accounts.model import require_password
from causerie.accounts.ports import Passwords
from causerie.foundation.errors import Invalid


async def require_new_password(
    passwords: Passwords, new: str, *, username: str, field: str = "password"
) -> None:
    """Raise ``Invalid`` for one that is too short, long or trivial, or known from a breach."""
    require_password(new, username=username, field=field)
    if await passwords.is_breached(new):
        raise Invalid(field, "Is known from a breach of another service; take another")
