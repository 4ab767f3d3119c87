"""The role table in memory: one set of permissions per role, shared by all who have it."""

from __future__ import annotations

from collections.abc import Mapping

from causerie.accounts.errors import UnknownRole
from causerie.accounts.model import Permission
from causerie.accounts.ports import Users
from causerie.foundation.errors import Invalid

_NOTHING: frozenset[str] = frozenset()


class RoleBook:
    """What each role may do; read at start and after each change."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._by_role: Mapping[str, frozenset[str]] = {}

    async def load(self) -> bool:
        """Read the table; says whether anything is other than before. Raises ``Unavailable``."""
        found = await self._users.permissions_by_role()
        if found == self._by_role:
            return False
        # Roles that have not changed keep their very object, which principals share.
        self._by_role = {
            role: self._by_role[role] if self._by_role.get(role) == permissions else permissions
            for role, permissions in found.items()
        }
        return True

    def permissions_of(self, role: str) -> frozenset[str]:
        """Give the set of a role; an unknown role may do nothing."""
        return self._by_role.get(role, _NOTHING)

    def all(self) -> Mapping[str, frozenset[str]]:
        """Give the whole table."""
        return self._by_role

    def has(self, role: str) -> bool:
        """Say whether there is such a role."""
        return role in self._by_role

    async def change(self, role: str, permissions: frozenset[str]) -> bool:
        """Give a role exactly these permissions, and read the table again.

        Raises ``Invalid`` for a permission that is not in the catalogue, ``UnknownRole``.
        """
        unknown = sorted(permissions - frozenset(Permission))
        if unknown:
            raise Invalid("permissions", f"There is no permission {unknown[0]!r}")
        if not await self._users.replace_permissions(role, permissions):
            raise UnknownRole(role)
        return await self.load()
