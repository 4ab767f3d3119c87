"""Sessions in cookies: what a browser keeps out of scripts' reach, and proof that we wrote the page.

A page that holds its tokens in cookies is safe from scripts that read them, and open to other sites
that make its browser send them (CSRF). So each request that changes something and is proven by a
cookie alone carries a second value in a header, which only a page of ours can ask for: an HMAC of a
seed in a cookie of its own, which names the session (OWASP, signed double-submit cookie).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable, Iterator

from litestar.datastructures import Cookie
from litestar.types import Scope

from causerie.foundation.errors import ForeignOrigin, NotOwnRequest
from causerie.gateway.addresses import TrustedProxies, host_of
from causerie.gateway.encryption import says_https
from causerie.gateway.http.requests import header

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 §9.2.1
SEED_BYTES = 16
MAX_COOKIE_CHARS = 4096  # RFC 6265 §6.1; no cookie of ours is near it
NOBODY = "-"  # The seed of who has not logged in yet: logging in is proven too.


class CookieSessions:
    """Reads and writes the cookies of sessions. It keeps nothing; ``sign`` is an HMAC."""

    def __init__(
        self,
        sign: Callable[[bytes], bytes],
        trusted: TrustedProxies,
        *,
        refresh_seconds: int,
        new_seed: Callable[[], str] = lambda: secrets.token_urlsafe(SEED_BYTES),
    ) -> None:
        self._sign = sign
        self._trusted = trusted
        self._refresh_seconds = refresh_seconds
        self._new_seed = new_seed

    def access_token(self, scope: Scope) -> str | None:
        """Give the access token of the cookie, if there is one."""
        return self._find(scope, self._names(scope).access)

    def refresh_token(self, scope: Scope) -> str | None:
        """Give the refresh token of the cookie, if there is one."""
        return self._find(scope, self._names(scope).refresh)

    def csrf(self, scope: Scope, session: str | None) -> tuple[str, list[Cookie]]:
        """Give the token that pages of ``session`` send, and the cookie that it goes with.

        The seed that the browser has stays where it is this session's: another tab uses it.
        """
        seed = self._find(scope, self._names(scope).seed) or ""
        if seed.partition(".")[0] != (session or NOBODY):
            seed = f"{session or NOBODY}.{self._new_seed()}"
        return self._token_of(seed), [self._seed_cookie(scope, seed)]

    def opened(
        self, scope: Scope, *, session: str, access: str, refresh: str, access_seconds: int
    ) -> tuple[str, list[Cookie]]:
        """Give the token for the pages of a session, and the cookies that hold it.

        The seed is a new one: one that was there before the login proves nothing after it.
        """
        names = self._names(scope)
        seed = f"{session}.{self._new_seed()}"
        cookies = [
            self._cookie(scope, names.access, access, seconds=access_seconds),
            self._cookie(scope, names.refresh, refresh, seconds=self._refresh_seconds),
            self._seed_cookie(scope, seed),
        ]
        return self._token_of(seed), cookies

    def closed(self, scope: Scope) -> list[Cookie]:
        """Give the cookies that make a browser forget all of them."""
        names = self._names(scope)
        return [
            self._cookie(scope, names.access, "", seconds=0),
            self._cookie(scope, names.refresh, "", seconds=0),
            self._cookie(scope, names.seed, "", seconds=0),
        ]

    def require_own(self, scope: Scope, *, session: str | None = None) -> None:
        """Refuse what a page of another site may have made the browser send.

        ``session``: the one that the cookie proved; none where nothing is proven yet. Raises
        ``Forbidden``.
        """
        self._require_own_origin(scope)
        seed = self._find(scope, self._names(scope).seed) or ""
        given = header(scope, CSRF_HEADER.lower().encode()) or ""
        is_right = hmac.compare_digest(given.encode(), self._token_of(seed).encode())
        is_for_it = session is None or seed.partition(".")[0] == session
        if not (seed and is_right and is_for_it):
            raise NotOwnRequest(f"Send the token of GET /api/csrf-token as {CSRF_HEADER}")

    @staticmethod
    def _require_own_origin(scope: Scope) -> None:
        origin = header(scope, b"origin")
        if origin is not None and host_of(origin) != (header(scope, b"host") or "").lower():
            raise ForeignOrigin("This request comes from a page of another site")

    def _token_of(self, seed: str) -> str:
        return base64.urlsafe_b64encode(self._sign(seed.encode())).rstrip(b"=").decode()

    def _seed_cookie(self, scope: Scope, seed: str) -> Cookie:
        return self._cookie(scope, self._names(scope).seed, seed, seconds=self._refresh_seconds)

    def _cookie(self, scope: Scope, name: str, value: str, *, seconds: int) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=seconds,
            path="/",  # as __Host- demands
            secure=self.is_secure(scope),
            httponly=True,
            samesite="strict",
        )

    def _names(self, scope: Scope) -> _Names:
        return _SECURE if self.is_secure(scope) else _PLAIN

    def is_secure(self, scope: Scope) -> bool:
        """Say whether the browser speaks https, to us or to a proxy that we trust."""
        if scope["scheme"] == "https":
            return True
        client = scope.get("client")
        return (
            client is not None
            and self._trusted.trusts(client[0])
            and says_https(header(scope, b"x-forwarded-proto"))
        )

    @staticmethod
    def _find(scope: Scope, name: str) -> str | None:
        for found, value in _pairs(header(scope, b"cookie") or ""):
            if found == name and 0 < len(value) <= MAX_COOKIE_CHARS:
                return value
        return None


class _Names:
    """How the cookies are called; the prefix makes a browser keep to what it says (RFC 6265bis).

    Under ``__Host-`` no neighbour under the same domain can plant one: a refresh token of theirs
    would log who comes here in as them.
    """

    def __init__(self, prefix: str) -> None:
        self.access = f"{prefix}causerie_access"
        self.refresh = f"{prefix}causerie_refresh"
        self.seed = f"{prefix}causerie_csrf"


_PLAIN = _Names("")
_SECURE = _Names("__Host-")


def _pairs(cookies: str) -> Iterator[tuple[str, str]]:
    # HTTP/2 joins lines with "; " and our own header() with ", ": ours have neither in them.
    for pair in cookies.replace(",", ";").split(";"):
        name, _, value = pair.partition("=")
        yield name.strip(), value.strip()
