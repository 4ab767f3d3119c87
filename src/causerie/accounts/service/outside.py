"""Tokens of an outside issuer: proven by its keys, and standing for accounts of ours."""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec
import structlog

from causerie.accounts.errors import TokenMalformed
from causerie.accounts.events import RoleAssigned, UserChanged
from causerie.accounts.model import (
    MAX_OUTSIDE_TOKEN_BYTES,
    Claims,
    OutsideClaims,
    OutsideIssuer,
    Role,
    User,
    claim_at,
    name_of_session,
    role_for,
)
from causerie.accounts.ports import OutsideKeys, Users
from causerie.accounts.service.claims import require_in_force
from causerie.accounts.service.newcomers import Newcomers
from causerie.accounts.service.roles import RoleBook
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events

log = structlog.get_logger()


class _Issued(msgspec.Struct):
    iss: str


class OutsideTokens:
    """Proves what one outside issuer has signed, and makes accounts for whom it has not met yet.

    An account made here has no password, and its role is what the issuer says at each proof where
    roles are mapped. It is nobody's who is here already, whatever name the issuer gives.
    """

    def __init__(
        self,
        issuer: OutsideIssuer,
        keys: OutsideKeys,
        newcomers: Newcomers,
        *,
        users: Users,
        roles: RoleBook,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._roles = roles
        self._issuer = issuer
        self._keys = keys
        self._newcomers = newcomers
        self._users = users
        self._events = events
        self._completion = completion
        self._clock = clock

    def is_theirs(self, token: str) -> bool:
        """Say whether a token names the issuer: nothing is proven by it but whose keys to ask."""
        if len(token) > MAX_OUTSIDE_TOKEN_BYTES or token.count(".") != 2:
            return False
        try:
            payload = base64.urlsafe_b64decode(token.split(".")[1].encode("ascii") + b"==")
            return msgspec.json.decode(payload, type=_Issued).iss == self._issuer.issuer
        except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
            return False

    async def read(self, token: str) -> Claims:
        """Prove a token, and give its claims in our words, its user's id among them.

        Raises the refusal of the first check that it fails, or ``Unavailable``.
        """
        payload = await self._keys.read(token)
        try:
            theirs = msgspec.json.decode(payload, type=OutsideClaims)
            everything = msgspec.json.decode(payload, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TokenMalformed from error
        require_in_force(theirs, self._issuer.policy(), now=self._clock.now().timestamp())
        user = await self._user_of(theirs, everything)
        token_id = theirs.jti or hashlib.sha256(token.encode()).hexdigest()
        return Claims(
            sub=str(user.id),
            iss=theirs.iss,
            aud=theirs.aud,
            iat=theirs.iat,
            nbf=theirs.nbf,
            exp=theirs.exp,
            # Under names of our own: theirs may be anything, and may be those of our sessions.
            jti=name_of_session(theirs.iss, f"jti {token_id}"),
            sid=name_of_session(theirs.iss, theirs.sid or f"jti {token_id}"),
        )

    async def _user_of(self, claims: OutsideClaims, everything: dict[str, object]) -> User:
        user = await self._newcomers.find(claims.iss, claims.sub)
        role = self._role_of(everything)
        if user is None:
            name = claim_at(everything, self._issuer.username_claim)
            return await self._newcomers.make(claims.iss, claims.sub, name=name, role=role)
        if self._issuer.role_claim is not None and user.role != role:
            return await self._completion.run(self._change_role(user, role))
        return user

    def _role_of(self, everything: dict[str, object]) -> str:
        path = self._issuer.role_claim
        role = role_for(None if path is None else claim_at(everything, path), self._issuer.roles)
        if self._roles.has(role):
            return role
        log.warning("outside_role_unknown", role=role)  # trusted_issuer.roles names one of ours
        return Role.USER

    async def _change_role(self, user: User, role: str) -> User:
        changed = await self._users.change_role(user.username, role)
        log.warning("role_changed", user_id=user.id, role=role, by="outside issuer")
        self._events.announce(
            [UserChanged(user_id=user.id), RoleAssigned(user_id=user.id, role=role)]
        )
        return changed or user
