"""One's sessions and one's password over HTTP: ``/auth/sessions`` and ``/auth/password``."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of
from causerie.accounts.model import Proof
from causerie.accounts.service import AccountService
from causerie.accounts.wire import ChangePasswordBody, SessionItems, session_items
from causerie.foundation.identity import UserId
from causerie.gateway.http import AUTH_TIER, Acting, AnyRequest, ClientAddress, positive_id


def session_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    devices = accounts.devices

    @get("/auth/sessions", summary="My sessions")
    async def sessions(principal: Acting) -> SessionItems:
        """List where one is logged in, the latest heard first."""
        return session_items(await devices.list_mine(principal), current=principal.session)

    @delete("/auth/sessions/{session_id:str}", summary="End one of my sessions")
    async def end(principal: Acting, session_id: FromPath[str]) -> None:
        """End a session: its sockets close, and its tokens prove nothing any more.

        Another than this one after a step-up.
        """
        await devices.end(principal, session_id)

    @delete("/auth/sessions", summary="End all my other sessions")
    async def end_others(principal: Acting) -> None:
        """End all of them but this one, after a step-up."""
        await devices.end_others(principal)

    @delete("/auth/users/{user_id:str}/sessions", summary="End all sessions of a user")
    async def end_all_of(principal: Acting, user_id: FromPath[str]) -> None:
        """End all of somebody's sessions, for who manages users, after a step-up; keys go on."""
        number = UserId(positive_id(user_id, resource="user"))
        await accounts.end_sessions_of(principal, number)

    @post("/auth/password", opt=AUTH_TIER, status_code=204, summary="Change my password")
    @counted
    async def change_password(
        principal: Acting,
        data: JSONBody[ChangePasswordBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> None:
        """Change the password; all other sessions end."""
        await accounts.password_changes.change(
            principal,
            Proof(data.current_password, data.code),
            data.new_password,
            origin_of(request, client_address),
        )

    return [sessions, end, end_others, end_all_of, change_password]
