"""Documents fetched from addresses that the operator configured, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import quote_plus, urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class CannotFetch(Exception):  # noqa: N818 - named after the fact; whoever asked decides what follows
    """Nobody answered in time, or with something else than the document."""


def is_secure_address(url: str, *, allow_loopback: bool) -> bool:
    """Say whether an address is of https, or of plain http on this machine where that is allowed."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    return allow_loopback and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


async def fetch(url: str, *, max_bytes: int, timeout_seconds: float) -> bytes:
    """Give the body of an answer 200. No redirect is followed. Raises ``CannotFetch``."""
    status, body = await _ask("GET", url, max_bytes=max_bytes, timeout_seconds=timeout_seconds)
    if status != 200:
        raise CannotFetch(f"{url} answered {status}")
    return body


async def post_form(
    url: str,
    fields: Mapping[str, str],
    *,
    credentials: tuple[str, str] | None,
    max_bytes: int,
    timeout_seconds: float,
) -> tuple[int, bytes]:
    """Send a form, and give the answer's status and body. Raises ``CannotFetch``.

    ``credentials`` go by HTTP Basic as OAuth writes them (RFC 6749 §2.3.1).
    """
    auth = None if credentials is None else (quote_plus(credentials[0]), quote_plus(credentials[1]))
    return await _ask(
        "POST",
        url,
        max_bytes=max_bytes,
        timeout_seconds=timeout_seconds,
        fields=fields,
        auth=auth,
    )


async def _ask(
    method: str,
    url: str,
    *,
    max_bytes: int,
    timeout_seconds: float,
    fields: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> tuple[int, bytes]:
    # Late: it costs memory and time, and most servers ask nobody.
    import httpx2

    body = bytearray()
    try:
        # One bound over everything: a server that sends a byte a second keeps to every other.
        async with (
            asyncio.timeout(timeout_seconds),
            httpx2.AsyncClient(follow_redirects=False, auth=auth) as http,
            http.stream(method, url, data=fields) as answer,
        ):
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > max_bytes:
                    raise CannotFetch(f"{url} answered more than {max_bytes} bytes")
            return answer.status_code, bytes(body)
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError) as error:
        raise CannotFetch(f"{url} did not answer: {type(error).__name__}") from error
