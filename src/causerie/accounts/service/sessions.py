"""Sessions: opened by a login, renewed by refresh tokens, ended by a logout or a theft."""

from __future__ import annotations

import base64
import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from causerie.accounts.errors import RefreshTokenRefused, TicketRefused
from causerie.accounts.events import (
    AccessTokenRevoked,
    RefreshTokenReused,
    SessionRevoked,
    TicketReplayed,
    UserTokensRevoked,
)
from causerie.accounts.model import (
    CLOCK_SKEW_SECONDS,
    ID_BYTES,
    MAX_SECRET_CHARACTERS,
    SECRET_BYTES,
    TICKET_SECONDS,
    LoggedIn,
    Origin,
    Reused,
    Rotated,
    SessionStart,
    TokenPolicy,
    User,
)
from causerie.accounts.ports import Sessions
from causerie.accounts.service.restrictions import Restrictions, require_admitted
from causerie.accounts.service.tokens import AccessTokens
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import CALLER, Principal, UserId

log = structlog.get_logger()

# Some 200 bytes each; at a hundred sockets a second those of the last minute, twice a ticket's life.
MAX_REMEMBERED_TICKETS = 6_000
NO_TOKEN = ""  # The ``jti`` of a principal that came by ticket.


class SessionKeeper:
    """Hands out and takes back what proves a session; the tables hold only hashes of it."""

    def __init__(
        self,
        sessions: Sessions,
        tokens: AccessTokens,
        restrictions: Restrictions,
        events: Events,
        completion: Completion,
        *,
        policy: TokenPolicy,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._restrictions = restrictions
        self._events = events
        self._completion = completion
        self._policy = policy
        self._clock = clock
        self._random_bytes = random_bytes
        self._spent: OrderedDict[bytes, UserId] = OrderedDict()  # tickets, by their hash

    async def start(self, user: User, origin: Origin) -> LoggedIn:
        """Open a session for a user who has just proven who they are. Raises ``Banned``."""
        self._restrictions.require_admitted(user.id)
        now = self._clock.now()
        secret = self._new_secret(SECRET_BYTES)
        start = SessionStart(
            id=self._new_secret(ID_BYTES),
            user_id=user.id,
            origin=origin,
            at=now,
            expires_at=now + self._session_time(),
            authenticated_at=now,
            refresh_hash=_hash(secret),
            refresh_expires_at=now + timedelta(seconds=self._policy.refresh_seconds),
        )
        await self._sessions.open([start])
        return self._logged_in(user, start.id, secret, seconds=self._seconds_left(now))

    async def start_without_refresh(
        self, users: Sequence[User], origin: Origin, *, seconds: int
    ) -> list[str]:
        """Open a session for each user and give one access token of each, which ends it all."""
        now = self._clock.now()
        starts = [
            SessionStart(
                id=self._new_secret(ID_BYTES),
                user_id=user.id,
                origin=origin,
                at=now,
                expires_at=now + timedelta(seconds=seconds + CLOCK_SKEW_SECONDS),
            )
            for user in users
        ]
        await self._tokens.expect(seconds=seconds)
        await self._sessions.open(starts)
        return [self._tokens.issue(s.user_id, s.id, seconds=seconds) for s in starts]

    async def refresh(self, refresh_token: str, origin: Origin) -> LoggedIn:
        """Spend a refresh token for new ones.

        Raises ``RefreshTokenRefused`` or ``Banned``. A spent one ends its session: either its owner or a thief
        has used it before, and nobody can say which.
        """
        if len(refresh_token) > MAX_SECRET_CHARACTERS:
            raise RefreshTokenRefused
        secret = self._new_secret(SECRET_BYTES)
        outcome = await self._completion.run(
            self._rotate(_hash(refresh_token), _hash(secret), origin)
        )
        if not isinstance(outcome, Rotated):
            raise RefreshTokenRefused
        return self._logged_in(
            outcome.user, outcome.session, secret, seconds=self._seconds_left(outcome.began_at)
        )

    async def end(self, principal: Principal) -> None:
        """End the principal's session; repeating it does nothing."""
        await self._completion.run(self._end(principal.user_id, principal.session))

    async def end_all(self, user_id: UserId) -> None:
        """Void all that a user holds: sessions, tokens and tickets."""
        await self._completion.run(self._end_all(user_id))

    async def revoke_token(self, token: str) -> None:
        """Void one access token by its ``jti``; the session goes on."""
        await self._completion.run(self._revoke_token(token))

    async def issue_ticket(self, principal: Principal) -> str:
        """Give a ticket that proves the principal once, within ``TICKET_SECONDS``."""
        ticket = self._new_secret(SECRET_BYTES)
        expires_at = self._clock.now() + timedelta(seconds=TICKET_SECONDS)
        await self._sessions.add_ticket(
            _hash(ticket), principal.user_id, principal.session, expires_at=expires_at
        )
        return ticket

    async def redeem_ticket(self, ticket: str) -> Principal:
        """Spend a ticket. Raises ``TicketRefused`` or ``Banned``."""
        if len(ticket) > MAX_SECRET_CHARACTERS:
            raise TicketRefused
        hashed = _hash(ticket)
        taken = await self._sessions.take_ticket(hashed, at=self._clock.now())
        if taken is None:
            if (owner := self._spent.get(hashed)) is not None:
                # Its owner has been let in: whoever shows it again has seen it somewhere.
                address = CALLER.get().address
                self._events.announce([TicketReplayed(user_id=owner, ip=address)])
            raise TicketRefused
        self._spent[hashed] = taken[0].user_id
        while len(self._spent) > MAX_REMEMBERED_TICKETS:
            self._spent.popitem(last=False)
        standing, session = taken
        is_foreign = not standing.is_session_known
        if standing.is_session_over or (is_foreign and not self._policy.has_foreign_sessions):
            raise TicketRefused
        require_admitted(standing.banned_until, at=self._clock.now())
        principal = self._tokens.principal_of(standing, session=session, token=NO_TOKEN)
        # A logout that came while the database answered has been announced meanwhile.
        if self._tokens.is_revoked(principal):
            raise TicketRefused
        return principal

    async def end_overdue(self) -> int:
        """End sessions that have lived for as long as any may, with their sockets; gives how many."""
        return await self._completion.run(self._end_overdue())

    async def remove_expired(self) -> int:
        """Remove what has expired; gives how many rows went."""
        return await self._sessions.remove_expired(at=self._clock.now())

    async def _rotate(self, old: bytes, new: bytes, origin: Origin) -> Rotated | Reused | None:
        now = self._clock.now()
        outcome = await self._sessions.rotate(
            old,
            new,
            at=now,
            expires_at=now + timedelta(seconds=self._policy.refresh_seconds),
            session_until=now + self._session_time(),
            begun_after=now - timedelta(seconds=self._policy.lifetime_seconds),
        )
        if isinstance(outcome, Reused) and outcome.has_ended_session:
            user_id, session = outcome.user_id, outcome.session
            self._events.announce(
                [
                    SessionRevoked(user_id=user_id, session=session),
                    RefreshTokenReused(user_id=user_id, session=session, ip=origin.ip),
                ]
            )
        return outcome

    async def _end(self, user_id: UserId, session: str) -> None:
        if await self._sessions.end(session, user_id, at=self._clock.now()):
            log.info("session_ended", user_id=user_id)
            self._events.announce([SessionRevoked(user_id=user_id, session=session)])

    async def _end_overdue(self) -> int:
        now = self._clock.now()
        begun_by = now - timedelta(seconds=self._policy.lifetime_seconds)
        ended = await self._sessions.end_overdue(at=now, begun_by=begun_by)
        self._events.announce(
            [SessionRevoked(user_id=user_id, session=session) for session, user_id in ended]
        )
        return len(ended)

    def _seconds_left(self, began_at: datetime) -> int:
        """For how long an access token may live: no longer than its session."""
        age_seconds = (self._clock.now() - began_at).total_seconds()
        left = math.floor(self._policy.lifetime_seconds - age_seconds)
        return max(1, min(self._policy.access_seconds, left))

    async def _end_all(self, user_id: UserId) -> None:
        ended = await self._sessions.end_all(user_id, at=self._clock.now())
        log.info("user_tokens_revoked", user_id=user_id, sessions=len(ended))
        self._events.announce(
            [
                UserTokensRevoked(user_id=user_id),
                *(SessionRevoked(user_id=user_id, session=session) for session in ended),
            ]
        )

    async def _revoke_token(self, token: str) -> None:
        # Whoever names a token by its jti need not know when it ends: at the latest so.
        expires_at = self._clock.now() + self._session_time()
        if await self._sessions.revoke_token(token, expires_at=expires_at, is_told=True):
            self._events.announce([AccessTokenRevoked(token=token)])

    def _logged_in(self, user: User, session: str, secret: str, *, seconds: int) -> LoggedIn:
        return LoggedIn(
            user=user,
            access_token=self._tokens.issue(user.id, session, seconds=seconds),
            refresh_token=secret,
            expires_in=seconds,
        )

    def _session_time(self) -> timedelta:
        return timedelta(seconds=self._policy.session_seconds)

    def _new_secret(self, size: int) -> str:
        return base64.urlsafe_b64encode(self._random_bytes(size)).rstrip(b"=").decode()


def _hash(secret: str) -> bytes:
    # One round of SHA-256 is enough for what cannot be guessed.
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
