"""What the content filter makes of a text: findings, and what a room does about them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """The three levels, each asked for what it costs: the cheapest first."""

    SIZE = "size"  # size and encoding
    STRUCTURE = "structure"
    MEANING = "meaning"


class Action(StrEnum):
    """What is done about the findings of a level."""

    OFF = "off"  # not looked for
    FLAG = "flag"  # stored, and recorded for moderators
    REFUSE = "refuse"  # refused where the rule is sure, else flagged
    STRICT = "strict"  # refused, whatever was found


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What one rule found: ``score`` is 0 to 1, and sure is what reaches ``SURE``.

    ``evidence`` holds the words or characters that spoke, as they were written; a few, and short.
    """

    level: Level
    rule: str
    score: float
    evidence: tuple[str, ...] = ()


SURE = 0.9  # From here on a level that refuses does; below, it flags.


class Policy(msgspec.Struct, frozen=True, gc=False):
    """What a room does, level by level."""

    size: Action = Action.REFUSE
    structure: Action = Action.REFUSE
    meaning: Action = Action.REFUSE

    def refuses(self, finding: Finding) -> bool:
        """Say whether a finding keeps the text from being stored."""
        action = self.action_of(finding.level)
        return action is Action.STRICT or (action is Action.REFUSE and finding.score >= SURE)

    def action_of(self, level: Level) -> Action:
        """Give the action of a level."""
        match level:
            case Level.SIZE:
                return self.size
            case Level.STRUCTURE:
                return self.structure
            case Level.MEANING:
                return self.meaning


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """All that was found in a text that is to be recorded; the worst finding stands first."""

    is_refused: bool
    findings: tuple[Finding, ...]
