"""Roles and what they may do, changed while the server runs, by who may do as much."""

from __future__ import annotations

import re
from collections.abc import Mapping

import structlog

from causerie.accounts.errors import AdminsNeeded, RoleInUse, RoleIsKnown, UnknownRole
from causerie.accounts.events import RoleAssigned, RolesChanged, UserChanged
from causerie.accounts.model import Permission, Role, User
from causerie.accounts.ports import RoleTable, Users
from causerie.accounts.service.roles import RoleBook
from causerie.accounts.service.step_up import StepUp
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Forbidden, Invalid, NotFound
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId

log = structlog.get_logger()

_NAME = re.compile(r"[a-z][a-z_]{0,31}")  # The constraint of accounts.roles
# Without these nobody could give anything back to anybody.
KEPT_BY_ADMINS = frozenset({Permission.MANAGE_ROLES, Permission.MANAGE_USERS})


class RoleDesk:
    """What admins do about roles. Nobody gives, or takes from, what they do not have themselves."""

    def __init__(
        self,
        table: RoleTable,
        users: Users,
        roles: RoleBook,
        *,
        step_up: StepUp,
        events: Events,
        completion: Completion,
    ) -> None:
        self._table = table
        self._users = users
        self._roles = roles
        self._step_up = step_up
        self._events = events
        self._completion = completion

    def list_roles(self, principal: Principal) -> Mapping[str, frozenset[str]]:
        """Give all roles with their permissions. Raises ``Forbidden``."""
        if not (principal.may(Permission.MANAGE_ROLES) or principal.may(Permission.MANAGE_USERS)):
            raise Forbidden("Only who manages roles or users may do this")
        return self._roles.all()

    async def put_role(self, principal: Principal, role: str, permissions: frozenset[str]) -> None:
        """Give a role exactly these permissions, and make it where there is none.

        Effective at once, on open sockets too. Raises ``Forbidden``, ``StepUpRequired``,
        ``Invalid`` or ``AdminsNeeded``.
        """
        await self._require_manager(principal, Permission.MANAGE_ROLES)
        _require_role(role, permissions)
        changed = permissions ^ self._roles.permissions_of(role)
        self._require_own(principal, changed)
        if role == Role.ADMIN and not permissions >= KEPT_BY_ADMINS:
            raise AdminsNeeded
        await self._completion.run(self._put(role, permissions))

    async def remove_role(self, principal: Principal, role: str) -> None:
        """Remove a role that nobody has.

        Raises ``Forbidden``, ``StepUpRequired``, ``NotFound`` or ``RoleInUse``.
        """
        await self._require_manager(principal, Permission.MANAGE_ROLES)
        if not self._roles.has(role):
            raise NotFound("role")
        self._require_own(principal, self._roles.permissions_of(role))
        await self._completion.run(self._remove(role))

    async def make_as_operator(self, role: str, permissions: frozenset[str]) -> None:
        """Make a role from the command line. Raises ``Invalid``, ``RoleIsKnown``."""
        _require_role(role, permissions)
        if self._roles.has(role):
            raise RoleIsKnown
        await self._completion.run(self._put(role, permissions))

    async def remove_as_operator(self, role: str) -> None:
        """Remove a role that nobody has, from there. Raises ``NotFound``, ``RoleInUse``."""
        await self._completion.run(self._remove(role))

    async def assign(self, principal: Principal, user_id: UserId, role: str) -> User:
        """Give a user another role.

        Raises ``Forbidden``, ``StepUpRequired``, ``UnknownRole``, ``NotFound``, ``AdminsNeeded``.
        """
        await self._require_manager(principal, Permission.MANAGE_USERS)
        if not self._roles.has(role):
            raise UnknownRole(role)
        found = await self._users.get_many([user_id])
        if not found:
            raise NotFound("user")
        touched = self._roles.permissions_of(role) | self._roles.permissions_of(found[0].role)
        self._require_own(principal, touched)
        return await self._completion.run(self._assign(user_id, role))

    async def _require_manager(self, principal: Principal, permission: str) -> None:
        if not principal.may(permission):
            raise Forbidden("Your role does not allow this")
        await self._step_up.require_recent(principal)

    def _require_own(self, principal: Principal, permissions: frozenset[str]) -> None:
        if not permissions <= principal.permissions:
            raise Forbidden("Nobody gives or takes what they may not do themselves")

    async def _put(self, role: str, permissions: frozenset[str]) -> None:
        await self._table.put(role, permissions)
        log.warning("permissions_changed", role=role, permissions=sorted(permissions))
        await self._tell()

    async def _remove(self, role: str) -> None:
        if role in frozenset(Role):
            raise RoleInUse
        if not await self._table.remove(role):
            raise NotFound("role")
        log.warning("role_removed", role=role)
        await self._tell()

    async def _tell(self) -> None:
        if await self._roles.load():
            self._events.announce([RolesChanged()])

    async def _assign(self, user_id: UserId, role: str) -> User:
        user = await self._table.assign(user_id, role, keep_one_of=Role.ADMIN)
        if user is None:
            raise AdminsNeeded
        log.warning("role_changed", user_id=user_id, role=role)
        self._events.announce(
            [UserChanged(user_id=user_id), RoleAssigned(user_id=user_id, role=role)]
        )
        return user


def _require_role(role: str, permissions: frozenset[str]) -> None:
    if not _NAME.fullmatch(role):
        raise Invalid("role", "Must be 1 to 32 of a-z and '_', a letter first")
    if permissions - frozenset(Permission):
        raise Invalid("permissions", "There is no such permission")
