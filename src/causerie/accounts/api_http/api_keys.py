"""API keys and bots over HTTP: ``/auth/api-keys`` and ``/auth/bots``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import origin_of
from causerie.accounts.model import UserCard
from causerie.accounts.service import AccountService
from causerie.accounts.wire import (
    ApiKeyItems,
    CreateBotBody,
    CreateKeyBody,
    NewKeyBody,
    key_body,
)
from causerie.foundation.identity import MAX_ID, UserId
from causerie.gateway.http import Acting, AnyRequest, ClientAddress, positive_id

BotId = Annotated[
    int | None, QueryParameter(description="A bot's, for who manages users.", ge=1, le=MAX_ID)
]


def api_key_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    keys = accounts.api_keys

    @get("/auth/api-keys", summary="My API keys, or a bot's")
    async def list_keys(principal: Acting, user_id: BotId = None) -> ApiKeyItems:
        owner = None if user_id is None else UserId(user_id)
        found = await keys.list_of(principal, owner)
        return ApiKeyItems([key_body(key) for key in found])

    @post("/auth/api-keys", status_code=201, summary="Make an API key")
    async def create(
        principal: Acting,
        data: JSONBody[CreateKeyBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> NewKeyBody:
        """Make a key with some of one's own permissions; needs a step-up. It is shown this once."""
        key, made = await keys.create(
            principal,
            origin_of(request, client_address),
            name=data.name,
            scopes=data.scopes,
            days=data.expires_in_days,
            user_id=None if data.user_id is None else UserId(data.user_id),
        )
        return NewKeyBody(key, key_body(made))

    @delete("/auth/api-keys/{key_id:str}", summary="Revoke an API key")
    async def revoke(
        principal: Acting,
        key_id: FromPath[str],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> None:
        """Void a key at once; its sockets close."""
        number = positive_id(key_id, resource="api_key")
        await keys.revoke(principal, number, origin_of(request, client_address))

    @post("/auth/bots", status_code=201, summary="Make an account that is a program")
    async def create_bot(principal: Acting, data: JSONBody[CreateBotBody]) -> UserCard:
        """Make an account that no password opens; for who manages users, after a step-up."""
        shown = data.username if data.display_name is None else data.display_name
        return (await keys.create_bot(principal, data.username, shown)).card()

    return [list_keys, create, revoke, create_bot]
