"""Blocks: who is shut out for a while, why, and how they grow and fade."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId
from causerie.limits.model.addresses import network_of
from causerie.limits.model.kinds import Action, Scope

# REQUIREMENTS, RL-5: a minute, half an hour, two hours, a day.
LADDER_SECONDS = (60, 30 * 60, 2 * 3600, 24 * 3600)
# Each day without another block takes one step back.
FADE = timedelta(days=1)
MAX_BLOCK_SECONDS = 365 * 24 * 3600  # By hand; who shall never come back is banned instead.
MAX_REASON_CHARS = 500
MAX_SUBJECT_CHARS = 64  # The longest address, or a key's id.
BY_HAND = "by_hand"  # the rule of a block that an admin placed

# What a block forbids. Reading goes on, and so does whoever is logged in at a blocked address.
BLOCKABLE = frozenset(Action) - {
    Action.API,
    Action.HISTORY,
    Action.SEARCHES,
    Action.ANONYMOUS,
    Action.FAILED_PROOFS,
    Action.CONNECTIONS,
}


class Subject(msgspec.Struct, frozen=True, gc=False):
    """Who is blocked: a user's id, an address as it is counted, or an API key's id, as text."""

    scope: Scope
    id: str

    @property
    def key(self) -> UserId | str:
        """What limits count the subject by."""
        return UserId(int(self.id)) if self.scope is Scope.USER else self.id


class Offence(msgspec.Struct, frozen=True, gc=False):
    """What somebody did: the rule that saw it, its score, and what it counted."""

    subject: Subject
    rule: str
    score: float
    reason: str


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block, as it is kept. ``step`` 1 to 4 of the ladder, 0 by hand; ``by`` none: by itself."""

    id: int
    subject: Subject
    step: int
    rule: str
    score: float
    reason: str
    placed_at: datetime
    until: datetime
    by: UserId | None = None
    lifted_at: datetime | None = None
    lifted_by: UserId | None = None

    def seconds_left(self, at: datetime) -> float:
        """How long it still lasts; never longer than it was to last, whatever the clock did."""
        if self.lifted_at is not None:
            return 0.0
        whole = (self.until - self.placed_at).total_seconds()
        return min(whole, max(0.0, (self.until - at).total_seconds()))


def next_step(last: Block | None, at: datetime) -> int:
    """Say how high the next block stands, by the latest one that was not lifted."""
    if last is None:
        return 1
    quiet = max(timedelta(0), at - last.until)
    return min(len(LADDER_SECONDS), max(1, last.step + 1 - quiet // FADE))


def require_subject(scope: Scope, text: str) -> Subject:
    """Make a subject out of what an admin wrote. Raises ``Invalid``."""
    if not 1 <= len(text) <= MAX_SUBJECT_CHARS or not text.isprintable() or not text.isascii():
        raise Invalid("subject", f"Must be 1 to {MAX_SUBJECT_CHARS} printable characters")
    if scope is Scope.ROOM:
        raise Invalid("scope", "Must be user, address or api_key")
    if scope is Scope.USER and not (text.isdigit() and 1 <= int(text) < 1 << 63):
        raise Invalid("subject", "Must be a user's id")
    if scope is Scope.ADDRESS:
        return Subject(scope, network_of(text))
    return Subject(scope, str(int(text)) if scope is Scope.USER else text)


def require_block(seconds: int, reason: str) -> None:
    """Check what an admin wrote. Raises ``Invalid``."""
    if not 1 <= seconds <= MAX_BLOCK_SECONDS:
        raise Invalid("seconds", f"Must lie between 1 and {MAX_BLOCK_SECONDS}")
    if not 1 <= len(reason) <= MAX_REASON_CHARS or "\0" in reason:
        raise Invalid("reason", f"Must be 1 to {MAX_REASON_CHARS} characters")
