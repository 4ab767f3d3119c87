"""Rows of the tables as values."""

from __future__ import annotations

from causerie.accounts.model import User, read_profile
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Record


def to_user(row: Record) -> User:
    """Read a user from a row with the columns of a card."""
    return User(
        id=UserId(row["id"]),
        username=row["username"],
        display_name=row["display_name"],
        role=row["role"],
        created_at=row["created_at"],
        profile=read_profile(row["profile"]),
    )
