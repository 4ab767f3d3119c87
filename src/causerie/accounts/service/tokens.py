"""Access tokens: made, and proven by eight checks whose result is remembered for a while."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from causerie.accounts.errors import (
    AlgorithmNotAllowed,
    KeyUnknown,
    TokenMalformed,
    TokenRevoked,
)
from causerie.accounts.events import (
    AccessTokenRevoked,
    RolesChanged,
    SessionRevoked,
    SigningKeysWithdrawn,
    UserChanged,
    UserTokensRevoked,
)
from causerie.accounts.model import (
    CLOCK_SKEW_SECONDS,
    MAX_CACHED_VALIDATIONS,
    VALIDATION_CACHE_SECONDS,
    Claims,
    SharedProof,
    Standing,
    TokenPolicy,
)
from causerie.accounts.ports import Sessions, SharedProofs, TokenSigner
from causerie.accounts.service.claims import require_in_force
from causerie.accounts.service.outside import OutsideTokens
from causerie.accounts.service.restrictions import Restrictions, require_admitted
from causerie.accounts.service.roles import RoleBook
from causerie.foundation.clock import Clock
from causerie.foundation.events import Unheard
from causerie.foundation.identity import MAX_ID, Principal, UserId

# Longer than any answer of the database that is under way and any validation that is remembered:
# after it, only the database needs to know.
REMEMBER_REVOKED_SECONDS = 2.0 * VALIDATION_CACHE_SECONDS
MAX_REMEMBERED_REVOCATIONS = 100_000  # Some 15 MB; more logouts in ten minutes is an attack.
# Between the clocks of two nodes, and from a commit to the moment in which all have heard of it.
SHARED_SKEW_SECONDS = 5.0
CACHE_KEY_BYTES = 16  # A chance of 2^-64 to mistake one token for another.

_decoder = msgspec.json.Decoder(Claims)


class _Proven(msgspec.Struct, frozen=True, gc=False):
    principal: Principal
    expires: float  # Unix time: the token's own exp
    until: float  # monotonic: five minutes after it was proven


class AccessTokens:
    """Signs tokens and says whom they prove; hears of revocations by events, at once."""

    def __init__(  # noqa: PLR0913 - the parts, each by name
        self,
        signer: TokenSigner,
        sessions: Sessions,
        roles: RoleBook,
        restrictions: Restrictions,
        *,
        policy: TokenPolicy,
        clock: Clock,
        new_id: Callable[[], str],
        outside: OutsideTokens | None = None,
        max_cached: int = MAX_CACHED_VALIDATIONS,
        shared: SharedProofs | None = None,
    ) -> None:
        self._shared = shared
        self._outside = outside
        self._signer = signer
        self._sessions = sessions
        self._roles = roles
        self._restrictions = restrictions
        self._policy = policy
        self._clock = clock
        self._new_id = new_id
        self._max_cached = max_cached
        self._proven: OrderedDict[bytes, _Proven] = OrderedDict()
        self._revoked: dict[str, float] = {}  # sid or jti, until when (monotonic)
        self._changes = 0
        self._shared_from = 0.0  # Unix time: what others have proven before it, says nothing
        self._distrust()

    def issue(
        self, user_id: UserId, session: str, *, seconds: int | None = None, single_use: bool = False
    ) -> str:
        """Make a token for a session; it lives for the policy's time unless told otherwise."""
        now = int(self._clock.now().timestamp())
        claims = {
            "sub": str(user_id),
            "iss": self._policy.issuer,
            "aud": self._policy.audience,
            "iat": now,
            "nbf": now,
            "exp": now + (self._policy.access_seconds if seconds is None else seconds),
            "jti": self._new_id(),
            "sid": session,
        }
        if single_use:
            claims["single_use"] = True
        return self._signer.sign(msgspec.json.encode(claims))

    async def expect(self, *, seconds: int) -> None:
        """Prepare for tokens of a longer life: their key is published until they are over."""
        if seconds > self._policy.access_seconds:
            await self._signer.expect_token(self._clock.now() + timedelta(seconds=seconds))

    def public_keys(self) -> list[dict[str, str]]:
        """Give the public keys, for others who check our tokens."""
        return self._signer.public_keys()

    async def authenticate(self, token: str) -> Principal:
        """Prove a token. Raises the refusal of the first check that it fails (ID-4), ``Banned``."""
        key = _key_of(token)
        known = self._remembered(key)
        if known is not None:
            self.require_live(known)
            return known
        self._proven.pop(key, None)
        if self._shared is not None and (found := await self._shared.find(key)) is not None:
            principal = self._take_over(key, found)
            if principal is not None:
                return principal
        if self._outside is not None and self._outside.is_theirs(token):
            return await self._prove(key, await self._outside.read(token), is_foreign=True)
        return await self._prove(key, self._check(await self._read(token)))

    def recall(self, token: str) -> Principal | None:
        """Say whom a token was found to prove, and does now; None where it has to be looked at."""
        known = self._remembered(_key_of(token))
        if known is None or self.is_revoked(known) or self._restrictions.is_banned(known.user_id):
            return None
        return known

    def _remembered(self, key: bytes) -> Principal | None:
        proven = self._proven.get(key)
        if proven is None or self._clock.monotonic() >= proven.until:
            return None
        if self._clock.now().timestamp() >= proven.expires:
            return None
        self._proven.move_to_end(key)
        return proven.principal

    def require_live(self, principal: Principal) -> None:
        """Raise ``TokenRevoked``, or ``Banned``, where that was so only after the proof."""
        if self.is_revoked(principal):
            raise TokenRevoked
        self._restrictions.require_admitted(principal.user_id)

    def is_revoked(self, principal: Principal) -> bool:
        """Say whether it was revoked in the last minutes; for what was proven just before."""
        return principal.session in self._revoked or principal.token in self._revoked

    def has_revoked(self, name: str) -> bool:
        """Say whether a session or a token (``jti``) is known as revoked in the last minutes."""
        return name in self._revoked

    def principal_of(self, standing: Standing, *, session: str, token: str) -> Principal:
        """Give who acts, as the database has just said."""
        return Principal(
            user_id=standing.user_id,
            username=standing.username,
            role=standing.role,
            session=session,
            token=token,
            permissions=self._roles.permissions_of(standing.role),
        )

    def on_session_revoked(self, event: SessionRevoked) -> None:
        """Refuse the session's tokens from now on."""
        self._remember_revoked(event.session)

    def on_token_revoked(self, event: AccessTokenRevoked) -> None:
        """Refuse the token from now on."""
        self._remember_revoked(event.token)

    def on_changed(
        self, _: UserTokensRevoked | UserChanged | RolesChanged | SigningKeysWithdrawn | Unheard
    ) -> None:
        """Prove everything anew: roles, permissions, a user's epoch or keys are not as they were."""
        self._distrust()

    def forget_old(self) -> None:
        """Drop what no longer matters; called each minute."""
        now = self._clock.monotonic()
        self._revoked = {name: until for name, until in self._revoked.items() if until > now}
        for key in [key for key, proven in self._proven.items() if proven.until <= now]:
            del self._proven[key]

    def _remember_revoked(self, name: str) -> None:
        self._revoked[name] = self._clock.monotonic() + REMEMBER_REVOKED_SECONDS
        if len(self._revoked) > MAX_REMEMBERED_REVOCATIONS:
            # The database knows them all; so nothing may be proven without it that stands here.
            self._revoked.clear()
            self._distrust()

    def _distrust(self) -> None:
        """Prove everything anew, also what another node has proven before it heard the same."""
        self._changes += 1
        self._proven.clear()
        self._shared_from = self._clock.now().timestamp() + SHARED_SKEW_SECONDS

    def _take_over(self, key: bytes, proof: SharedProof) -> Principal | None:
        """Believe another node; None where something may have changed since it looked.

        What was taken back before it looked, it has seen; what was taken back since, we have heard
        of, if we were there. Raises as ``require_live``.
        """
        now = self._clock.now().timestamp()
        left = VALIDATION_CACHE_SECONDS - (now - proof.proven_at)
        if not (self._shared_from < proof.proven_at < now + SHARED_SKEW_SECONDS):
            return None
        if left <= 0 or now >= proof.expires:
            return None
        principal = Principal(
            user_id=proof.user_id,
            username=proof.username,
            role=proof.role,
            session=proof.session,
            token=proof.token,
            permissions=self._roles.permissions_of(proof.role),
        )
        self.require_live(principal)
        self._keep(key, principal, proof.expires, seconds=min(left, VALIDATION_CACHE_SECONDS))
        return principal

    async def _read(self, token: str) -> bytes:
        """Make checks 1 to 3, which are the signer's."""
        try:
            return self._signer.read(token)
        except (AlgorithmNotAllowed, KeyUnknown):
            # Perhaps of a key that another node has just made.
            if not await self._signer.look_again():
                raise
            return self._signer.read(token)

    def _check(self, payload: bytes) -> Claims:
        """Make checks 4 to 7, which need no database."""
        try:
            claims = _decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TokenMalformed from error
        require_in_force(claims, self._policy, now=self._clock.now().timestamp())
        return claims

    async def _prove(self, key: bytes, claims: Claims, *, is_foreign: bool = False) -> Principal:
        changes = self._changes
        proven_at = self._clock.now().timestamp()
        user_id = int(claims.sub)
        if user_id > MAX_ID:
            raise TokenRevoked
        standing = await self._sessions.standing(UserId(user_id), claims.sid, claims.jti)
        if standing is None or not self._is_good(standing, claims, is_foreign=is_foreign):
            raise TokenRevoked
        require_admitted(standing.banned_until, at=self._clock.now())
        principal = self.principal_of(standing, session=claims.sid, token=claims.jti)
        # What was revoked while the database answered has been announced meanwhile.
        self.require_live(principal)
        if claims.single_use:
            await self._spend(claims)
        elif changes == self._changes:
            self._keep(key, principal, claims.exp)
            self._share(key, principal, claims.exp, proven_at)
        return principal

    def _is_good(self, standing: Standing, claims: Claims, *, is_foreign: bool) -> bool:
        is_foreign = is_foreign or self._policy.has_foreign_sessions
        return not (
            standing.is_session_over
            or standing.is_token_revoked
            or (not standing.is_session_known and not is_foreign)
            or claims.iat < standing.tokens_valid_from
        )

    async def _spend(self, claims: Claims) -> None:
        expires_at = datetime.fromtimestamp(claims.exp + CLOCK_SKEW_SECONDS, UTC)
        if not await self._sessions.revoke_token(claims.jti, expires_at=expires_at):
            raise TokenRevoked

    def _share(self, key: bytes, principal: Principal, expires: float, proven_at: float) -> None:
        if self._shared is None:
            return
        proof = SharedProof(
            user_id=principal.user_id,
            username=principal.username,
            role=principal.role,
            session=principal.session,
            token=principal.token,
            expires=expires,
            proven_at=proven_at,
        )
        seconds = min(VALIDATION_CACHE_SECONDS, expires - proven_at)
        self._shared.put(key, proof, seconds=seconds)

    def _keep(
        self,
        key: bytes,
        principal: Principal,
        expires: float,
        *,
        seconds: float = VALIDATION_CACHE_SECONDS,
    ) -> None:
        until = self._clock.monotonic() + seconds
        self._proven[key] = _Proven(principal, expires, until)
        while len(self._proven) > self._max_cached:
            self._proven.popitem(last=False)


def _key_of(token: str) -> bytes:
    encoded = token.encode(errors="surrogatepass")
    return hashlib.blake2b(encoded, digest_size=CACHE_KEY_BYTES).digest()
