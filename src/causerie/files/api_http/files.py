"""Bringing files and getting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, QueryParameter

from causerie.accounts import Permission
from causerie.files.api_http.answers import BINARY, FILE, Served, serve
from causerie.files.model import MAX_FILES_PER_PAGE, FileId, Variant, require_file_ids
from causerie.files.service import FileReader, Uploads
from causerie.files.wire import WireFile, WireFiles, details_out
from causerie.foundation.errors import Invalid
from causerie.gateway.http import (
    PUBLIC,
    Acting,
    AnyRequest,
    IdempotencyKey,
    by_scope,
    counted_as,
    positive_id,
)
from causerie.limits import Action, ActionLimits

Name = Annotated[
    str, QueryParameter(description="What the file is called; made harmless before it is kept.")
]
Ids = Annotated[
    str,
    QueryParameter(
        description=f"Ids of files, separated by commas, {MAX_FILES_PER_PAGE} at most.",
    ),
]


@dataclass
class TakesBytes(Operation):
    """Describes a body that is the file itself; what it claims to be is not read."""

    def __post_init__(self) -> None:
        """Add what no parameter of the handler stands for."""
        anything = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(
            content={BINARY: OpenAPIMediaType(schema=anything)},
            description="The file's bytes as they are. Content-Type is passed over.",
            required=True,
        )


SENT_BEFORE = ResponseSpec(
    WireFile, description="The key was used for it before", generate_examples=False
)


def file_routes(uploads: Uploads, reader: FileReader) -> type[Controller]:
    """The controller for these services; Litestar makes the instance."""
    return type("Files", (FileController,), {"uploads": uploads, "reader": reader})


def link_routes(reader: FileReader, limits: ActionLimits) -> type[Controller]:
    """The controller of links that prove themselves."""
    return type("FileLinks", (LinkController,), {"reader": reader, "limits": limits})


class FileController(Controller):
    """The routes of files. Only what is brought may be large."""

    path = "/api/v2/files"
    tags = ("files",)

    uploads: Uploads
    reader: FileReader

    @post(
        "/",
        responses={200: SENT_BEFORE},
        operation_class=TakesBytes,
        opt=counted_as(Action.MEDIA),
        request_max_body_size=None,  # As the setting has it: the service counts.
    )
    async def upload(
        self, request: AnyRequest, principal: Acting, name: Name, idempotency_key: IdempotencyKey
    ) -> Response[WireFile]:
        """Bring a file, to be named in a message within a day. The body is the file's bytes.

        Answered after the first look at it: `status` is `clean`, or `quarantined` where nobody could
        look so far; what is harmful is refused.
        """
        file, is_new = await self.uploads.upload(
            principal,
            name=name,
            body=request.stream(),
            announced_bytes=request.content_length,
            key=idempotency_key,
        )
        body = details_out(file, self.reader.links(principal, file))
        return Response(body, status_code=201 if is_new else 200)

    @get("/")
    async def show_several(self, principal: Acting, ids: Ids) -> WireFiles:
        """Show several files with fresh links; those that one may not see are left out."""
        found = await self.reader.get_many(principal, _read_ids(ids))
        return WireFiles([details_out(f, self.reader.links(principal, f)) for f in found])

    @get("/{file_id:str}")
    async def show(self, principal: Acting, file_id: FromPath[str]) -> WireFile:
        """Show a file with fresh links."""
        file = await self.reader.get(principal, _id(file_id))
        return details_out(file, self.reader.links(principal, file))

    @get("/{file_id:str}/content", responses=FILE)
    async def content(
        self, request: AnyRequest, principal: Acting, file_id: FromPath[str]
    ) -> Served:
        """Get a file, or the range of it that is asked for."""
        opened = await self.reader.open(principal, _id(file_id), Variant.CONTENT)
        return await serve(request, self.reader, opened, Variant.CONTENT)

    @get("/{file_id:str}/thumbnail", responses=FILE)
    async def thumbnail(
        self, request: AnyRequest, principal: Acting, file_id: FromPath[str]
    ) -> Served:
        """Get a picture's thumbnail, WebP."""
        opened = await self.reader.open(principal, _id(file_id), Variant.THUMBNAIL)
        return await serve(request, self.reader, opened, Variant.THUMBNAIL)

    @delete(
        "/{file_id:str}",
        opt=by_scope(Permission.SEND_MESSAGES, Permission.DELETE_ANY_MESSAGE),
    )
    async def remove(
        self, principal: Acting, file_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Take a file back before it is posted; moderators remove any."""
        await self.uploads.remove(principal, _id(file_id), key=idempotency_key)


class LinkController(Controller):
    """What a browser loads by itself."""

    path = "/api/v2/signed-files"
    tags = ("files",)

    reader: FileReader
    limits: ActionLimits

    @get("/{token:str}", opt=PUBLIC, responses=FILE)
    async def follow(self, request: AnyRequest, token: FromPath[str]) -> Served:
        """Get what a link of `content_url` or `thumbnail_url` names, for whom it was made."""
        user_id, opened = await self.reader.open_by_link(token)
        self.limits.require(Action.API, user_id)
        is_thumbnail = opened.key != opened.file.storage_key
        variant = Variant.THUMBNAIL if is_thumbnail else Variant.CONTENT
        return await serve(request, self.reader, opened, variant)


def _id(text: str) -> FileId:
    return FileId(positive_id(text, resource="file"))


def _read_ids(text: str) -> tuple[FileId, ...]:
    words = text.split(",")
    if not all(word.isascii() and word.isdigit() and len(word) < 20 for word in words):
        raise Invalid("ids", "Must be numbers, separated by commas")
    return require_file_ids([int(w) for w in words], field="ids", limit=MAX_FILES_PER_PAGE)
