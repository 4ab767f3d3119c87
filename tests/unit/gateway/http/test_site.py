"""The web page's files: what is sent for which address, and how long it may be kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest
from litestar import Litestar

from causerie.gateway.http.refusals import EXCEPTION_HANDLERS
from causerie.gateway.http.site import VIEWS, Site, site_routes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    for name, text in {
        "index.html": "<!doctype html>",
        "favicon.svg": "<svg/>",
        "site.webmanifest": "{}",
        "sw.js": "self",
        "assets/index-abc.js": "let a",
        "manifest.json": "{}",
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / f"{name}.br").write_bytes(b"br of " + text.encode())
        (tmp_path / f"{name}.gz").write_bytes(b"gz of " + text.encode())
    return tmp_path


async def ask(folder: Path, path: str, accept: str = "") -> tuple[int, dict[str, str], bytes]:
    app = Litestar(
        site_routes(Site(folder)), exception_handlers=EXCEPTION_HANDLERS, openapi_config=None
    )
    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"accept-encoding", accept.encode())],
        "state": {},
    }
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    await app(cast("Any", scope), receive, send)
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], headers, b"".join(m.get("body", b"") for m in said[1:])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/c/room_1",
        "/c/room_1/12",
        "/settings/security",
        "/moderation/reports",
        "/later",
        "/oidc",
    ],
)
async def test_each_view_is_the_page_and_never_kept(folder: Path, path: str) -> None:
    status, headers, body = await ask(folder, path)

    assert (status, body) == (200, b"<!doctype html>")
    assert headers["cache-control"] == "no-store"
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


async def test_what_has_a_hash_in_its_name_is_kept_for_good(folder: Path) -> None:
    status, headers, _ = await ask(folder, "/assets/index-abc.js")

    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0", None),
        ("identity", None),
    ],
)
async def test_files_travel_compressed_as_the_client_takes_them(
    folder: Path, accept: str, encoding: str | None
) -> None:
    _, headers, body = await ask(folder, "/favicon.svg", accept)

    assert headers.get("content-encoding") == encoding
    assert headers["vary"] == "Accept-Encoding"
    assert body.startswith({"br": b"br of", "gzip": b"gz of", None: b"<svg"}[encoding])


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/assets/..%2findex.html", "/manifest.json", "/index.html.br"]
)
async def test_nothing_else_is_sent(folder: Path, path: str) -> None:
    status, _, _ = await ask(folder, path)

    assert status == 404


async def test_where_it_was_not_built_the_page_says_so_and_how(tmp_path: Path) -> None:
    status, headers, body = await ask(tmp_path / "nowhere", "/")

    assert status == 503
    assert b"make web" in body
    assert headers["cache-control"] == "no-store"


def test_views_leave_the_api_alone() -> None:
    assert not any(view.startswith(("/api", "/auth", "/ws", "/health")) for view in VIEWS)


async def test_the_worker_may_fetch_what_the_page_may(folder: Path) -> None:
    # It goes by the policy that comes with it, not by its page's.
    _, worker, _ = await ask(folder, "/sw.js")
    _, page, _ = await ask(folder, "/")

    assert worker["content-security-policy"] == page["content-security-policy"]
