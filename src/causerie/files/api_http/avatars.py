"""The pictures that stand for users."""

from __future__ import annotations

from litestar import Controller, delete, get, put
from litestar.params import FromPath, JSONBody

from causerie.files.api_http.answers import FILE, Served, serve
from causerie.files.model import FileId, Variant
from causerie.files.service import Avatars, FileReader
from causerie.files.wire import PutAvatar
from causerie.foundation.identity import UserId
from causerie.gateway.http import Acting, AnyRequest, IdempotencyKey, counted_as, positive_id
from causerie.limits import Action


def avatar_routes(avatars: Avatars, reader: FileReader) -> type[Controller]:
    """The controller for these services; Litestar makes the instance."""
    return type("Avatars", (AvatarController,), {"avatars": avatars, "reader": reader})


class AvatarController(Controller):
    """The routes of one's own picture, and of everybody's."""

    path = "/api/v2"
    tags = ("accounts",)

    avatars: Avatars
    reader: FileReader

    @put("/me/avatar", status_code=204, opt=counted_as(Action.EDITS))
    async def show(
        self, principal: Acting, data: JSONBody[PutAvatar], idempotency_key: IdempotencyKey
    ) -> None:
        """Have a picture of one's own, brought before, stand for oneself."""
        await self.avatars.show(principal, FileId(data.file_id), key=idempotency_key)

    @delete("/me/avatar", opt=counted_as(Action.EDITS))
    async def hide(self, principal: Acting, idempotency_key: IdempotencyKey) -> None:
        """Have no picture; harmless when repeated."""
        await self.avatars.hide(principal, key=idempotency_key)

    @get("/users/{user_id:str}/avatar", responses=FILE)
    async def avatar(
        self,
        request: AnyRequest,
        principal: Acting,  # noqa: ARG002 - credentials are asked for
        user_id: FromPath[str],
    ) -> Served:
        """Get the picture of a user, WebP; `avatar_url` of their card names it."""
        opened = await self.avatars.open(UserId(positive_id(user_id, resource="user")))
        return await serve(request, self.reader, opened, Variant.THUMBNAIL)
