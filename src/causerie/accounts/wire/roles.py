"""How roles look over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from causerie.accounts.model import Permission
from causerie.accounts.wire.doors import Body

MAX_NAMED = 100  # More than there are permissions.


class PutRoleBody(Body, frozen=True):
    """``PUT /auth/roles/{role}``."""

    permissions: Annotated[list[str], msgspec.Meta(max_length=MAX_NAMED)]


class AssignRoleBody(Body, frozen=True):
    """``PUT /auth/users/{user_id}/role``."""

    role: str


class RoleBody(msgspec.Struct, frozen=True):
    """A role and what it may do."""

    name: str
    permissions: list[str]


class OwnPermissionsBody(msgspec.Struct, frozen=True):
    """What somebody may do at this moment; an API key as far as its scopes reach."""

    role: str
    permissions: list[str]


class RoleItems(msgspec.Struct, frozen=True):
    """All roles, and all permissions that there are to give."""

    items: list[RoleBody]
    permissions: list[str]


def role_items(roles: Mapping[str, frozenset[str]]) -> RoleItems:
    """Write out the role table."""
    return RoleItems(
        items=[RoleBody(name, sorted(roles[name])) for name in sorted(roles)],
        permissions=sorted(Permission),
    )
