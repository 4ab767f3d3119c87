"""The keys of an outside issuer, fetched from its JWKS address and kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from typing_extensions import override

from causerie.accounts.errors import AlgorithmNotAllowed, KeyUnknown
from causerie.accounts.model import (
    KEYS_FRESH_SECONDS,
    KEYS_RETRY_SECONDS,
    KEYS_STALE_SECONDS,
    KEYS_TIMEOUT_SECONDS,
    MAX_KEYS_BYTES,
    MAX_OUTSIDE_TOKEN_BYTES,
    OutsideIssuer,
)
from causerie.accounts.ports import OutsideKeys
from causerie.accounts.store.keys import read_signed
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import KeySet, NotAKeySet, import_public_keys
from causerie.foundation.errors import Unavailable
from causerie.foundation.outbound import CannotFetch, fetch

log = structlog.get_logger()


async def _fetch_keys(url: str) -> bytes:
    return await fetch(url, max_bytes=MAX_KEYS_BYTES, timeout_seconds=KEYS_TIMEOUT_SECONDS)


class FetchedKeys(OutsideKeys):
    """The port over HTTP: asked at the first token and not at start, so that no start waits."""

    def __init__(
        self,
        issuer: OutsideIssuer,
        *,
        clock: Clock,
        fetch_keys: Callable[[str], Awaitable[bytes]] = _fetch_keys,
    ) -> None:
        self._issuer = issuer
        self._clock = clock
        self._fetch_keys = fetch_keys
        self._keys: KeySet | None = None
        self._fetched_at = self._asked_at = -KEYS_STALE_SECONDS
        self._asking = asyncio.Lock()

    @override
    async def read(self, token: str) -> bytes:
        keys = await self._current()
        try:
            return read_signed(keys, token)
        except (KeyUnknown, AlgorithmNotAllowed):
            newer = await self._ask_again()
            if newer is None or newer is keys:
                raise
            return read_signed(newer, token)

    async def _current(self) -> KeySet:
        age = self._clock.monotonic() - self._fetched_at
        keys = self._keys
        if keys is None or age >= KEYS_FRESH_SECONDS:
            keys = await self._ask_again()
        if keys is None or self._clock.monotonic() - self._fetched_at >= KEYS_STALE_SECONDS:
            raise Unavailable("The keys of the token's issuer cannot be read now")
        return keys

    async def _ask_again(self) -> KeySet | None:
        """Fetch the keys, unless that was tried just now; gives what there is."""
        async with self._asking:
            if self._clock.monotonic() >= self._asked_at + KEYS_RETRY_SECONDS:
                self._asked_at = self._clock.monotonic()
                await self._ask()
            return self._keys

    async def _ask(self) -> None:
        try:
            fetched = await self._fetch_keys(self._issuer.jwks_url)
            found = import_public_keys(fetched, self._issuer.algorithms)
        except (CannotFetch, NotAKeySet) as error:
            log.warning("issuer_keys_unreadable", issuer=self._issuer.issuer, reason=str(error))
            return
        self._keys = KeySet(found, max_token_bytes=MAX_OUTSIDE_TOKEN_BYTES, may_be_silent=True)
        self._fetched_at = self._clock.monotonic()
        log.info("issuer_keys_read", issuer=self._issuer.issuer, keys=len(found))
