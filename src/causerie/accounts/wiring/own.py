"""Builds what one does with what proves oneself: factors, sessions, the password, keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from causerie import limits
from causerie.accounts.events import RolesChanged, UserChanged, UserTokensRevoked
from causerie.accounts.model import Registration, TokenPolicy
from causerie.accounts.ports import Passwords, Sessions, Users, Wording
from causerie.accounts.service import (
    AccessTokens,
    ApiKeys,
    Codes,
    DeviceKeeper,
    Invitations,
    OwnAccount,
    Passkeys,
    PasswordChanges,
    PasswordResets,
    Profiles,
    Restrictions,
    RoleBook,
    RoleDesk,
    SessionKeeper,
    StepUp,
    TwoFactor,
)
from causerie.accounts.store import (
    StoredApiKeys,
    StoredDevices,
    StoredInvitations,
    StoredPasskeys,
    StoredPasswordBook,
    StoredProfiles,
    StoredRoles,
    StoredSecondFactors,
)
from causerie.accounts.wiring.mails import Mails
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.crypto import MasterKey
from causerie.foundation.events import Events, Unheard
from causerie.foundation.postgres import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the parts stand on; ``wall`` is the machine's clock as it is, ``clock`` never goes back."""

    database: Database
    events: Events
    completion: Completion
    clock: Clock
    wall: Clock
    random_bytes: Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """What of the login the parts need."""

    guesses: limits.Guesses
    users: Users
    sessions: Sessions
    keeper: SessionKeeper
    tokens: AccessTokens
    roles: RoleBook
    passwords: Passwords
    master: MasterKey
    policy: TokenPolicy
    restrictions: Restrictions
    wording: Wording | None


def build_own(
    ground: Ground,
    proofs: Proofs,
    mails: Mails,
    *,
    issuer: str,
    offers_2fa: bool,
    registration: Registration,
) -> OwnAccount:
    """Build the parts; ``issuer`` is what authenticators show beside the username."""
    factors = StoredSecondFactors(ground.database, proofs.master)
    # People's phones go by the wall time, and the books of what is spent know what comes again.
    codes = Codes(factors, proofs.guesses, ground.events, ground.wall)
    step_up = StepUp(
        proofs.users,
        proofs.sessions,
        passwords=proofs.passwords,
        codes=codes,
        guesses=proofs.guesses,
        policy=proofs.policy,
        clock=ground.clock,
    )
    two_factor = TwoFactor(
        factors,
        codes=codes,
        step_up=step_up,
        events=ground.events,
        completion=ground.completion,
        clock=ground.clock,
        random_bytes=ground.random_bytes,
        issuer=issuer,
        is_offered=offers_2fa,
    )
    devices = DeviceKeeper(
        StoredDevices(ground.database),
        step_up=step_up,
        events=ground.events,
        completion=ground.completion,
        clock=ground.clock,
    )
    return OwnAccount(
        codes=codes,
        step_up=step_up,
        two_factor=two_factor,
        passkeys=_passkeys(ground, proofs, step_up),
        devices=devices,
        password_changes=_password_changes(ground, proofs, mails, step_up),
        resets=_resets(ground, proofs, mails),
        api_keys=_api_keys(ground, proofs, step_up),
        invitations=Invitations(
            StoredInvitations(ground.database),
            proofs.users,
            registration=registration,
            step_up=step_up,
            completion=ground.completion,
            clock=ground.clock,
            random_bytes=ground.random_bytes,
        ),
        profiles=Profiles(
            StoredProfiles(ground.database),
            proofs.restrictions,
            wording=proofs.wording,
            events=ground.events,
            completion=ground.completion,
            clock=ground.clock,
        ),
        role_desk=RoleDesk(
            StoredRoles(ground.database),
            proofs.users,
            proofs.roles,
            step_up=step_up,
            events=ground.events,
            completion=ground.completion,
        ),
    )


def _passkeys(ground: Ground, proofs: Proofs, step_up: StepUp) -> Passkeys:
    return Passkeys(
        StoredPasskeys(ground.database),
        proofs.users,
        sessions=proofs.keeper,
        step_up=step_up,
        events=ground.events,
        completion=ground.completion,
        clock=ground.clock,
        random_bytes=ground.random_bytes,
        # WebAuthn Level 3 §14.6.1: says nothing about the user to who finds the device.
        handle_of=lambda user_id: proofs.master.sign(b"%d" % user_id, purpose="passkey user"),
    )


def _password_changes(
    ground: Ground, proofs: Proofs, mails: Mails, step_up: StepUp
) -> PasswordChanges:
    return PasswordChanges(
        StoredPasswordBook(ground.database, tells=mails.queue is not None),
        passwords=proofs.passwords,
        step_up=step_up,
        events=ground.events,
        completion=ground.completion,
        clock=ground.clock,
    )


def _resets(ground: Ground, proofs: Proofs, mails: Mails) -> PasswordResets:
    return PasswordResets(
        mails.tokens,
        mails.queue,
        wake=mails.wake,
        passwords=proofs.passwords,
        guesses=proofs.guesses,
        events=ground.events,
        completion=ground.completion,
        clock=ground.clock,
    )


def _api_keys(ground: Ground, proofs: Proofs, step_up: StepUp) -> ApiKeys:
    keys = ApiKeys(
        StoredApiKeys(ground.database),
        tokens=proofs.tokens,
        roles=proofs.roles,
        step_up=step_up,
        events=ground.events,
        completion=ground.completion,
        clock=ground.clock,
        random_bytes=ground.random_bytes,
    )
    ground.events.listen_everywhere(UserTokensRevoked, keys.on_changed)
    ground.events.listen_everywhere(UserChanged, keys.on_changed)
    ground.events.listen(RolesChanged, keys.on_changed)
    ground.events.listen(Unheard, keys.on_changed)
    return keys
