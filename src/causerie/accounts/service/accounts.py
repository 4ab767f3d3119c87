"""The face of accounts: register, log in, prove who somebody is, and what operators do to users."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import structlog

from causerie.accounts.errors import (
    AlgorithmNotAllowed,
    SignatureWrong,
    UnknownRole,
    WrongCredentials,
)
from causerie.accounts.events import (
    LoginRefused,
    RoleAssigned,
    RolesChanged,
    TokenForged,
    UserChanged,
    UserRegistered,
)
from causerie.accounts.model import (
    API_KEY_PREFIX,
    Credentials,
    LoggedIn,
    NewUser,
    Origin,
    Permission,
    Role,
    ShownPasskey,
    User,
    is_triable,
    is_username,
    require_email,
    require_username,
)
from causerie.accounts.ports import Passwords, Users
from causerie.accounts.service.api_keys import OPERATOR
from causerie.accounts.service.directory import UserDirectory
from causerie.accounts.service.guessed import PASSWORD
from causerie.accounts.service.identities import LinkedIdentities
from causerie.accounts.service.importing import ImportReport, Line, UserImport
from causerie.accounts.service.new_passwords import require_new_password
from causerie.accounts.service.oidc import OidcLogin
from causerie.accounts.service.own import OwnAccount
from causerie.accounts.service.roles import RoleBook
from causerie.accounts.service.sessions import SessionKeeper
from causerie.accounts.service.tokens import AccessTokens
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Forbidden, NotFound, Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import CALLER, Principal, UserId
from causerie.limits import Guesses

log = structlog.get_logger()


class AccountService:
    """What one can do with accounts; also the gateway's ``Authenticator``."""

    def __init__(  # noqa: PLR0913 - the parts of the slice, each by name
        self,
        users: Users,
        *,
        passwords: Passwords,
        sessions: SessionKeeper,
        tokens: AccessTokens,
        roles: RoleBook,
        guesses: Guesses,
        own: OwnAccount,
        oidc: OidcLogin | None,
        identities: LinkedIdentities,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._users = users
        self._passwords = passwords
        self._sessions = sessions
        self._tokens = tokens
        self._roles = roles
        self._codes = own.codes
        self._guesses = guesses
        self.step_up = own.step_up
        self.two_factor = own.two_factor
        self.passkeys = own.passkeys
        self.devices = own.devices
        self.password_changes = own.password_changes
        self.resets = own.resets
        self.api_keys = own.api_keys
        self.oidc = oidc
        self.identities = identities
        self.invitations = own.invitations
        self.role_desk = own.role_desk
        self.profiles = own.profiles
        self._events = events
        self._completion = completion
        self._clock = clock
        self.directory = UserDirectory(users)

    # At the door -------------------------------------------------------------------------------

    async def register(
        self,
        username: str,
        password: str,
        origin: Origin,
        *,
        email: str | None = None,
        invitation: str | None = None,
    ) -> LoggedIn:
        """Make an account and log it in; the first one of a server is its admin.

        Raises ``Invalid``, ``UsernameTaken``, ``RegistrationClosed``, ``InvitationNeeded``,
        ``InvitationRefused`` or ``Unavailable``.
        """
        require_username(username)
        require_email(email)
        await require_new_password(self._passwords, password, username=username)
        welcome = await self.invitations.require_welcome(invitation)
        new = NewUser(
            username=username,
            display_name=username,
            email=email,
            password_hash=await self._passwords.hash(password),
            role=Role.USER,
        )
        user = await self._completion.run(self._add(new, welcome))
        await self._guesses.remember(PASSWORD, username, address=origin.ip)
        return await self._sessions.start(user, origin)

    async def login(
        self,
        username: str,
        password: str,
        origin: Origin,
        *,
        code: str | None = None,
        shown: ShownPasskey | None = None,
    ) -> LoggedIn:
        """Log a user in. Raises ``WrongCredentials``, alike for everything that can be wrong.

        ``RateLimited`` where there were too many wrong ones. Only who has the password hears more:
        ``TwoFactorRequired``, ``WrongCode``, ``PasskeyRefused``; and, who has proven all, ``Banned``.
        """
        user = await self.prove(username, password, origin, code=code, shown=shown)
        return await self._sessions.start(user, origin)

    async def prove(
        self,
        username: str,
        password: str,
        origin: Origin,
        *,
        code: str | None = None,
        shown: ShownPasskey | None = None,
    ) -> User:
        """Say who has all that a login asks for, banned or not; raises as ``login`` does, else."""
        if not is_triable(password):
            raise WrongCredentials
        # Names that nobody has are counted like all others, before anything is looked up.
        async with self._guesses.guess(PASSWORD, username, address=origin.ip) as guess:
            credentials = await self._compare(username, password, origin)
            guess.was_right()
        if credentials.has_second_factor:
            if shown is not None:
                await self.passkeys.require_of(credentials.user.id, shown, origin)
            else:
                await self._codes.require(credentials.user.id, code, origin)
        return credentials.user

    async def _compare(self, username: str, password: str, origin: Origin) -> Credentials:
        credentials = (
            await self._users.find_credentials(username) if is_username(username) else None
        )
        encoded = credentials.password_hash if credentials is not None else None
        # The same work for nobody as for somebody: time says nothing about who has an account.
        is_right = await self._passwords.verify(password, encoded)
        if credentials is None or encoded is None or not is_right:
            log.info("login_refused", client=origin.ip)
            self._events.announce([LoginRefused(ip=origin.ip)])
            raise WrongCredentials
        if self._passwords.is_outdated(encoded):
            await self._rehash(credentials.user.id, password, encoded)
        return credentials

    async def refresh(self, refresh_token: str, origin: Origin) -> LoggedIn:
        """Spend a refresh token for new tokens. Raises ``RefreshTokenRefused`` or ``Banned``."""
        return await self._sessions.refresh(refresh_token, origin)

    async def logout(self, principal: Principal) -> None:
        """End the principal's session, at once and everywhere in this process."""
        await self._sessions.end(principal)

    # Who acts ----------------------------------------------------------------------------------

    async def authenticate_bearer(self, token: str) -> Principal:
        """Prove an access token or an API key.

        Raises ``Unauthenticated`` by the check that failed, ``Banned``.
        """
        if token.startswith(API_KEY_PREFIX):
            return await self.api_keys.authenticate(token)
        try:
            principal = await self._tokens.authenticate(token)
        except (AlgorithmNotAllowed, SignatureWrong):
            # No key that is unknown: that is a token of yesterday's more often than a thief's.
            self._events.announce([TokenForged(ip=CALLER.get().address)])
            raise
        self.devices.hear(principal.session)
        return principal

    def recall(self, token: str) -> Principal | None:
        """Say whom an access token is remembered to prove, now too; None says nothing."""
        if principal := self._tokens.recall(token):
            self.devices.hear(principal.session)
        return principal

    async def issue_ticket(self, principal: Principal) -> str:
        """Give a single-use ticket for a socket."""
        return await self._sessions.issue_ticket(principal)

    async def redeem_ticket(self, ticket: str) -> Principal:
        """Spend a ticket. Raises ``TicketRefused`` or ``Banned``."""
        return await self._sessions.redeem_ticket(ticket)

    def is_revoked(self, principal: Principal) -> bool:
        """Say whether the principal was revoked in the last minutes.

        For a door that has awaited something between the proof and taking the socket into its
        books: there, no ``SessionRevoked`` has reached the socket.
        """
        return self._tokens.is_revoked(principal)

    def public_keys(self) -> list[dict[str, str]]:
        """Give the public keys, for others who check our tokens."""
        return self._tokens.public_keys()

    # Users -------------------------------------------------------------------------------------

    async def get_user(self, user_id: UserId) -> User:
        """Give a user. Raises ``NotFound``."""
        return await self.directory.get(user_id)

    async def find_by_username(self, username: str) -> User | None:
        """Find a user by the name in any case."""
        return await self.directory.find_by_username(username)

    async def change_role(self, username: str, role: str) -> User:
        """Give a user another role. Raises ``NotFound`` or ``UnknownRole``."""
        if not self._roles.has(role):
            raise UnknownRole(role)
        return await self._completion.run(self._change_role(username, role))

    def allows(self, role: str, permission: str) -> bool:
        """Say whether a role grants a permission."""
        return permission in self._roles.permissions_of(role)

    def renewed(self, principal: Principal, *, role: str | None = None) -> Principal:
        """Give who acts with what the role may do now; ``role`` where it is another.

        A key gains nothing by this: what its scopes hold is known when it is proven again.
        """
        role = principal.role if role is None else role
        permissions = self._roles.permissions_of(role)
        if principal.api_key:
            permissions &= principal.permissions
        return msgspec.structs.replace(principal, role=role, permissions=permissions)

    def roles(self) -> Mapping[str, frozenset[str]]:
        """Give all roles with what they may do."""
        return self._roles.all()

    async def change_permissions(self, role: str, permissions: frozenset[str]) -> None:
        """Say what a role may do. Raises ``Invalid`` or ``UnknownRole``."""
        await self._completion.run(self._change_permissions(role, permissions))

    async def require_step_up(self, principal: Principal) -> None:
        """Raise ``StepUpRequired`` unless the principal proved who they are 5 minutes ago at most.

        For every action that a stolen token must not be able to do.
        """
        await self.step_up.require_recent(principal)

    async def end_sessions_of(self, principal: Principal, user_id: UserId) -> None:
        """Void all sessions, tokens and tickets of somebody, for who manages users.

        Raises ``Forbidden``, ``StepUpRequired``, ``NotFound``.
        """
        if not principal.may(Permission.MANAGE_USERS):
            raise Forbidden("Your role does not allow this")
        await self.require_step_up(principal)
        await self.get_user(user_id)
        await self.revoke_user(user_id)

    async def revoke_user(self, user_id: UserId) -> None:
        """The same from the command line."""
        await self._sessions.end_all(user_id)

    async def revoke_token(self, token: str) -> None:
        """Void one access token by its ``jti``."""
        await self._sessions.revoke_token(token)

    async def stand_in_for(self, username: str) -> Principal:
        """Give who acts where the operator does on the command line what takes a person.

        With that person's permissions, and on record under their name. Raises ``NotFound``.
        """
        user = await self.find_by_username(username)
        if user is None:
            raise NotFound("user")
        may = self._roles.permissions_of(user.role)
        return Principal(user.id, user.username, user.role, session="", token="", permissions=may)

    async def mint_access_tokens(
        self, usernames: Sequence[str], *, seconds: int, origin: Origin = OPERATOR
    ) -> list[str]:
        """Give an access token for each name, in order, without a password: for the operator.

        Raises ``NotFound`` where a name is nobody's.
        """
        found = {
            user.username.lower(): user
            for user in await self._users.find_many_by_username(usernames)
        }
        try:
            users = [found[username.lower()] for username in usernames]
        except KeyError:
            raise NotFound("user") from None
        tokens = await self._sessions.start_without_refresh(users, origin, seconds=seconds)
        log.warning(
            "access_tokens_minted",
            user_ids=[user.id for user in users[:20]],
            count=len(users),
            seconds=seconds,
        )
        return tokens

    async def import_users(self, lines: Iterable[Line]) -> ImportReport:
        """Make accounts from what ``read_jsonl`` or ``read_csv`` reads; harmless when repeated."""
        report = await UserImport(self._users, self._passwords, self._roles, self._clock).run(lines)
        await self._look_for_old_hashes()
        log.info("users_imported", created=report.created, rejected=report.rejected_count)
        return report

    # Upkeep ------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read what is kept in memory, before the first caller. Raises ``Unavailable``."""
        await self._roles.load()
        await self._look_for_old_hashes()

    async def look_at_roles(self) -> None:
        """See what other processes have given to roles. Raises ``Unavailable``."""
        if await self._roles.load():
            self._events.announce([RolesChanged()])

    async def keep_up(self) -> int:
        """Remove what has expired and see what other processes changed; called each minute."""
        self._tokens.forget_old()
        await self.look_at_roles()
        await self._look_for_old_hashes()
        await self.devices.write_down()
        await self._sessions.end_overdue()
        gone = await self._sessions.remove_expired() + await self._codes.forget_old()
        return gone + await self.passkeys.forget_old() + await self.invitations.forget_old()

    async def _add(self, new: NewUser, welcome: bytes | None) -> User:
        user = await self.invitations.let_in(new, welcome)
        is_founder = user.role == Role.ADMIN
        log.info("user_registered", user_id=user.id, is_founder=is_founder)
        self._events.announce(
            [UserRegistered(user_id=user.id, username=user.username, is_founder=is_founder)]
        )
        return user

    async def _look_for_old_hashes(self) -> None:
        self._passwords.expect_old(are_there=await self._users.has_old_hashes())

    async def _rehash(self, user_id: UserId, password: str, old: str) -> None:
        # The login is good either way; the next one tries again.
        with contextlib.suppress(Unavailable):
            new = await self._passwords.hash(password)
            await self._users.replace_hash(user_id, old=old, new=new)
            log.info("password_rehashed", user_id=user_id)

    async def _change_role(self, username: str, role: str) -> User:
        user = await self._users.change_role(username, role)
        if user is None:
            raise NotFound("user")
        log.warning("role_changed", user_id=user.id, role=role)
        self._events.announce(
            [UserChanged(user_id=user.id), RoleAssigned(user_id=user.id, role=role)]
        )
        return user

    async def _change_permissions(self, role: str, permissions: frozenset[str]) -> None:
        if await self._roles.change(role, permissions):
            log.warning("permissions_changed", role=role, permissions=sorted(permissions))
            self._events.announce([RolesChanged()])
