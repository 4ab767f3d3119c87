"""An OpenID provider over HTTP: its description, its keys, and codes exchanged for tokens."""

from __future__ import annotations

import msgspec
import structlog
from typing_extensions import override

from causerie.accounts.errors import OidcRefused
from causerie.accounts.model import (
    KEYS_FRESH_SECONDS,
    KEYS_TIMEOUT_SECONDS,
    MAX_KEYS_BYTES,
    Endpoints,
    OidcProvider,
    OutsideIssuer,
)
from causerie.accounts.ports import ProviderClient
from causerie.accounts.store.outside_keys import FetchedKeys
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import ALGORITHMS
from causerie.foundation.errors import Unavailable
from causerie.foundation.outbound import (
    CannotFetch,
    fetch,
    is_secure_address,
    post_form,
)

log = structlog.get_logger()

_DESCRIPTION = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0 §4
_CLIENT_ERRORS = range(400, 500)


class _Tokens(msgspec.Struct):
    id_token: str


class HttpProvider(ProviderClient):
    """The port over HTTP; asked at the first login and not at start."""

    def __init__(self, provider: OidcProvider, *, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._endpoints: Endpoints | None = None
        self._keys: FetchedKeys | None = None
        self._described_at = 0.0
        self._may_be_plain = provider.issuer.startswith("http://")

    @override
    async def endpoints(self) -> Endpoints:
        known = self._endpoints
        if known is not None and self._clock.monotonic() < self._described_at + KEYS_FRESH_SECONDS:
            return known
        try:
            self._take(await self._describe())
        except CannotFetch as error:
            log.warning("oidc_provider_unreadable", reason=str(error))
            if known is None:
                raise Unavailable("The login provider cannot be asked now") from error
            return known
        return await self.endpoints()

    @override
    async def exchange(self, code: str, *, verifier: str) -> str:
        endpoints = await self.endpoints()
        secret = self._provider.client_secret
        try:
            status, body = await post_form(
                endpoints.token_endpoint,
                {
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": self._provider.redirect_uri,
                    "client_id": self._provider.client_id,
                    "code_verifier": verifier,
                },
                credentials=None if secret is None else (self._provider.client_id, secret),
                max_bytes=MAX_KEYS_BYTES,
                timeout_seconds=KEYS_TIMEOUT_SECONDS,
            )
        except CannotFetch as error:
            raise Unavailable("The login provider cannot be asked now") from error
        if status in _CLIENT_ERRORS:
            raise OidcRefused
        if status != 200:
            raise Unavailable("The login provider cannot be asked now")
        try:
            return msgspec.json.decode(body, type=_Tokens).id_token
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise OidcRefused from error

    @override
    async def read(self, id_token: str) -> bytes:
        await self.endpoints()
        if self._keys is None:
            raise Unavailable("The login provider cannot be asked now")
        return await self._keys.read(id_token)

    async def _describe(self) -> Endpoints:
        url = self._provider.issuer.rstrip("/") + _DESCRIPTION
        body = await fetch(url, max_bytes=MAX_KEYS_BYTES, timeout_seconds=KEYS_TIMEOUT_SECONDS)
        try:
            found = msgspec.json.decode(body, type=Endpoints)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise CannotFetch(f"{url} is no description of a provider") from error
        # §4.3: it must speak of itself, or another could stand in for it.
        if found.issuer != self._provider.issuer:
            raise CannotFetch(f"{url} describes {found.issuer}")
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if not is_secure_address(address, allow_loopback=self._may_be_plain):
                raise CannotFetch(f"{url} names an address without TLS")
        return found

    def _take(self, found: Endpoints) -> None:
        if self._keys is None or self._endpoints is None or self._endpoints != found:
            self._keys = FetchedKeys(
                OutsideIssuer(
                    issuer=found.issuer,
                    jwks_url=found.jwks_uri,
                    audience=self._provider.client_id,
                    algorithms=ALGORITHMS,
                ),
                clock=self._clock,
            )
        self._endpoints = found
        self._described_at = self._clock.monotonic()
