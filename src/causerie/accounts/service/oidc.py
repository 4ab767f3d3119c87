"""Logging in through an OpenID provider: authorization code, PKCE, state and nonce."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
import structlog

from causerie.accounts.errors import OidcRefused, OtpNeeded, RegistrationClosed
from causerie.accounts.model import (
    FLOW_SECONDS,
    MAX_CODE_CHARACTERS,
    MAX_FLOW_CHARACTERS,
    PROVEN_SECONDS,
    SECRET_BYTES,
    Flow,
    IdClaims,
    LoggedIn,
    OidcProvider,
    Origin,
    ProvenFlow,
    Role,
    User,
)
from causerie.accounts.ports import Emails, ProviderClient, Users
from causerie.accounts.service.claims import require_in_force
from causerie.accounts.service.codes import Codes
from causerie.accounts.service.newcomers import Newcomers
from causerie.accounts.service.sessions import SessionKeeper
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import CannotUnseal, MasterKey

log = structlog.get_logger()

_FLOW, _PROVEN = "accounts.oidc.flow", "accounts.oidc.proven"
T = TypeVar("T")


class OidcLogin:
    """Both steps. Between them the server keeps nothing: the client holds a sealed ``Flow``."""

    def __init__(  # noqa: PLR0913 - the parts, each by name
        self,
        provider: OidcProvider,
        client: ProviderClient,
        *,
        newcomers: Newcomers,
        users: Users,
        emails: Emails,
        sessions: SessionKeeper,
        codes: Codes,
        master: MasterKey,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._provider = provider
        self._client = client
        self._newcomers = newcomers
        self._users = users
        self._emails = emails
        self._sessions = sessions
        self._codes = codes
        self._master = master
        self._clock = clock
        self._random_bytes = random_bytes

    async def start(self, *, session: str | None = None) -> tuple[str, str]:
        """Give the address to send somebody to, and the flow to keep. Raises ``Unavailable``.

        With a ``session`` the flow is that session's, and for nothing but ``prove``.
        """
        endpoints = await self._client.endpoints()
        flow = Flow(
            state=self._new_secret(),
            nonce=self._new_secret(),
            verifier=self._new_secret(),
            expires=self._now() + FLOW_SECONDS,
            session=session,
        )
        challenge = _b64(hashlib.sha256(flow.verifier.encode()).digest())  # RFC 7636 §4.2
        asked = urlencode(
            {
                "response_type": "code",
                "client_id": self._provider.client_id,
                "redirect_uri": self._provider.redirect_uri,
                "scope": self._provider.scopes,
                "state": flow.state,
                "nonce": flow.nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        separator = "&" if "?" in endpoints.authorization_endpoint else "?"
        return f"{endpoints.authorization_endpoint}{separator}{asked}", self._seal(flow, _FLOW)

    async def finish(self, sealed: str, *, code: str, state: str, origin: Origin) -> LoggedIn:
        """Log in whom the provider names.

        Raises ``OidcRefused``, ``RegistrationClosed``, ``OtpNeeded``, ``Banned``, ``Unavailable``,
        or the refusal of the check that the ID token fails.
        """
        user = await self._user_of(await self.prove(sealed, code=code, state=state), origin)
        if await self._has_second_factor(user):
            proven = ProvenFlow(user.id, user.username, self._now() + PROVEN_SECONDS)
            raise OtpNeeded(self._seal(proven, _PROVEN))
        return await self._sessions.start(user, origin)

    async def prove(
        self, sealed: str, *, code: str, state: str, session: str | None = None
    ) -> IdClaims:
        """Say whom the provider names, to the session that began; None: to who is not logged in.

        Raises ``OidcRefused``, ``Unavailable``, or the refusal of the check that the ID token fails.
        """
        flow = self._unseal(sealed, _FLOW, Flow)
        if flow.expires <= self._now() or not _same(flow.state, state) or flow.session != session:
            raise OidcRefused
        if not 0 < len(code) <= MAX_CODE_CHARACTERS:
            raise OidcRefused
        return await self._claims_of(
            await self._client.exchange(code, verifier=flow.verifier), flow
        )

    async def finish_with_code(self, sealed: str, *, otp: str, origin: Origin) -> LoggedIn:
        """Log in who was told that a code is needed. Raises ``OidcRefused``, ``WrongCode``."""
        proven = self._unseal(sealed, _PROVEN, ProvenFlow)
        if proven.expires <= self._now():
            raise OidcRefused
        await self._codes.require(proven.user_id, otp, origin)
        found = await self._users.get_many([proven.user_id])
        if not found:
            raise OidcRefused
        return await self._sessions.start(found[0], origin)

    async def _claims_of(self, id_token: str, flow: Flow) -> IdClaims:
        payload = await self._client.read(id_token)
        try:
            claims = msgspec.json.decode(payload, type=IdClaims)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise OidcRefused from error
        require_in_force(claims, self._provider.policy(), now=self._clock.now().timestamp())
        # OpenID Connect Core 1.0 §3.1.3.7: made for us, and for this very login.
        is_shared = isinstance(claims.aud, list) and len(claims.aud) > 1
        ours = self._provider.client_id
        if (claims.azp is not None or is_shared) and claims.azp != ours:
            raise OidcRefused
        if not _same(claims.nonce, flow.nonce):
            raise OidcRefused
        return claims

    async def _user_of(self, claims: IdClaims, origin: Origin) -> User:
        user = await self._newcomers.find(claims.iss, claims.sub)
        if user is not None:
            return user
        address = claims.email if claims.email_verified is True else None
        if address is not None and self._provider.links_by_email:
            found = await self._emails.find_by_email(address)
            if len(found) == 1:
                await self._newcomers.link(claims.iss, claims.sub, found[0].id, address=origin.ip)
                # Whoever was first: a twin of this request may have made it another's.
                linked = await self._newcomers.find(claims.iss, claims.sub)
                if linked is not None:
                    return linked
        if not self._provider.creates_accounts:
            raise RegistrationClosed
        name = claims.preferred_username or claims.email
        return await self._newcomers.make(claims.iss, claims.sub, name=name, role=Role.USER)

    async def _has_second_factor(self, user: User) -> bool:
        credentials = await self._users.find_credentials(user.username)
        return credentials is not None and credentials.has_second_factor

    def _seal(self, value: Flow | ProvenFlow, place: str) -> str:
        return _b64(self._master.seal(msgspec.json.encode(value), place=place))

    def _unseal(self, sealed: str, place: str, kind: type[T]) -> T:
        if len(sealed) > MAX_FLOW_CHARACTERS:
            raise OidcRefused
        try:
            raw = base64.urlsafe_b64decode(sealed.encode("ascii") + b"==")
            return msgspec.json.decode(self._master.unseal(raw, place=place), type=kind)
        except (CannotUnseal, binascii.Error, ValueError) as error:
            raise OidcRefused from error

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _new_secret(self) -> str:
        return _b64(self._random_bytes(SECRET_BYTES))


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(
        one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass")
    )
