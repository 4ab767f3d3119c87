"""The web page: built files, read once and sent as they are, and the routes that it makes of itself.

Compressed when it was built. The folder is missing where the page's tools were: the server then
says so on ``/``, and everything else works.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

import causerie
from causerie.foundation.errors import NotFound
from causerie.gateway.http.limited import UNLIMITED
from causerie.gateway.http.requests import AnyRequest, header

# Where the build leaves it (web/vite.config.ts), in a checkout and in a wheel.
SITE_FOLDER = Path(causerie.__file__).parent / "site"
INDEX = "index.html"
# What the page shows by itself: all of these are the same file.
VIEWS = (
    "/",
    "/c/{rest:path}",
    "/settings",
    "/settings/{rest:path}",
    "/moderation",
    "/moderation/{rest:path}",
    "/unread",
    "/later",
    "/oidc",
)
WORKER = "sw.js"
AT_ROOT = ("favicon.svg", "site.webmanifest", WORKER)  # by fixed names, beside the hashed ones

# Scripts and styles of our own and nothing else; pictures may be made by the page itself. No text
# becomes a script or markup (Trusted Types; the one policy makes the address of `sw.js`).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types causerie"
)
FOREVER = "public, max-age=31536000, immutable"  # A name says what is in it.
HOURS = "public, max-age=3600"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # The best first.

NOT_BUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Causerie</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>
<h1>The web page was not built</h1>
<p>This server runs, and its API answers: <a href="/docs">/docs</a>. Its page is missing, as the tools
that build it (Node and npm's registry) were out of reach when it was installed.</p>
<p>In a checkout: <code>make web</code>, and start anew. With pip: install again where PyPI and
registry.npmjs.org can be reached.</p></main></body></html>"""


class File(msgspec.Struct, frozen=True):
    """One file of the page, in each encoding that there is."""

    media_type: str
    plain: bytes
    encoded: Mapping[str, bytes]


class Site:
    """The files of the page, by their path; empty where it was not built."""

    def __init__(self, folder: Path = SITE_FOLDER) -> None:
        self._files = {
            str(path.relative_to(folder)): _read(path)
            for path in folder.rglob("*")
            if path.is_file() and path.suffix not in {".br", ".gz"}
        }

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def answer(self, name: str, request: AnyRequest, *, kept: str) -> Response[bytes]:
        """Send a file in the best encoding that is taken. Raises ``NotFound``."""
        file = self._files.get(name)
        if file is None:
            raise NotFound("file")
        accepted = _accepted(header(request.scope, b"accept-encoding"))
        encoding = next((one for one, _ in ENCODINGS if one in accepted & file.encoded.keys()), "")
        headers = {"cache-control": kept, "vary": "Accept-Encoding"}
        if encoding:
            headers["content-encoding"] = encoding
        if name in (INDEX, WORKER):  # The worker fetches by its own policy, not by its page's.
            headers["content-security-policy"] = POLICY
        body = file.encoded[encoding] if encoding else file.plain
        return Response(body, media_type=file.media_type, headers=headers)


def _read(path: Path) -> File:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".webmanifest":
        kind = "application/manifest+json"  # not everywhere in the system's table
    encoded = {
        name: beside.read_bytes()
        for name, suffix in ENCODINGS
        if (beside := path.with_name(path.name + suffix)).exists()
    }
    return File(kind, path.read_bytes(), encoded)


def _accepted(accept_encoding: str | None) -> set[str]:
    """Name the encodings that a client takes (RFC 9110 §12.5.3); a weight of 0 refuses one."""
    return {
        name
        for part in (accept_encoding or "").lower().split(",")
        for name, _, weight in [part.replace(" ", "").partition(";q=")]
        if not re.fullmatch(r"0(\.0*)?", weight)
    }


def site_routes(site: Site) -> list[ControllerRouterHandler]:
    """Make the routes of the page."""

    @get(list(VIEWS), opt=UNLIMITED, include_in_schema=False)
    async def show_page(request: AnyRequest) -> Response[bytes]:
        if INDEX not in site:
            return Response(
                NOT_BUILT.encode(),
                media_type="text/html",
                status_code=503,
                headers={"cache-control": "no-store"},
            )
        return site.answer(INDEX, request, kept="no-store")

    @get("/assets/{name:str}", opt=UNLIMITED, include_in_schema=False)
    async def show_asset(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        return site.answer(f"assets/{name}", request, kept=FOREVER)

    @get([f"/{name}" for name in AT_ROOT], opt=UNLIMITED, include_in_schema=False)
    async def show_at_root(request: AnyRequest) -> Response[bytes]:
        return site.answer(request.scope["path"].lstrip("/"), request, kept=HOURS)

    return [show_page, show_asset, show_at_root]
