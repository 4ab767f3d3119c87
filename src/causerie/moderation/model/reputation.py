"""What a user's conduct comes to: a score that can be explained, and the trust that follows."""

from __future__ import annotations

from datetime import datetime

import msgspec

from causerie.foundation.identity import Trust, UserId

START = 50.0  # Nobody knows a newcomer: neither good nor bad.
MOST = 100.0
# A newcomer is trusted like everybody; a month without trouble makes up for what is missing to this.
VERIFIED_FROM = 70
# Some four refused messages and a warning, or a mute: limits tighten before a ban.
SUSPECT_BELOW = 30

FULL_AGE_DAYS = 30.0
RECENT_REFUSALS_DAYS = 30
RECENT_REPORTS_DAYS = 90


class Facts(msgspec.Struct, frozen=True):
    """What is known of a user's conduct; ``points`` are those of the ladder that are left."""

    user_id: UserId
    created_at: datetime
    points: float = 0.0
    is_sanctioned: bool = False  # muted or banned now
    refused: int = 0  # messages that the filter refused of late
    upheld: int = 0  # reports about the user that were upheld of late
    right_reports: int = 0  # the user's own reports that were upheld of late
    wrong_reports: int = 0  # and those that were dismissed


class Part(msgspec.Struct, frozen=True):
    """One reason for a score: what was counted, how much of it, and what it adds or takes."""

    what: str
    count: float
    points: float


class Reputation(msgspec.Struct, frozen=True):
    """A score of 0 to 100 and what it is made of; the parts and ``START`` sum up to it, within bounds."""

    user_id: UserId
    score: int
    parts: tuple[Part, ...]

    @property
    def trust(self) -> Trust:
        """How far the user is to be trusted, where nobody has decided otherwise."""
        if self.score < SUSPECT_BELOW:
            return Trust.SUSPECT
        return Trust.VERIFIED if self.score >= VERIFIED_FROM else Trust.NORMAL


def reckon(facts: Facts, *, now: datetime) -> Reputation:
    """Reckon a user's reputation. A clock that was set back makes nobody older or younger."""
    days = max(0.0, (now - facts.created_at).total_seconds() / 86_400)
    parts = [
        Part("days_here", round(days, 1), round(min(days, FULL_AGE_DAYS) * 20 / FULL_AGE_DAYS, 1)),
        Part("ladder_points", round(facts.points, 1), -round(facts.points * 5, 1)),
        Part("sanction_in_force", float(facts.is_sanctioned), -20.0 * facts.is_sanctioned),
        Part("messages_refused", facts.refused, -min(2.0 * facts.refused, 20.0)),
        Part("reports_upheld_against", facts.upheld, -min(5.0 * facts.upheld, 25.0)),
        Part("own_reports_upheld", facts.right_reports, min(1.0 * facts.right_reports, 10.0)),
        Part("own_reports_dismissed", facts.wrong_reports, -min(0.5 * facts.wrong_reports, 10.0)),
    ]
    score = START + sum(part.points for part in parts)
    said = tuple(part for part in parts if part.points)
    return Reputation(facts.user_id, round(min(max(score, 0.0), MOST)), said)
