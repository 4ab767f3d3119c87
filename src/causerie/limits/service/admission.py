"""What HTTP requests are counted as: the gateway's ``Admission``."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TypeVar

from typing_extensions import override

from causerie.foundation.errors import RateLimited
from causerie.foundation.identity import Principal
from causerie.gateway import Admission, Allowance, Tier
from causerie.limits.model import Action, Standing, network_of
from causerie.limits.service.actions import ActionLimits
from causerie.limits.service.book import LimitBook
from causerie.limits.service.limiter import Limiter, too_often

K = TypeVar("K", bound=Hashable)


class CountedRequests(Admission):
    """Requests by who makes them: users, API keys, and addresses where there is neither."""

    def __init__(self, book: LimitBook) -> None:
        self._actions = ActionLimits(book)
        self._users = book.of_users(Action.API)
        self._api_keys = book.of_api_keys(Action.API_KEYS)
        self._addresses = {
            Tier.DEFAULT: book.of_addresses(Action.ANONYMOUS),
            Tier.AUTH: book.of_addresses(Action.AUTH_ATTEMPTS),
            Tier.WEBHOOK: book.of_addresses(Action.WEBHOOKS),
        }
        self._failed_proofs = book.of_addresses(Action.FAILED_PROOFS)

    @override
    def count_address(self, tier: Tier, address: str) -> Allowance | None:
        return _count(tier, self._addresses[tier], network_of(address))

    @override
    def count_principal(self, principal: Principal) -> Allowance | None:
        if principal.api_key:
            return _count(Tier.DEFAULT, self._api_keys, principal.api_key)
        return _count(Tier.DEFAULT, self._users, principal.user_id)

    @override
    def failed_proof(self, address: str) -> RateLimited | None:
        wait = self._failed_proofs.take(network_of(address))
        return None if wait is None else too_often(wait)

    @override
    def require_action(self, action: str, principal: Principal) -> None:
        self._actions.require(Action(action), principal.user_id)


def _count(tier: Tier, limiter: Limiter[K], key: K) -> Allowance | None:
    wait = limiter.take(key)
    standing = limiter.standing(key)
    if wait is None:
        return None if standing is None else _allowance(tier, standing, standing.remaining)
    # Whoever is blocked is so where the limit is off, too.
    shown = standing or Standing(0, 0, wait, wait)
    return _allowance(tier, shown, 0, too_often(wait))


def _allowance(
    tier: Tier, standing: Standing, remaining: int, refusal: RateLimited | None = None
) -> Allowance:
    return Allowance(
        tier=tier,
        limit=standing.limit,
        remaining=remaining,
        reset_seconds=math.ceil(standing.reset_seconds),
        window_seconds=math.ceil(standing.window_seconds),
        refusal=refusal,
    )
