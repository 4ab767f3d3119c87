"""How limits look outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import Trust
from causerie.limits.model import (
    Action,
    Algorithm,
    Block,
    ConductRule,
    Finding,
    LoadGauge,
    Rule,
    RuleChange,
    Scope,
    score_of,
)
from causerie.limits.service import LimitView


class WireRule(msgspec.Struct, frozen=True):
    """What a limit allows."""

    amount: Annotated[int, msgspec.Meta(description="How many a period; 0: any number.")]
    period_seconds: int
    burst: Annotated[
        int, msgspec.Meta(description="How many of them at once; only of a token bucket.")
    ]
    algorithm: Algorithm
    factors: Annotated[
        Mapping[Trust, float],
        msgspec.Meta(description="What amount and burst are multiplied by, by trust."),
    ]


class WireLimit(msgspec.Struct, frozen=True):
    """One limit: what is counted, for whom, and what is allowed."""

    action: Action
    scope: Scope
    rule: WireRule
    default: Annotated[
        WireRule, msgspec.Meta(description="What it is where nobody changed it at run time.")
    ]
    changed: bool
    keys: Annotated[
        int, msgspec.Meta(description="Users, addresses or keys counted on this node now.")
    ]


class WireLoad(msgspec.Struct, frozen=True):
    """How loaded this node is, and what that does to limits."""

    level: Annotated[str, msgspec.Meta(description="calm, busy or strained")]
    tightness: Annotated[
        float, msgspec.Meta(description="The part of what the rules allow that is allowed now.")
    ]
    reason: Annotated[str, msgspec.Meta(description="What set the level.")]
    lag_seconds: float
    queue: int
    cpu_share: float


class WireLimits(msgspec.Struct, frozen=True):
    """All limits, and the load that they follow."""

    items: Sequence[WireLimit]
    load: WireLoad


class PatchLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change about a limit; what is left out stays."""

    amount: int | None = None
    period_seconds: int | None = None
    burst: int | None = None
    algorithm: Algorithm | None = None
    factors: Mapping[Trust, float] | None = None

    def change(self) -> RuleChange:
        """Give the change."""
        return RuleChange(
            amount=self.amount,
            period_seconds=self.period_seconds,
            burst=self.burst,
            algorithm=self.algorithm,
            factors=self.factors,
        )


def load_out(gauge: LoadGauge) -> WireLoad:
    """Show the load."""
    latest = gauge.latest
    return WireLoad(
        level=gauge.level.name.lower(),
        tightness=gauge.level.tightness,
        reason=gauge.reason,
        lag_seconds=round(latest.lag_seconds, 3),
        queue=latest.queue,
        cpu_share=round(latest.cpu_share, 2),
    )


def limit_out(view: LimitView) -> WireLimit:
    """Show a limit."""
    return WireLimit(
        action=view.action,
        scope=view.scope,
        rule=_rule_out(view.rule),
        default=_rule_out(view.default),
        changed=view.rule != view.default,
        keys=view.keys,
    )


def _rule_out(rule: Rule) -> WireRule:
    return WireRule(
        rule.amount, rule.period_seconds, rule.burst, rule.algorithm, dict(rule.factors)
    )


class WireBlock(msgspec.Struct, frozen=True):
    """Somebody who is shut out for a while, or was."""

    id: int
    scope: Scope
    subject: Annotated[
        str, msgspec.Meta(description="A user's id, an address, or an API key's id.")
    ]
    step: Annotated[int, msgspec.Meta(description="1 to 4 of the ladder; 0: placed by hand.")]
    rule: Annotated[str, msgspec.Meta(description="What saw the offence.")]
    score: float
    reason: str
    placed_at: str
    until: str
    placed_by: Annotated[int | None, msgspec.Meta(description="Null: nobody, it came by itself.")]
    lifted_at: str | None
    lifted_by: int | None


class WireBlocks(msgspec.Struct, frozen=True):
    """Blocks, the newest first."""

    items: Sequence[WireBlock]


class PostBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to shut out, for how long, and why."""

    scope: Scope
    subject: str
    seconds: int
    reason: str


def block_out(block: Block) -> WireBlock:
    """Show a block."""
    return WireBlock(
        id=block.id,
        scope=block.subject.scope,
        subject=block.subject.id,
        step=block.step,
        rule=block.rule,
        score=round(block.score, 1),
        reason=block.reason,
        placed_at=rfc3339(block.placed_at),
        until=rfc3339(block.until),
        placed_by=block.by,
        lifted_at=None if block.lifted_at is None else rfc3339(block.lifted_at),
        lifted_by=block.lifted_by,
    )


class WireFinding(msgspec.Struct, frozen=True):
    """What one rule counted, and how many of it are an offence."""

    rule: ConductRule
    count: int
    threshold: int
    seconds: float
    score: float


class WireConduct(msgspec.Struct, frozen=True):
    """What the rules see of somebody; 100 in all is an offence."""

    score: float
    findings: Sequence[WireFinding]


def conduct_out(findings: list[Finding]) -> WireConduct:
    """Show what the rules see."""
    return WireConduct(
        score=round(score_of(findings), 1),
        findings=[
            WireFinding(f.rule, f.count, f.threshold, f.seconds, round(f.score, 1))
            for f in findings
        ],
    )
