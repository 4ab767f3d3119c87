"""The life of a signing key: published, then signing, then published only, then gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

# Others keep our key set so long; a new key must be known so long before it signs.
JWKS_CACHE_SECONDS = 300
KEYS_POLL_SECONDS = 60.0  # How late a node may hear of a key that another one has made.
# A key is published before it signs: until every node has it and every cache without it is old,
# with as much again for clocks that differ.
PUBLISH_AHEAD_SECONDS = 2 * JWKS_CACHE_SECONDS
# A node whose clock is behind signs a little longer, and its tokens have their skew.
OVERLAP_MARGIN_SECONDS = 300
# What is gone stays in the list for a week, for whoever asks why tokens are refused.
KEEP_GONE_SECONDS = 7 * 86400.0
# An unknown kid makes a node look into the database at once, but not more often than this: who
# sends made-up ones costs one small query in this time, and a real new key is found by it too.
LOOK_AGAIN_SECONDS = 5.0


class KeyState(StrEnum):
    """Where a key stands in its life."""

    NEXT = "next"  # published, and signs soon
    SIGNING = "signing"
    RETIRED = "retired"  # published until the last token that it has signed is over
    GONE = "gone"


class KeyCard(msgspec.Struct, frozen=True, kw_only=True):
    """A signing key without the key: what is published and shown of it."""

    key_id: str
    algorithm: str
    created_at: datetime
    signs_from: datetime
    signs_until: datetime | None = None
    published_until: datetime | None = None

    def state(self, at: datetime) -> KeyState:
        """Say where it stands at a moment."""
        if self.published_until is not None and self.published_until <= at:
            return KeyState.GONE
        if self.signs_until is not None and self.signs_until <= at:
            return KeyState.RETIRED
        return KeyState.SIGNING if self.signs_from <= at else KeyState.NEXT


def choose_signer(keys: Sequence[KeyCard], algorithm: str, *, at: datetime) -> KeyCard | None:
    """Give the key to sign with: of those of the algorithm that may, the newest.

    Where the clock went back to before every key, the one that will sign first: tokens that
    others may find too new are better than none.
    """
    own = [key for key in keys if key.algorithm == algorithm]
    signing = [key for key in own if key.state(at) is KeyState.SIGNING]
    if signing:
        return max(signing, key=lambda key: key.signs_from)
    coming = [key for key in own if key.state(at) is KeyState.NEXT]
    return min(coming, key=lambda key: key.signs_from, default=None)


def is_rotation_due(
    keys: Sequence[KeyCard], algorithm: str, *, every_seconds: float, at: datetime
) -> bool:
    """Say whether the newest key of the algorithm has signed for as long as one should."""
    started = [key.signs_from for key in keys if key.algorithm == algorithm]
    return bool(started) and max(started) + timedelta(seconds=every_seconds) <= at
