"""Files in quarantine that nobody could look into, for moderators."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import FromPath

from causerie.accounts import Permission
from causerie.files.model import MAX_FILES_PER_PAGE, FileId
from causerie.files.service import FileReader, FileReview
from causerie.files.wire import WireFile, WireHeldFiles, details_out, held_out
from causerie.gateway.http import Acting, BeforeId, IdempotencyKey, at_most, by_scope, positive_id

DEFAULT_PER_PAGE = 50
Limit = Annotated[int, at_most(MAX_FILES_PER_PAGE)]


def review_routes(review: FileReview, reader: FileReader) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("FileReviews", (ReviewController,), {"review": review, "reader": reader})


class ReviewController(Controller):
    """The routes of moderators."""

    path = "/api/v2/moderation/files"
    tags = ("moderation",)

    review: FileReview
    reader: FileReader

    @get("/")
    async def list_held(
        self, principal: Acting, before: BeforeId = None, limit: Limit = DEFAULT_PER_PAGE
    ) -> WireHeldFiles:
        """List files that stay in quarantine, the newest first."""
        files, has_more = await self.review.list(principal, before=before, limit=limit)
        return held_out(files, has_more=has_more)

    @post("/{file_id:str}/release", opt=by_scope(Permission.DELETE_ANY_MESSAGE), status_code=200)
    async def release(
        self, principal: Acting, file_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> WireFile:
        """Have a file served that was held after a look into it."""
        number = FileId(positive_id(file_id, resource="file"))
        file = await self.review.release(principal, number, key=idempotency_key)
        return details_out(file, self.reader.links(principal, file))
