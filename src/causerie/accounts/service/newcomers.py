"""Accounts of whom an outside system vouches for: found by its subject, or made."""

from __future__ import annotations

import structlog

from causerie.accounts.errors import UsernameTaken
from causerie.accounts.events import Change, CredentialsChanged, UserRegistered
from causerie.accounts.model import Identity, NewUser, User, username_for
from causerie.accounts.ports import Identities
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId

log = structlog.get_logger()


class Newcomers:
    """Finds and makes accounts by (issuer, subject); a name alone never opens one."""

    def __init__(
        self, identities: Identities, events: Events, completion: Completion, *, clock: Clock
    ) -> None:
        self._identities = identities
        self._events = events
        self._completion = completion
        self._clock = clock

    async def find(self, issuer: str, subject: str) -> User | None:
        """Find whom a subject stands for."""
        return await self._identities.find(issuer, subject)

    async def link(
        self, issuer: str, subject: str, user_id: UserId, *, address: str
    ) -> Identity | None:
        """Let a subject stand for an account that is here; None where it stands for another.

        Raises ``IdentitiesAreMany``.
        """
        return await self._completion.run(self._link(issuer, subject, user_id, address))

    async def make(self, issuer: str, subject: str, *, name: object, role: str) -> User:
        """Make an account named after what the issuer says, or give the one made meanwhile."""
        return await self._completion.run(self._make(issuer, subject, name, role))

    async def _link(
        self, issuer: str, subject: str, user_id: UserId, address: str
    ) -> Identity | None:
        linked = await self._identities.link(issuer, subject, user_id, at=self._clock.now())
        if linked is None:
            return None
        identity, is_new = linked
        if is_new:
            log.warning("outside_identity_linked", user_id=user_id, client=address)
            change = Change.IDENTITY_LINKED
            self._events.announce([CredentialsChanged(user_id=user_id, change=change, ip=address)])
        return identity

    async def _make(self, issuer: str, subject: str, name: object, role: str) -> User:
        for username in username_for(name, issuer=issuer, subject=subject):
            new = NewUser(
                username=username,
                display_name=username,
                email=None,
                password_hash=None,
                role=role,
            )
            try:
                user = await self._identities.add(issuer, subject, new, at=self._clock.now())
            except UsernameTaken:
                continue
            if user is not None:
                log.info("outside_user_registered", user_id=user.id)
                self._events.announce(
                    [UserRegistered(user_id=user.id, username=username, is_founder=False)]
                )
                return user
            break  # Another request was first.
        found = await self._identities.find(issuer, subject)
        if found is None:
            raise UsernameTaken
        return found
