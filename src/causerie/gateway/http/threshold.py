"""What each request passes before its handler: who acts is proven, and all that is done is counted.

A hook and not a guard: Litestar copies the request for each guard, which took a quarter of the time
of a small answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar.types import HTTPScope, Scope

from causerie.foundation.errors import Unauthenticated
from causerie.foundation.identity import CALLER, Caller, Principal
from causerie.foundation.telemetry import metrics
from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.http.cookies import SAFE_METHODS, CookieSessions
from causerie.gateway.http.limited import ALLOWANCE_KEY
from causerie.gateway.http.requests import (
    AnyRequest,
    bearer_token,
    client_address,
    header,
    require_readable,
    require_readable_path,
)
from causerie.gateway.ports import Admission, Allowance, Authenticator, Lookout, Tier
from causerie.gateway.scopes import SPEAKING, require_scope


class Threshold:
    """The hook of all handlers; it goes by their ``opt`` and reads no body."""

    def __init__(
        self,
        authenticator: Authenticator,
        trusted: TrustedProxies,
        admission: Admission | None,
        lookout: Lookout | None = None,
        cookies: CookieSessions | None = None,
    ) -> None:
        self._lookout = lookout
        self._cookies = cookies
        self._authenticator = authenticator
        self._trusted = trusted
        self._admission = admission

    async def __call__(self, request: AnyRequest) -> None:
        """Let a request in. Raises ``RateLimited``, ``Unauthenticated``, ``Unreadable`` ..."""
        await self.let_in(request.scope, request.route_handler.opt)

    async def let_in(self, scope: HTTPScope, opt: Mapping[str, Any]) -> None:
        """The same for a handler's ``opt``; the principal is then the scope's ``user``."""
        tier: Tier | None = opt.get("tier", Tier.DEFAULT)
        # Before anything is refused: a refusal is told of with its address too.
        caller = Caller(address=self.address_of(scope))
        CALLER.set(caller)
        is_public = opt.get("public") or scope["method"] == "OPTIONS"
        if tier is not None and (is_public or tier is not Tier.DEFAULT):
            self._count_address(scope, tier)
        if not is_public:
            principal = scope["user"] = await self._prove(scope)
            self.admit(scope, principal, caller.address, opt)
        require_readable_path(scope["path"])
        if b"%" in scope["query_string"]:
            require_readable(scope["query_string"])

    def find_token(self, scope: HTTPScope) -> str | None:
        """Find the token that a request shows, proven or not."""
        try:
            return self._cookie_of(scope) or bearer_token(scope)
        except Unauthenticated:
            return None

    def address_of(self, scope: Scope) -> str:
        """Give the client's IP address."""
        return client_address(scope, self._trusted)

    def recall(self, token: str) -> Principal | None:
        """Say whom a token is remembered to prove; None says nothing."""
        return self._authenticator.recall(token)

    def admit(
        self, scope: HTTPScope, principal: Principal, address: str, opt: Mapping[str, Any]
    ) -> None:
        """Let in who is proven, and count the request. Raises ``RateLimited`` or ``Forbidden``."""
        CALLER.set(Caller(principal.user_id, address))
        if self._lookout is not None:
            self._lookout.seen(principal, address)
        self._count_principal(scope, principal, opt)
        if scope["method"] not in SAFE_METHODS:
            require_scope(principal, opt.get("scopes", SPEAKING))

    def _count_address(self, scope: Scope, tier: Tier) -> None:
        if self._admission is not None:
            address = self.address_of(scope)
            allowance = self._admission.count_address(tier, address)
            if tier is Tier.AUTH and allowance is not None and allowance.refusal is not None:
                metrics.AUTH_ATTEMPTS.labels("failure").inc()
            _require(scope, allowance)

    def _count_principal(self, scope: Scope, principal: Principal, opt: Mapping[str, Any]) -> None:
        if self._admission is None:
            return
        if opt.get("tier", Tier.DEFAULT) is Tier.DEFAULT:
            _require(scope, self._admission.count_principal(principal))
        if action := opt.get("action"):
            self._admission.require_action(action, principal)

    async def _prove(self, scope: HTTPScope) -> Principal:
        try:
            cookie = self._cookie_of(scope)
            if cookie is None:
                return await self._authenticator.authenticate_bearer(bearer_token(scope))
            principal = await self._authenticator.authenticate_bearer(cookie)
        except Unauthenticated:
            # Good credentials are never held back by the bad ones that come from their address.
            if self._admission is not None:
                address = self.address_of(scope)
                if (refusal := self._admission.failed_proof(address)) is not None:
                    raise refusal from None
            raise
        if self._cookies is not None and scope["method"] not in SAFE_METHODS:
            self._cookies.require_own(scope, session=principal.session)
        return principal

    def _cookie_of(self, scope: Scope) -> str | None:
        """Give the token that the browser added by itself; what the page says itself goes first."""
        if self._cookies is None or header(scope, b"authorization") is not None:
            return None
        return self._cookies.access_token(scope)


def _require(scope: Scope, allowance: Allowance | None) -> None:
    if allowance is None:
        return
    scope["state"][ALLOWANCE_KEY] = allowance
    if allowance.refusal is not None:
        raise allowance.refusal
