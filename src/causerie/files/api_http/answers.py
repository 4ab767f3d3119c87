"""The answer with a file in it: ranges, tags, and headers that keep it from doing anything."""

from __future__ import annotations

from collections.abc import AsyncIterator

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import Stream

from causerie.files.model import (
    SHOWN_IN_PLACE,
    NotSatisfiable,
    Stretch,
    Variant,
    content_disposition,
    is_same,
    requested_stretch,
)
from causerie.files.service import FileReader, Opened
from causerie.foundation.errors import Invalid
from causerie.gateway.errors import problem
from causerie.gateway.http import AnyRequest, header, is_head

BINARY = "application/octet-stream"
FILE = {
    200: ResponseSpec(bytes, description="The file", media_type=BINARY, generate_examples=False),
    206: ResponseSpec(
        bytes, description="A part of it", media_type=BINARY, generate_examples=False
    ),
    304: ResponseSpec(None, description="The client has it", generate_examples=False),
}
# Nothing in it runs, loads or is framed, whatever a browser takes it for.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
# For the user's own browser, and asked again before it is shown: who left sees nothing (304 else).
CACHED = "private, no-cache"
Served = Response[None] | Response[bytes] | Stream


async def serve(
    request: AnyRequest, reader: FileReader, opened: Opened, variant: Variant
) -> Served:
    """Answer with a file, a stretch of it, or that it is the one that the client has."""
    headers = _headers(opened, variant)
    if is_same(header(request.scope, b"if-none-match"), opened.etag):
        return Response(None, status_code=304, headers=headers)
    try:
        stretch = _stretch(request, opened)
    except NotSatisfiable:
        return _not_satisfiable(opened)
    whole = Stretch(0, opened.size_bytes)
    if stretch is not None:
        last = stretch.start + stretch.length - 1
        headers["content-range"] = f"bytes {stretch.start}-{last}/{opened.size_bytes}"
    chosen = stretch or whole
    headers["content-length"] = str(chosen.length)
    # Not as the answer's media type, to which the framework adds a second charset.
    headers["content-type"] = opened.media_type
    # Who asks for the headers alone sets nothing in motion.
    body = _nothing() if is_head(request.scope) else reader.read(opened, chosen)
    first = await anext(body)  # Before the headers: where the storage is away, the answer says so.
    return Stream(
        _from(first, body),
        status_code=200 if stretch is None else 206,
        headers=headers,
    )


def _headers(opened: Opened, variant: Variant) -> dict[str, str]:
    is_shown = variant is Variant.THUMBNAIL or opened.media_type in SHOWN_IN_PLACE
    return {
        "accept-ranges": "bytes",
        "cache-control": CACHED,
        "content-disposition": content_disposition(opened.file.name, is_shown=is_shown),
        "content-security-policy": POLICY,
        "etag": opened.etag,
    }


def _stretch(request: AnyRequest, opened: Opened) -> Stretch | None:
    """What ``Range`` asks for, unless ``If-Range`` names another content (RFC 9110 §13.1.5).

    Of ``GET`` alone (§14.2): who asks for the headers is told of the whole.
    """
    if is_head(request.scope):
        return None
    wanted = header(request.scope, b"if-range")
    if wanted is not None and wanted.strip() != opened.etag:
        return None
    return requested_stretch(header(request.scope, b"range"), size=opened.size_bytes)


def _not_satisfiable(opened: Opened) -> Response[bytes]:
    answer = problem(Invalid("Range", f"The file has {opened.size_bytes} bytes"), status=416)
    headers = {"content-range": f"bytes */{opened.size_bytes}"}  # RFC 9110 §15.5.17
    media_type = dict(answer.headers)["content-type"]
    return Response(answer.body, status_code=416, headers=headers, media_type=media_type)


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _nothing() -> AsyncIterator[bytes]:
    yield b""
