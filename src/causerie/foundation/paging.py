"""What lists are asked by, whichever door they are behind."""

from __future__ import annotations

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID


def require_limit(limit: int, most: int) -> None:
    """Check how many are asked for. Raises ``Invalid``."""
    if not 1 <= limit <= most:
        raise Invalid("limit", f"Must lie between 1 and {most}")


def require_bound(field: str, value: int | None, *, least: int = 1) -> None:
    """Check an id or a number that a list is asked by, where there is one. Raises ``Invalid``."""
    if value is not None and not least <= value <= MAX_ID:
        raise Invalid(field, f"Must lie between {least} and {MAX_ID}")
