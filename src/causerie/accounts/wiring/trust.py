"""Builds what tells limits of the trust in users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from causerie.accounts.jobs import follow_trust
from causerie.accounts.service import TrustFollower
from causerie.accounts.store import StoredTrust
from causerie.foundation.postgres import Database
from causerie.limits import TrustBook


def build_trust(database: Database, book: TrustBook) -> Callable[[], Awaitable[None]]:
    """Give the loop, for a worker."""
    follower = TrustFollower(StoredTrust(database), book)
    return lambda: follow_trust(follower)
