"""How reputations look over HTTP."""

from __future__ import annotations

import msgspec

from causerie.foundation.identity import Trust
from causerie.moderation.model.reputation import START, Reputation
from causerie.moderation.ports import Standing


class PutTrust(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a user is trusted; null leaves it to the score."""

    trust: Trust | None


class WirePart(msgspec.Struct, frozen=True):
    """One reason for a score: what was counted, how much of it, what it adds or takes."""

    what: str
    count: float
    points: float


class WireReputation(msgspec.Struct, frozen=True):
    """A score of 0 to 100: `start` and the points of the parts, within those bounds.

    `pinned`: somebody has decided the trust, and the score does not.
    """

    user_id: int
    score: int
    start: float
    parts: list[WirePart]
    trust: Trust
    pinned: bool


def reputation_out(reputation: Reputation, standing: Standing) -> WireReputation:
    """Write out a reputation."""
    return WireReputation(
        user_id=reputation.user_id,
        score=reputation.score,
        start=START,
        parts=[WirePart(part.what, part.count, part.points) for part in reputation.parts],
        trust=standing.trust,
        pinned=standing.is_pinned,
    )
