"""Roles over HTTP, for who manages them: ``/auth/roles`` and ``/auth/users/{id}/role``."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import delete, get, put
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.model import UserCard
from causerie.accounts.service import AccountService
from causerie.accounts.wire import (
    AssignRoleBody,
    PutRoleBody,
    RoleBody,
    RoleItems,
    role_items,
)
from causerie.foundation.identity import UserId
from causerie.gateway.http import Acting, positive_id


def role_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers. All of them change nothing when repeated."""
    desk = accounts.role_desk

    @get("/auth/roles", summary="All roles and permissions")
    async def list_roles(principal: Acting) -> RoleItems:
        return role_items(desk.list_roles(principal))

    @put("/auth/roles/{role:str}", summary="Say what a role may do")
    async def put_role(
        principal: Acting, role: FromPath[str], data: JSONBody[PutRoleBody]
    ) -> RoleBody:
        """Give a role exactly these permissions, at once; makes it where there is none."""
        permissions = frozenset(data.permissions)
        await desk.put_role(principal, role, permissions)
        return RoleBody(role, sorted(permissions))

    @delete("/auth/roles/{role:str}", summary="Remove a role")
    async def remove_role(principal: Acting, role: FromPath[str]) -> None:
        """Remove a role that nobody has."""
        await desk.remove_role(principal, role)

    @put("/auth/users/{user_id:str}/role", summary="Give a user a role")
    async def assign(
        principal: Acting, user_id: FromPath[str], data: JSONBody[AssignRoleBody]
    ) -> UserCard:
        """Give a user another role, at once; one admin there always is."""
        number = UserId(positive_id(user_id, resource="user"))
        return (await desk.assign(principal, number, data.role)).card()

    return [list_roles, put_role, remove_role, assign]
