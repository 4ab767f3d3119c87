"""What one caller has done of late, and four rules that say what is wrong with it."""

from __future__ import annotations

import re
import string
import unicodedata
from enum import StrEnum

import msgspec

REFUSALS_SECONDS = 60.0
REPEATS_SECONDS = 600.0
HOPS_SECONDS = 60.0
COLD_SECONDS = 600.0

# Nobody goes on so often after having been told to wait; a client that tries again each second does
# so sixty times.
MIN_REFUSALS = 1000
# Twice of what a minute allows by default: all of an allowance spent on one text is no offence yet.
MIN_REPEATS = 120
MAX_HOPS = 45  # Rooms written to within a minute; one who reads what is there does a few.
MAX_COLD_DIRECTS = 25  # Strangers written to first, within ten minutes.

OFFENCE_SCORE = 100.0
NOTABLE_SCORE = 25.0  # What everybody does now and then does not add to something else.
COMPARED_CHARS = 200  # Of a text; what differs only further on is the same to its readers.
MAX_TEXTS = 8  # Remembered of one caller: who mixes more texts than that repeats none of them.


# What readers do not see, or see as an ordinary letter: soft hyphens, combining and zero-width marks,
# directions, letters of mathematics and of full width.
_UNSEEN = re.compile(
    r"[\u00ad\u0300-\u036f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_DISGUISED = re.compile(_UNSEEN.pattern[:-1] + "\uff01-\uff5e\U0001d400-\U0001d7ff]")


class ConductRule(StrEnum):
    """What is looked for."""

    FLOODING = "flooding"  # goes on though it is refused
    REPEATING = "repeating"  # the same text again and again
    HOPPING = "hopping"  # through very many rooms at once
    MASS_DIRECT = "mass_direct"  # writes to very many strangers


class Finding(msgspec.Struct, frozen=True):
    """What a rule counted, and what it would take to offend: a score of 100."""

    rule: ConductRule
    count: int
    threshold: int
    seconds: float

    @property
    def score(self) -> float:
        """How far it is to an offence, in percent."""
        return OFFENCE_SCORE * self.count / self.threshold


class Thresholds(msgspec.Struct, frozen=True):
    """How many of each are an offence."""

    refusals: int = MIN_REFUSALS
    repeats: int = MIN_REPEATS
    hops: int = MAX_HOPS
    cold_directs: int = MAX_COLD_DIRECTS

    @classmethod
    def of(cls, messages_a_minute: float) -> Thresholds:
        """Those where so many messages are allowed: a wide limit is meant to be used."""
        return cls(
            refusals=max(MIN_REFUSALS, round(5 * messages_a_minute)),
            repeats=max(MIN_REPEATS, round(2 * messages_a_minute)),
        )


class Conduct:
    """The last ten minutes of one caller, at a few KB at most. Time is monotonic seconds."""

    __slots__ = ("_cold", "_places", "_refusals", "_refused_from", "_texts", "last_at")

    def __init__(self) -> None:
        self.last_at = 0.0
        self._refusals = 0
        self._refused_from = 0.0
        self._texts: dict[int, tuple[int, float]] = {}  # by hash: how often, and since when
        self._places: dict[int, float] = {}  # by conversation: when last
        self._cold: list[float] = []

    def note_refusal(self, now: float) -> None:
        """A limit has refused something."""
        self.last_at = now
        if now - self._refused_from > REFUSALS_SECONDS:
            self._refusals, self._refused_from = 0, now
        self._refusals += 1

    def note_message(
        self, now: float, *, place: int, text: str, is_direct: bool, is_first: bool
    ) -> None:
        """A message was stored."""
        self.last_at = now
        alike = hash(plainly(text[:COMPARED_CHARS]))
        count, since = self._texts.pop(alike, (0, now))
        if now - since > REPEATS_SECONDS:
            count, since = 0, now
        if len(self._texts) >= MAX_TEXTS:
            del self._texts[next(iter(self._texts))]
        self._texts[alike] = (count + 1, since)
        if not is_direct:
            self._places.pop(place, None)
            if len(self._places) >= MAX_HOPS:
                del self._places[next(iter(self._places))]
            self._places[place] = now
        elif is_first:
            if len(self._cold) >= MAX_COLD_DIRECTS:
                del self._cold[0]
            self._cold.append(now)

    def findings(self, now: float, thresholds: Thresholds) -> list[Finding]:
        """What each rule sees now."""
        refusals = self._refusals if now - self._refused_from <= REFUSALS_SECONDS else 0
        repeats = max(
            (count for count, since in self._texts.values() if now - since <= REPEATS_SECONDS),
            default=0,
        )
        hops = sum(now - at <= HOPS_SECONDS for at in self._places.values())
        cold = sum(now - at <= COLD_SECONDS for at in self._cold)
        rule = ConductRule
        return [
            Finding(rule.FLOODING, refusals, thresholds.refusals, REFUSALS_SECONDS),
            Finding(rule.REPEATING, repeats, thresholds.repeats, REPEATS_SECONDS),
            Finding(rule.HOPPING, hops, thresholds.hops, HOPS_SECONDS),
            Finding(rule.MASS_DIRECT, cold, thresholds.cold_directs, COLD_SECONDS),
        ]

    def may_offend(self) -> bool:
        """Say quickly that nothing is worth a look: true of nearly everybody, nearly always."""
        return (
            self._refusals >= MIN_REFUSALS // 2
            or len(self._places) >= MAX_HOPS // 2
            or len(self._cold) >= MAX_COLD_DIRECTS // 2
            or any(count >= MIN_REPEATS // 2 for count, _ in self._texts.values())
        )


def plainly(text: str) -> str:
    """Give what texts have in common that read alike: no case, no signs around, nothing unseen."""
    if not text.isascii() and _DISGUISED.search(text):
        text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    folded = " ".join(text.casefold().split())
    # What consists of signs alone, such as a smiley, is compared as it stands.
    return folded.strip(string.punctuation) or folded


def score_of(findings: list[Finding]) -> float:
    """Give the score of all together: the worst, and half of each other that is worth a word."""
    scores = sorted((finding.score for finding in findings), reverse=True)
    return scores[0] + sum(score for score in scores[1:] if score >= NOTABLE_SCORE) / 2


def explain(findings: list[Finding]) -> str:
    """Say in words what was counted, the worst first."""
    seen = sorted((f for f in findings if f.count), key=lambda f: -f.score)
    return "; ".join(
        f"{f.rule}: {f.count} in {f.seconds:.0f} s, of {f.threshold} ({f.score:.0f} %)"
        for f in seen
    )
