"""Reputations: reckoned from conduct, shown with their reasons, and followed by the trust in users."""

from __future__ import annotations

import structlog

from causerie.accounts import Permission
from causerie.foundation.clock import Clock
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import Principal, Trust, UserId
from causerie.moderation.errors import MayNotModerate
from causerie.moderation.model.reputation import Reputation, reckon
from causerie.moderation.ports import Key, ReputationStore, Standing
from causerie.moderation.service.sanctions import require_may_sanction

log = structlog.get_logger()

USERS_PER_PAGE = 500  # Some 20 ms of PostgreSQL, as every statement of upkeep.


class ReputationService:
    """What users' conduct comes to. Facts are read anew each time; what is stored is for readers."""

    def __init__(self, store: ReputationStore, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, who: Principal, user_id: UserId) -> tuple[Reputation, Standing]:
        """Somebody's reputation, as it is now: one's own, or for moderators. Raises ``NotFound``."""
        if user_id != who.user_id:
            require_may_sanction(who)
        reputation = await self.reckon_one(user_id)
        standing = await self._store.standing(user_id)  # After it: the trust has followed.
        if standing is None or reputation is None:
            raise NotFound("user")
        return reputation, standing

    async def pin_trust(
        self, who: Principal, user_id: UserId, trust: Trust | None, *, key: str | None = None
    ) -> tuple[Reputation, Standing]:
        """Decide how far somebody is trusted, or leave it to the score again.

        Raises ``MayNotModerate``, ``NotFound``, ``Conflict`` of the key.
        """
        if not who.may(Permission.ADJUST_MODERATION):
            raise MayNotModerate("You may not say who is trusted how far")
        intent = Key(who.user_id, key, "pin_trust", (user_id, trust))
        if not await self._store.pin(user_id, trust, key=intent):
            raise NotFound("user")
        log.warning("trust_pinned", user_id=who.user_id, subject_id=user_id, trust=trust)
        return await self.of(who, user_id)

    async def reckon_one(self, user_id: UserId) -> Reputation | None:
        """Reckon one user's, now; None where there is no such user."""
        after = UserId(user_id - 1)
        now = self._clock.now()
        for facts in await self._store.facts(after=after, limit=1, now=now):
            if facts.user_id == user_id:
                reputation = reckon(facts, now=now)
                await self._store.put([reputation], at=now)
                return reputation
        return None

    async def reckon_page(self, after: UserId) -> UserId | None:
        """Reckon a page of all users; gives the last one, None behind the end."""
        now = self._clock.now()
        facts = await self._store.facts(after=after, limit=USERS_PER_PAGE, now=now)
        if not facts:
            return None
        changed = await self._store.put([reckon(one, now=now) for one in facts], at=now)
        if changed:
            log.info("trust_changed", count=len(changed))
        return facts[-1].user_id
