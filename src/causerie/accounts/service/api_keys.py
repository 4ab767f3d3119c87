"""API keys: made by who has just proven who they are, proven at every use, void at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
import structlog

from causerie.accounts.errors import ApiKeyRefused
from causerie.accounts.events import (
    Change,
    CredentialsChanged,
    RolesChanged,
    SessionRevoked,
    UserChanged,
    UserTokensRevoked,
)
from causerie.accounts.model import (
    API_KEY_CACHE_SECONDS,
    HINT_CHARACTERS,
    MAX_CACHED_API_KEYS,
    MAX_KEY_DAYS,
    MAX_KEYS_PER_USER,
    MAX_SECRET_CHARACTERS,
    SESSION_OF_KEY,
    ApiKey,
    KeyStanding,
    NewApiKey,
    Origin,
    Permission,
    Role,
    User,
    hash_of_api_key,
    new_api_key,
    require_display_name,
    require_key_name,
    require_username,
)
from causerie.accounts.ports import ApiKeyTable
from causerie.accounts.service.restrictions import require_admitted
from causerie.accounts.service.roles import RoleBook
from causerie.accounts.service.step_up import StepUp
from causerie.accounts.service.tokens import AccessTokens
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from causerie.foundation.events import Events, Unheard
from causerie.foundation.identity import Principal, UserId

log = structlog.get_logger()

OPERATOR = Origin(ip="", user_agent="causerie command line")
USE_GRAIN = timedelta(minutes=1)  # A key's last use is written down at most so often.


class _Proven(msgspec.Struct, frozen=True, gc=False):
    principal: Principal
    until: float  # monotonic
    expires: float  # Unix time


class ApiKeys:
    """What one can do with keys; a key stands where else a session stands, and is ended like one."""

    def __init__(
        self,
        table: ApiKeyTable,
        *,
        tokens: AccessTokens,
        roles: RoleBook,
        step_up: StepUp,
        events: Events,
        completion: Completion,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._table = table
        self._tokens = tokens
        self._roles = roles
        self._step_up = step_up
        self._events = events
        self._completion = completion
        self._clock = clock
        self._random_bytes = random_bytes
        self._proven: OrderedDict[bytes, _Proven] = OrderedDict()
        self._changes = 0

    async def authenticate(self, key: str) -> Principal:
        """Prove a key. Raises ``ApiKeyRefused`` or ``Banned``."""
        if len(key) > MAX_SECRET_CHARACTERS:
            raise ApiKeyRefused
        hashed = hash_of_api_key(key)
        proven = self._proven.get(hashed)
        if proven is not None:
            is_fresh = self._clock.monotonic() < proven.until
            if is_fresh and self._clock.now().timestamp() < proven.expires:
                self._tokens.require_live(proven.principal)
                return proven.principal
            del self._proven[hashed]
        return await self._prove(hashed)

    async def create(
        self,
        principal: Principal,
        origin: Origin,
        *,
        name: str,
        scopes: Sequence[str],
        days: int | None,
        user_id: UserId | None = None,
    ) -> tuple[str, ApiKey]:
        """Make a key for oneself, or for a bot; gives it in clear, this once.

        Raises ``StepUpRequired``, ``Invalid``, ``Forbidden``, ``NotFound`` or ``Conflict``.
        """
        await self._step_up.require_recent(principal)
        owner = await self._require_owner(principal, user_id)
        for scope in frozenset(Permission).intersection(scopes):
            if not principal.may(scope):
                raise Invalid("scopes", f"You do not have the permission {scope} yourself")
        return await self._create(
            owner, origin, name=name, scopes=scopes, days=days, by=principal.user_id
        )

    async def create_as_operator(
        self, user_id: UserId, *, name: str, scopes: Sequence[str], days: int | None
    ) -> tuple[str, ApiKey]:
        """Make a key for anybody from the command line. Raises ``Invalid``, ``Conflict``.

        What its owner's role does not allow, the key does not either.
        """
        return await self._create(
            user_id, OPERATOR, name=name, scopes=scopes, days=days, by=user_id
        )

    async def _create(
        self,
        owner: UserId,
        origin: Origin,
        *,
        name: str,
        scopes: Sequence[str],
        days: int | None,
        by: UserId,
    ) -> tuple[str, ApiKey]:
        require_key_name(name)
        if not frozenset(Permission) >= set(scopes):
            raise Invalid("scopes", "There is no such permission")
        if days is not None and not 1 <= days <= MAX_KEY_DAYS:
            raise Invalid("expires_in_days", f"Must be 1 to {MAX_KEY_DAYS}")
        key, now = new_api_key(self._random_bytes), self._clock.now()
        new = NewApiKey(
            user_id=owner,
            name=name,
            hint=key[:HINT_CHARACTERS],
            key_hash=hash_of_api_key(key),
            scopes=tuple(sorted(set(scopes))),
            created_by=by,
            created_at=now,
            expires_at=None if days is None else now + timedelta(days=days),
        )
        return key, await self._completion.run(self._add(new, origin))

    async def list_of(self, principal: Principal, user_id: UserId | None = None) -> list[ApiKey]:
        """List one's keys, or a bot's. Raises ``Forbidden`` or ``NotFound``."""
        owner = await self._require_owner(principal, user_id)
        return await self._table.list_live(owner, at=self._clock.now())

    async def list_as_operator(self, user_id: UserId) -> list[ApiKey]:
        """List anybody's keys."""
        return await self._table.list_live(user_id, at=self._clock.now())

    async def revoke_as_operator(self, key_id: int) -> None:
        """Void any key from the command line. Raises ``NotFound``."""
        owner = await self._table.owner_of(key_id)
        if owner is None:
            raise NotFound("api_key")
        await self._completion.run(self._revoke(owner, key_id, OPERATOR))

    async def revoke(self, principal: Principal, key_id: int, origin: Origin) -> None:
        """Void a key of one's own, or of a bot; its sockets close. Raises ``NotFound``."""
        owner = await self._table.owner_of(key_id)
        is_own = owner == principal.user_id
        if owner is None or not (is_own or principal.may(Permission.MANAGE_USERS)):
            raise NotFound("api_key")
        await self._completion.run(self._revoke(owner, key_id, origin))

    async def create_bot(self, principal: Principal, username: str, display_name: str) -> User:
        """Make an account that is a program: no password opens it.

        Raises ``Forbidden``, ``StepUpRequired``, ``Invalid`` or ``UsernameTaken``.
        """
        _require_manager(principal)
        await self._step_up.require_recent(principal)
        return await self.make_bot(principal, username, display_name)

    async def make_bot(self, principal: Principal | None, username: str, display_name: str) -> User:
        """The same for one that comes with a thing that the user may make (an incoming webhook).

        None: for the operator.
        """
        require_username(username)
        require_display_name(display_name)
        bot = await self._table.add_bot(username, display_name, Role.USER, at=self._clock.now())
        log.info("bot_made", user_id=bot.id, by=None if principal is None else principal.user_id)
        return bot

    def on_changed(self, _: UserTokensRevoked | UserChanged | RolesChanged | Unheard) -> None:
        """Prove everything anew."""
        self._changes += 1
        self._proven.clear()

    async def _prove(self, hashed: bytes) -> Principal:
        changes, now = self._changes, self._clock.now()
        standing = await self._table.standing(hashed, at=now)
        if standing is None:
            raise ApiKeyRefused
        require_admitted(standing.banned_until, at=now)
        principal = self._principal_of(standing)
        # What was revoked while the database answered has been announced meanwhile.
        self._tokens.require_live(principal)
        if standing.last_used_at is None or abs(now - standing.last_used_at) >= USE_GRAIN:
            await self._table.touch(standing.id, at=now)
        if changes == self._changes:
            self._keep(hashed, principal, standing)
        return principal

    def _principal_of(self, standing: KeyStanding) -> Principal:
        permissions = self._roles.permissions_of(standing.role) & standing.scopes
        return Principal(
            user_id=standing.user_id,
            username=standing.username,
            role=standing.role,
            session=f"{SESSION_OF_KEY}{standing.id}",
            token="",
            permissions=permissions,
            api_key=str(standing.id),
        )

    def _keep(self, hashed: bytes, principal: Principal, standing: KeyStanding) -> None:
        expires = float("inf") if standing.expires_at is None else standing.expires_at.timestamp()
        until = self._clock.monotonic() + API_KEY_CACHE_SECONDS
        self._proven[hashed] = _Proven(principal, until, expires)
        while len(self._proven) > MAX_CACHED_API_KEYS:
            self._proven.popitem(last=False)

    async def _require_owner(self, principal: Principal, user_id: UserId | None) -> UserId:
        if user_id is None or user_id == principal.user_id:
            return principal.user_id
        _require_manager(principal)
        if not await self._table.is_bot(user_id):
            raise NotFound("bot")
        return user_id

    async def _add(self, new: NewApiKey, origin: Origin) -> ApiKey:
        key = await self._table.add(new, limit=MAX_KEYS_PER_USER)
        if key is None:
            raise Conflict(f"There are {MAX_KEYS_PER_USER} keys already; revoke one first")
        self._tell(key.user_id, key.id, Change.API_KEY_MADE, origin)
        return key

    async def _revoke(self, owner: UserId, key_id: int, origin: Origin) -> None:
        if not await self._table.revoke(key_id, at=self._clock.now()):
            raise NotFound("api_key")
        self._tell(owner, key_id, Change.API_KEY_REVOKED, origin)
        self._events.announce([SessionRevoked(user_id=owner, session=f"{SESSION_OF_KEY}{key_id}")])

    def _tell(self, user_id: UserId, key_id: int, change: Change, origin: Origin) -> None:
        log.info(change, user_id=user_id, key_id=key_id, client=origin.ip)
        self._events.announce([CredentialsChanged(user_id=user_id, change=change, ip=origin.ip)])


def _require_manager(principal: Principal) -> None:
    if not principal.may(Permission.MANAGE_USERS):
        raise Forbidden("Only who manages users may do this")
