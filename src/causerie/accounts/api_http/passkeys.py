"""Passkeys over HTTP: ``/auth/passkeys``."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of, proof_of
from causerie.accounts.model import ShownPasskey, Site
from causerie.accounts.service import AccountService
from causerie.accounts.wire import (
    CredentialBody,
    LoggedInBody,
    NewPasskeyBody,
    PasskeyBody,
    PasskeyItems,
    PasskeyOptionsBody,
    ProofBody,
    logged_in_body,
    passkey_body,
)
from causerie.foundation.errors import Unreadable
from causerie.gateway.http import (
    AUTH,
    AUTH_TIER,
    Acting,
    AnyRequest,
    ClientAddress,
    CookieSessions,
    positive_id,
)


class Sites:
    """Says for whom passkeys are made: the address that the operator named, or that was asked.

    A page of another address gains nothing by asking here: its browser makes and shows passkeys of
    that address only, and the answers are compared with what was asked.
    """

    def __init__(self, public_url: str | None, cookies: CookieSessions) -> None:
        self._cookies = cookies
        self._site = None
        if public_url is not None:
            parts = urlsplit(public_url)
            self._site = Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}".lower())

    def of(self, request: AnyRequest) -> Site:
        """Give the site of a request."""
        if self._site is not None:
            return self._site
        asked = request.headers.get("host", "").lower()
        scheme = "https" if self._cookies.is_secure(request.scope) else "http"
        try:
            host = urlsplit(f"//{asked}").hostname
        except ValueError:
            host = None
        if not host:
            raise Unreadable("The request names no host")
        return Site(host, f"{scheme}://{asked}")

    def shown(self, credential: dict[str, object], request: AnyRequest) -> ShownPasskey:
        """Give the passkey that a request shows."""
        return ShownPasskey(msgspec.json.encode(credential).decode(), self.of(request))


def passkey_routes(accounts: AccountService, sites: Sites) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    return [*_own(accounts, sites), *_using(accounts, sites)]


def _own(accounts: AccountService, sites: Sites) -> Sequence[ControllerRouterHandler]:
    passkeys = accounts.passkeys

    @post("/auth/passkeys/options", opt=AUTH_TIER, status_code=200, summary="Make a passkey: ask")
    @counted
    async def propose(
        principal: Acting,
        request: AnyRequest,
        client_address: ClientAddress,
        data: JSONBody[ProofBody | None] = None,
    ) -> PasskeyOptionsBody:
        """Give what the browser makes a passkey with.

        Needs a step-up, or the proof itself; the answer goes to `POST /auth/passkeys` in 5 minutes.
        """
        made = await passkeys.propose(
            principal, proof_of(data), sites.of(request), origin_of(request, client_address)
        )
        return _options(made)

    @post("/auth/passkeys", opt=AUTH_TIER, status_code=201, summary="Make a passkey: answer")
    @counted
    async def add(
        principal: Acting,
        data: JSONBody[NewPasskeyBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> PasskeyBody:
        """Keep the passkey that the browser made; it logs in from now on, without a password."""
        return passkey_body(
            await passkeys.add(
                principal,
                sites.shown(data.credential, request),
                name=data.name,
                origin=origin_of(request, client_address),
            )
        )

    @get("/auth/passkeys", summary="My passkeys")
    async def show(principal: Acting) -> PasskeyItems:
        return PasskeyItems([passkey_body(p) for p in await passkeys.list_of(principal.user_id)])

    @delete("/auth/passkeys/{passkey_id:str}", status_code=204, summary="Remove a passkey")
    async def remove(
        principal: Acting,
        passkey_id: FromPath[str],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> None:
        """Needs a step-up. Sessions that it opened go on: end them under `/auth/sessions`."""
        await passkeys.remove(
            principal,
            positive_id(passkey_id, resource="passkey"),
            None,
            origin_of(request, client_address),
        )

    return [propose, add, show, remove]


def _using(accounts: AccountService, sites: Sites) -> Sequence[ControllerRouterHandler]:
    passkeys = accounts.passkeys

    @post("/auth/passkeys/login/options", opt=AUTH, status_code=200, summary="Log in: ask")
    async def ask(request: AnyRequest) -> PasskeyOptionsBody:
        """Give what the browser shows a passkey by; it names nobody, the device knows whose it is."""
        return _options(await passkeys.ask(sites.of(request)))

    @post("/auth/passkeys/login", opt=AUTH, status_code=200, summary="Log in by a passkey")
    @counted
    async def login(
        data: JSONBody[CredentialBody], request: AnyRequest, client_address: ClientAddress
    ) -> LoggedInBody:
        """Log in whose passkey it is: the device and what opens it are both factors."""
        origin = origin_of(request, client_address)
        return logged_in_body(await passkeys.login(sites.shown(data.credential, request), origin))

    @post("/auth/step-up/passkey/options", opt=AUTH_TIER, status_code=200, summary="Step-up: ask")
    async def ask_again(principal: Acting, request: AnyRequest) -> PasskeyOptionsBody:
        return _options(await passkeys.ask(sites.of(request), principal.user_id))

    @post("/auth/step-up/passkey", opt=AUTH_TIER, status_code=204, summary="Step-up by a passkey")
    @counted
    async def step_up(
        principal: Acting,
        data: JSONBody[CredentialBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> None:
        """Allow sensitive actions to this session for 5 minutes."""
        await passkeys.step_up(
            principal,
            sites.shown(data.credential, request),
            origin_of(request, client_address),
        )

    return [ask, login, ask_again, step_up]


def _options(made: str) -> PasskeyOptionsBody:
    return PasskeyOptionsBody(msgspec.json.decode(made, type=dict[str, object]))
