"""Documents fetched from addresses that the operator configured, and posts to those of users.

What a user names is asked for by an address that was looked at: the name is resolved once, all that
it stands for is checked, and it is that very address that is connected to, so that no later answer
of the name's owner leads inside (DNS rebinding). No redirect is followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, quote_plus, urlsplit

import msgspec

if TYPE_CHECKING:  # late, as below
    import httpx2

MAX_URL_CHARS = 2048
MAX_ADDRESSES = 3  # Of one name, tried one after the other.
RESOLVE_TIMEOUT_SECONDS = 5.0
# IPv6 that stands for IPv4, beside what the library knows: NAT64 (RFC 6052 §2.1).
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class CannotFetch(Exception):  # noqa: N818 - named after the fact; whoever asked decides what follows
    """Nobody answered in time, or with something else than the document."""


class ForbiddenAddress(CannotFetch):
    """It leads, or may lead, into a network that users have no business in; or is no address."""


class Answer(msgspec.Struct, frozen=True):
    """What the other side said; ``body`` is the first of it."""

    status: int
    retry_after_seconds: float | None
    body: bytes


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


async def resolve(host: str, port: int) -> list[str]:
    """Give the addresses of a name. Raises ``OSError``."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Guard:
    """Posts to addresses that users named: to public ones, and to the operator's exceptions."""

    def __init__(self, allowed: Sequence[IpNetwork] = (), *, resolve: Resolve = resolve) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve

    def require_lawful(self, url: str) -> None:
        """Raise ``ForbiddenAddress`` where it can be seen that nothing will ever be sent there."""
        parts = _split(url)
        literal = _as_ip(parts.hostname or "")
        if literal is not None:
            self._require_open(literal, parts)
        elif parts.scheme != "https" and not self._allowed:
            raise ForbiddenAddress("must begin with https://")

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        max_bytes: int,
        timeout_seconds: float,
    ) -> Answer:
        """Send ``body``, and give the answer with the first ``max_bytes`` of what it says.

        Raises ``ForbiddenAddress``, and ``CannotFetch`` where nobody answers in time.
        """
        import httpx2

        parts = _split(url)
        host = parts.hostname or ""
        try:
            async with asyncio.timeout(timeout_seconds):
                addresses = await self._addresses(host, parts)
                async with httpx2.AsyncClient(
                    follow_redirects=False, trust_env=False, verify=_tls(), timeout=timeout_seconds
                ) as http:
                    for nth, address in enumerate(addresses, start=1):
                        try:
                            return await _post_to(
                                http, parts, address, body, headers, max_bytes=max_bytes
                            )
                        except httpx2.ConnectError:
                            if nth == len(addresses):
                                raise
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError, ValueError) as error:
            raise CannotFetch(f"no answer: {type(error).__name__}") from error
        raise CannotFetch("the name has no address")

    async def _addresses(self, host: str, parts: SplitResult) -> list[IpAddress]:
        literal = _as_ip(host)
        if literal is not None:
            found = [literal]
        else:
            async with asyncio.timeout(RESOLVE_TIMEOUT_SECONDS):
                texts = await self._resolve(host, _port(parts))
            found = [ip for ip in map(_as_ip, texts) if ip is not None]
        # All of them: who mixes both wants to see which one is taken.
        for address in found:
            self._require_open(address, parts)
        return found[:MAX_ADDRESSES]

    def _require_open(self, address: IpAddress, parts: SplitResult) -> None:
        real = _unwrapped(address)
        if any(real.version == n.version and real in n for n in self._allowed):
            return
        if not real.is_global or real.is_multicast or real.is_reserved:
            raise ForbiddenAddress("leads into a private network")
        if parts.scheme != "https":
            raise ForbiddenAddress("must begin with https://")


async def _post_to(
    http: httpx2.AsyncClient,
    parts: SplitResult,
    address: IpAddress,
    body: bytes,
    headers: Mapping[str, str],
    *,
    max_bytes: int,
) -> Answer:
    host = parts.hostname or ""
    where = f"[{address}]" if address.version == 6 else str(address)
    target = f"{parts.scheme}://{where}:{_port(parts)}{parts.path or '/'}"
    if parts.query:
        target += f"?{parts.query}"
    sent = {
        "accept-encoding": "identity",  # What is compressed would have to be unpacked within bounds.
        "user-agent": "Causerie",
        **headers,
        "host": parts.netloc.rpartition("@")[2],
    }
    # The certificate is to be of the name, not of the address that the name stood for.
    extensions = {"sni_hostname": host}
    async with http.stream(
        "POST", target, content=body, headers=sent, extensions=extensions
    ) as answer:
        said = bytearray()
        async for part in answer.aiter_raw():
            said += part
            if len(said) >= max_bytes:
                break
        return Answer(
            answer.status_code,
            retry_after_seconds(answer.headers.get("retry-after")),
            bytes(said[:max_bytes]),
        )


def retry_after_seconds(header: str | None, *, now: datetime | None = None) -> float | None:
    """Read ``Retry-After`` (RFC 9110 §10.2.3): seconds from now, None where it says nothing."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable() or " " in url:
        raise ForbiddenAddress("must be an address in printable ASCII")
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError as error:
        raise ForbiddenAddress("must be an address") from error
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ForbiddenAddress("must begin with https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenAddress("must not hold a name or password")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _as_ip(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        # What the C library takes for an address, and a browser too: 127.1, 0x7f.1, 2130706433
        return ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _unwrapped(address: IpAddress) -> IpAddress:
    """Give the address that packets to this one end at."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    return inner or address


@cache
def _tls() -> ssl.SSLContext:
    # Once: reading the system's certificates takes some 20 ms.
    return ssl.create_default_context()
