"""The doorkeeper: who may open a socket, on which path, and how many at once."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import structlog
from typing_extensions import override

from causerie.foundation.errors import (
    ForeignOrigin,
    NotEncrypted,
    NotFound,
    RateLimited,
    Refusal,
    Unauthenticated,
    Unavailable,
)
from causerie.foundation.identity import CALLER, Caller, ConversationId, Principal, Seq, UserId
from causerie.foundation.realtime import Hub, Tick
from causerie.foundation.telemetry import metrics
from causerie.gateway.addresses import TrustedProxies, host_of
from causerie.gateway.closing import BANNED, UNAUTHENTICATED, name_of
from causerie.gateway.crew import Crew
from causerie.gateway.encryption import HttpsRule
from causerie.gateway.errors import count_check, problem
from causerie.gateway.paths import Door
from causerie.gateway.ports import (
    Admitted,
    Authenticator,
    Doorkeeper,
    Lookout,
    Receiver,
    Refused,
    UpgradeRequest,
)
from causerie.gateway.roll import Roll, own_roll
from causerie.gateway.room import Limits
from causerie.gateway.session import Attendance, Books, Dialect, Session

log = structlog.get_logger()

K = TypeVar("K")

# Each is a write of its own. A crowd with tickets waits its turn: it must not take all of the
# database. (Tokens are only looked up, all that have gathered by one read.)
MAX_TICKETS_AT_ONCE = 2
FULL_RETRY_SECONDS = 30  # One heartbeat: dead peers are swept by then.
MAX_LOGGED_PATH_CHARS = 100  # Any of ours, and a stranger's shortened.


class Doors(Doorkeeper, Books):
    """Admits sockets and keeps the books of those that are open."""

    def __init__(  # noqa: PLR0913 - the ports of one object that assembly wires once
        self,
        *,
        doors: Mapping[str, Door],
        open_doors: Mapping[str, Callable[[], Receiver]],
        authenticator: Authenticator,
        is_revoked: Callable[[Principal], bool],
        is_banned: Callable[[UserId], bool],
        hub: Hub,
        tick: Tick,
        crew: Crew,
        limits: Limits,
        allowed_origins: Sequence[str],
        trusted_proxies: TrustedProxies,
        attendance: Attendance,
        is_https_asked_for: bool = False,
        lookout: Lookout | None = None,
    ) -> None:
        self._lookout = lookout
        self._attendance = attendance
        self._doors = doors
        self._open_doors = open_doors
        self._authenticator = authenticator
        self._is_revoked = is_revoked
        self._is_banned = is_banned
        self._hub = hub
        self._tick = tick
        self._crew = crew
        self._limits = limits
        self._allowed_origins = frozenset(origin.lower() for origin in allowed_origins)
        self._trusted_proxies = trusted_proxies
        self._https = HttpsRule(trusted_proxies, is_asked_for=is_https_asked_for)
        self._of_user: Counter[UserId] = Counter()
        self._of_address: Counter[str] = Counter()
        self._sessions: dict[Session, str] = {}  # admitted, with the address that counts for it
        self._is_closing = False
        self._tickets = asyncio.Semaphore(MAX_TICKETS_AT_ONCE)

    # --- admitting -------------------------------------------------------------------------------

    @override
    async def admit(self, request: UpgradeRequest) -> Admitted | Refused:
        try:
            return await self._admit(request)
        except Refusal as refusal:
            metrics.CONNECTIONS_REFUSED.labels(refusal.code).inc()
            count_check(refusal)
            log.info(
                "connection_refused",
                code=refusal.code,
                reason=str(refusal),
                path=request.path[:MAX_LOGGED_PATH_CHARS],
                client=self._address_of(request),
            )
            answer = problem(refusal)
            if self._lookout is not None:
                self._lookout.refused(self._address_of(request), answer.status)
            return Refused(answer.status, answer.headers, answer.body)

    async def _admit(self, request: UpgradeRequest) -> Admitted:
        if self._is_closing:
            raise Unavailable("The server is stopping")
        open_door = self._open_doors.get(request.path)
        if open_door is not None:
            return Admitted(open_door())
        door = self._doors.get(request.path)
        if door is None:
            raise NotFound("route")
        self._require_encryption(request)
        self._require_own_origin(request)
        address = self._address_of(request)
        CALLER.set(Caller(address=address))  # Of what is refused it is told where that came from.
        self.require_attempt(address)
        subprotocol, tongue = door.choose(request)
        try:
            principal = await self._authenticate(request)
            since = await door.positions(principal.user_id) if door.positions else None
        except Unauthenticated:
            metrics.AUTH_ATTEMPTS.labels("failure").inc()
            raise
        metrics.AUTH_ATTEMPTS.labels("success").inc()
        if self._limits.other_nodes is not None:
            elsewhere = await self._limits.other_nodes.count(principal.user_id, address)
            self._require_room(address, principal, elsewhere)
        return Admitted(self.seat(principal, address, tongue, since), subprotocol)

    def require_attempt(self, address: str) -> None:
        """Count that a session is asked for. Raises ``RateLimited`` or ``Unavailable``."""
        if self._is_closing:
            raise Unavailable("The server is stopping")
        self._limits.require_attempt(address)
        self._require_room(address)

    def seat(
        self,
        principal: Principal,
        address: str,
        tongue: Dialect,
        since: Mapping[ConversationId, Seq] | None = None,
    ) -> Session:
        """Make a session and take its place. Raises ``Unavailable`` or ``RateLimited``."""
        if self._is_closing:
            raise Unavailable("The server is stopping")
        # Nothing is awaited here: two at once cannot take one last place.
        self._require_room(address, principal)
        session = Session(
            connection_id=secrets.token_hex(8),
            principal=principal,
            tongue=tongue,
            tick=self._tick,
            crew=self._crew,
            books=self,
            since=since,
        )
        self._enter(session, address)
        return session

    def _enter(self, session: Session, address: str) -> None:
        session.address = address
        self._sessions[session] = address
        self._of_user[session.user_id] += 1
        self._of_address[address] += 1
        if self._lookout is not None:
            self._lookout.seen(session.principal, address)
        self._note_elsewhere(session.user_id, address)

    def _note_elsewhere(self, user_id: UserId, address: str) -> None:
        if self._limits.other_nodes is not None:
            of_user, of_address = self._of_user.get(user_id, 0), self._of_address.get(address, 0)
            self._limits.other_nodes.note(user_id, of_user, address, of_address)

    def _address_of(self, request: UpgradeRequest) -> str:
        return self._trusted_proxies.client_address(
            request.client, x_forwarded_for=request.forwarded_for
        )

    def _require_encryption(self, request: UpgradeRequest) -> None:
        if not self._https.is_met(
            is_secure=request.is_secure,
            peer=request.client,
            forwarded_proto=request.forwarded_proto,
        ):
            raise NotEncrypted("This server is spoken to by wss")

    def _require_own_origin(self, request: UpgradeRequest) -> None:
        # Browsers always send it (RFC 6455 §10.2); other clients need not.
        if request.origin is None or request.origin.lower() in self._allowed_origins:
            return
        if not request.host or host_of(request.origin) != request.host.lower():
            raise ForeignOrigin("This origin may not connect")

    def _require_room(
        self,
        address: str,
        principal: Principal | None = None,
        elsewhere: tuple[int, int] = (0, 0),
    ) -> None:
        limits, (of_user, of_address) = self._limits, elsewhere
        if limits.in_all and len(self._sessions) + limits.elsewhere() >= limits.in_all:
            raise Unavailable("The server is full")
        if limits.per_address and self._of_address[address] + of_address >= limits.per_address:
            metrics.RATE_LIMITED.labels("connections_per_ip").inc()
            raise RateLimited(
                "Too many connections from this address", retry_after=FULL_RETRY_SECONDS
            )
        if (
            principal is not None
            and limits.per_user
            and self._of_user[principal.user_id] + of_user >= limits.per_user
        ):
            metrics.RATE_LIMITED.labels("connections_per_user").inc()
            raise RateLimited("Too many connections of this user", retry_after=FULL_RETRY_SECONDS)

    async def _authenticate(self, request: UpgradeRequest) -> Principal:
        if request.authorization is not None:
            scheme, _, token = request.authorization.partition(" ")
            if scheme.lower() != "bearer" or not token:
                raise Unauthenticated("Only Bearer credentials are understood")
            return await self._authenticator.authenticate_bearer(token.strip())
        if ticket := request.query.get("ticket"):
            async with self._tickets:
                return await self._authenticator.redeem_ticket(ticket)
        if parameter := request.query.get("token"):
            return await self._authenticator.authenticate_bearer(parameter)
        raise Unauthenticated("A token or a ticket is needed")

    # --- the books -------------------------------------------------------------------------------

    @override
    def entered(self, session: Session) -> bool:
        log.info(
            "connected",
            connection_id=session.id,
            user_id=session.user_id,
            client=self._sessions.get(session),
        )
        if self._is_revoked(session.principal):
            session.close(UNAUTHENTICATED.code, "The session is over")
            return False
        if self._is_banned(session.user_id):
            session.close(BANNED.code, "The user is banned")
            return False
        self._hub.enter(session)
        self._attendance.came(session)
        return True

    @override
    def acted(self, session: Session) -> None:
        self._attendance.acted(session)

    @override
    def left(self, session: Session, code: int, *, was_open: bool) -> None:
        address = self._sessions.pop(session, None)
        if address is None:
            return  # Struck off already: a second word would take another's place off the books.
        _uncount(self._of_user, session.user_id)
        _uncount(self._of_address, address)
        self._note_elsewhere(session.user_id, address)
        topics = session.topics
        self._hub.leave(session)
        self._attendance.left(session, topics)
        if was_open:
            log.info(
                "disconnected",
                connection_id=session.id,
                user_id=session.user_id,
                code=code,
                reason=name_of(code),
            )

    # --- ending ----------------------------------------------------------------------------------

    def end_session(self, user_id: UserId, sid: str) -> None:
        """Close the sockets of a login that is over."""
        for reader in self._hub.readers_of(user_id):
            if isinstance(reader, Session) and reader.principal.session == sid:
                reader.close(UNAUTHENTICATED.code, "The session is over")

    def renew(self, renewed: Callable[[Principal], Principal]) -> None:
        """Let those behind all open sockets be what this makes of them from now on."""
        for session in tuple(self._sessions):
            session.principal = renewed(session.principal)

    def expel(self, user_id: UserId) -> None:
        """Close all sockets of a user who is banned."""
        for reader in self._hub.readers_of(user_id):
            if isinstance(reader, Session):
                reader.close(BANNED.code, "The user is banned")

    def end_token(self, jti: str) -> None:
        """Close the sockets that were opened with this access token."""
        for session in tuple(self._sessions):
            if session.principal.token == jti:
                session.close(UNAUTHENTICATED.code, "The token was revoked")

    def end_all(self) -> None:
        """Close every socket: no proof of anybody holds any more."""
        for session in tuple(self._sessions):
            session.close(UNAUTHENTICATED.code, "Log in again")

    def shut(self) -> None:
        """Admit nobody any more."""
        self._is_closing = True

    @property
    def count(self) -> int:
        """How many sockets are admitted now."""
        return len(self._sessions)

    @property
    def user_count(self) -> int:
        """How many users have a socket."""
        return len(self._of_user)

    def logins(self) -> set[str]:
        """The logins (``sid``) that have a socket open."""
        return {session.principal.session for session in self._sessions}

    async def roll(self, limit: int) -> Roll:
        """Who has most sockets: on all nodes, or on this one where the others are not heard."""
        others = self._limits.other_nodes
        found = None if others is None else await others.roll(limit)
        return found or own_roll(self, limit, is_whole=others is None)

    def by_user(self) -> Mapping[UserId, int]:
        """How many sockets each user has."""
        return dict(self._of_user)

    def by_address(self) -> Mapping[str, int]:
        """How many sockets each client address has."""
        return dict(self._of_address)


def _uncount(counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
