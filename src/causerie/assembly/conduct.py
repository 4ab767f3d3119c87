"""What follows from conduct, across slices: floods count towards the ladder, trust follows at once."""

from __future__ import annotations

from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.gateway.crew import Crew
from causerie.limits import BlockPlaced, Scope
from causerie.moderation import SanctionImposed, SanctionLifted
from causerie.moderation.wiring import Conduct

FLOODING = "flooding"  # A rule of the ladder.


def follow_conduct(events: Events, crew: Crew, conduct: Conduct) -> None:
    """Have limits' blocks of users count as breaches, and each sanction felt by the trust in whom it is about."""

    def breach(placed: BlockPlaced) -> None:
        block = placed.block
        if block.subject.scope is Scope.USER and block.by is None:
            crew.start(_count(conduct, UserId(int(block.subject.id)), block.reason))

    def reckon(changed: SanctionImposed | SanctionLifted) -> None:
        crew.start(_reckon(conduct, UserId(changed.sanction.subject.id)))

    events.listen(BlockPlaced, breach)
    events.listen(SanctionImposed, reckon)
    events.listen(SanctionLifted, reckon)


async def _count(conduct: Conduct, user_id: UserId, reason: str) -> None:
    await conduct.sanctions.record_breach(user_id, FLOODING, reason=reason)


async def _reckon(conduct: Conduct, user_id: UserId) -> None:
    await conduct.reputations.reckon_one(user_id)
