"""Builds accounts: store, service, routes and the loop for the workers."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litestar.types import ControllerRouterHandler

from causerie import limits
from causerie.accounts.api_http import account_routes
from causerie.accounts.broadcast import listen, teach_v2
from causerie.accounts.jobs import (
    end_statuses,
    keep_accounts_up,
    keep_keys_up,
    watch_restrictions,
    watch_revocations,
)
from causerie.accounts.model import ID_BYTES, TokenPolicy
from causerie.accounts.ports import Emails, SigningKeys, TokenSigner, Wording
from causerie.accounts.service import (
    AccessTokens,
    AccountService,
    KeyKeeper,
    Newcomers,
    PersonalDataKeeper,
    Restrictions,
    RevocationWatch,
    RoleBook,
    SessionKeeper,
)
from causerie.accounts.store import (
    RedisProofs,
    SharedSigner,
    StoredDataKeys,
    StoredEmails,
    StoredIdentities,
    StoredKeys,
    StoredRestrictions,
    StoredRevocations,
    StoredSessions,
    StoredUsers,
    open_data_keys,
)
from causerie.accounts.wiring.hearing import listen_to_others
from causerie.accounts.wiring.mails import Mails, build_mails
from causerie.accounts.wiring.oidc import build_oidc
from causerie.accounts.wiring.options import HS256, AccountOptions
from causerie.accounts.wiring.outside import build_outside
from causerie.accounts.wiring.own import Ground, Proofs, build_own
from causerie.accounts.wiring.passwords import build_passwords
from causerie.accounts.wiring.trust import build_trust
from causerie.foundation.cache import Cache
from causerie.foundation.clock import Clock, ForwardClock, SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.crypto import FieldCipher, MasterKey, PasswordHashes, load_master_key
from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, MigrationSource
from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.http import CookieSessions

if TYPE_CHECKING:
    from causerie.gateway.grpc import Service

MIGRATIONS = MigrationSource(schema="accounts", package="causerie.accounts")


@dataclass(frozen=True, slots=True)
class _Crypto:
    master: MasterKey
    signer: TokenSigner
    passwords: PasswordHashes
    emails: StoredEmails


@dataclass(frozen=True, slots=True)
class Accounts:
    """What assembly takes from accounts. ``close`` lets the hashing threads go, at the very end."""

    service: AccountService
    keys: KeyKeeper
    restrictions: Restrictions
    personal: PersonalDataKeeper
    emails: Emails
    # For the personal fields of other slices too.
    cipher: FieldCipher
    cookies: CookieSessions
    routes: Sequence[ControllerRouterHandler]
    run: Callable[[], Awaitable[None]]
    run_keys: Callable[[], Awaitable[None]]
    run_statuses: Callable[[], Awaitable[None]]
    mails: Mails
    watch: Callable[[], Awaitable[None]]
    watch_revocations: Callable[[], Awaitable[None]]
    share_proofs: Callable[[], Awaitable[None]] | None  # where there are other nodes
    close: Callable[[], None]


async def build(  # noqa: PLR0913 - the parts, each by name
    database: Database,
    options: AccountOptions,
    *,
    events: Events,
    completion: Completion,
    guesses: limits.Guesses,
    wording: Wording | None = None,
    clock: Clock | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    cache: Cache | None = None,
) -> Accounts:
    """Build accounts on an open database whose migrations have run.

    Makes the master key and the signing key where they are missing. Raises ``WeakSecret``,
    ``MasterKeyUnusable``, ``BreachesUnusable`` or ``CannotUnseal``, whose texts are for the operator, and
    ``Unavailable``.
    """
    # Set back by an hour it would take tokens again that have expired.
    wall = clock or SystemClock()
    clock = ForwardClock(wall)
    master = load_master_key(options.data_dir, configured=options.master_key)
    signer, keys = await _keys(database, options, master, clock)
    cipher = await open_data_keys(database, master)
    data_keys = StoredDataKeys(database, master, cipher)
    emails = StoredEmails(database, cipher, data_keys, master)
    passwords = build_passwords(options)
    restrictions = Restrictions(StoredRestrictions(database), events, clock)
    await restrictions.load()
    mails = build_mails(
        database,
        StoredUsers(database, emails),
        emails,
        server=options.mail,
        base=options.public_url,
        clock=clock,
        master=master,
    )
    ground = Ground(
        database=database,
        events=events,
        completion=completion,
        clock=clock,
        wall=wall,
        random_bytes=random_bytes,
    )
    proofs = None if cache is None else RedisProofs(cache, master)
    service, tokens = _service(
        ground,
        options,
        mails=mails,
        restrictions=restrictions,
        crypto=_Crypto(master, signer, passwords, emails),
        guesses=guesses,
        wording=wording,
        proofs=proofs,
    )
    await service.open()
    keeper = KeyKeeper(
        keys, events, completion, clock=clock, rotate_every_seconds=options.rotate_keys_seconds
    )
    revocations = RevocationWatch(
        StoredRevocations(database),
        tokens,
        events,
        refresh_roles=service.look_at_roles,
        refresh_keys=keeper.keep_up,
    )
    await revocations.look()
    personal = PersonalDataKeeper(data_keys, emails)
    cookies = CookieSessions(
        lambda seed: master.sign(seed, purpose="csrf"),
        TrustedProxies(options.trusted_proxies),
        refresh_seconds=options.refresh_seconds,
    )
    return Accounts(
        service=service,
        keys=keeper,
        restrictions=restrictions,
        mails=mails,
        watch=lambda: watch_restrictions(restrictions),
        watch_revocations=lambda: watch_revocations(revocations),
        share_proofs=None if proofs is None else proofs.run,
        personal=personal,
        emails=emails,
        cipher=cipher,
        cookies=cookies,
        routes=account_routes(service, cookies, public_url=options.public_url),
        run=lambda: keep_accounts_up(service),
        run_keys=lambda: keep_keys_up(keeper, personal),
        run_statuses=lambda: end_statuses(service.profiles),
        close=passwords.close,
    )


def _service(
    ground: Ground,
    options: AccountOptions,
    *,
    mails: Mails,
    crypto: _Crypto,
    restrictions: Restrictions,
    guesses: limits.Guesses,
    wording: Wording | None,
    proofs: RedisProofs | None,
) -> tuple[AccountService, AccessTokens]:
    database, events, clock = ground.database, ground.events, ground.clock
    completion, random_bytes = ground.completion, ground.random_bytes
    policy = TokenPolicy(
        issuer=options.jwt_issuer,
        audience=options.jwt_audience,
        access_seconds=options.access_seconds,
        refresh_seconds=options.refresh_seconds,
        lifetime_seconds=options.lifetime_seconds,
        has_foreign_sessions=options.jwt_algorithm == HS256,
    )
    users, sessions = StoredUsers(database, crypto.emails), StoredSessions(database)
    roles = RoleBook(users)
    newcomers = Newcomers(StoredIdentities(database), events, completion, clock=clock)
    tokens = AccessTokens(
        crypto.signer,
        sessions,
        roles,
        restrictions,
        policy=policy,
        clock=clock,
        new_id=lambda: random_bytes(ID_BYTES).hex(),
        outside=build_outside(
            options.trusted_issuer,
            newcomers=newcomers,
            users=users,
            roles=roles,
            events=events,
            completion=completion,
            clock=clock,
        ),
        shared=proofs,
    )
    keeper = SessionKeeper(
        sessions,
        tokens,
        restrictions,
        events,
        completion,
        policy=policy,
        clock=clock,
        random_bytes=random_bytes,
    )
    own = build_own(
        ground,
        Proofs(
            guesses=guesses,
            users=users,
            sessions=sessions,
            keeper=keeper,
            tokens=tokens,
            roles=roles,
            passwords=crypto.passwords,
            master=crypto.master,
            policy=policy,
            restrictions=restrictions,
            wording=wording,
        ),
        mails,
        issuer=options.jwt_issuer,
        offers_2fa=options.enable_2fa,
        registration=options.registration,
    )
    oidc, linked = build_oidc(
        options.oidc,
        ground,
        newcomers=newcomers,
        users=users,
        emails=crypto.emails,
        sessions=keeper,
        own=own,
        master=crypto.master,
    )
    service = AccountService(
        users,
        passwords=crypto.passwords,
        sessions=keeper,
        tokens=tokens,
        roles=roles,
        own=own,
        oidc=oidc,
        identities=linked,
        guesses=guesses,
        events=events,
        completion=completion,
        clock=clock,
    )
    listen_to_others(events, tokens, service)
    return service, tokens


async def _keys(
    database: Database, options: AccountOptions, master: MasterKey, clock: Clock
) -> tuple[TokenSigner, SigningKeys | None]:
    if options.jwt_algorithm == HS256:
        return SharedSigner(options.jwt_secret or ""), None
    keys = StoredKeys(
        database,
        master,
        algorithm=options.jwt_algorithm,
        longest_seconds=options.access_seconds,
        clock=clock,
    )
    await keys.open()
    return keys, keys


def grpc_service(accounts: Accounts) -> Service:
    """What gRPC is told of accounts."""
    from causerie.accounts.api_grpc import account_service

    return account_service(accounts.service)


__all__ = [
    "MIGRATIONS",
    "AccountOptions",
    "Accounts",
    "build",
    "build_trust",
    "grpc_service",
    "listen",
    "teach_v2",
]
