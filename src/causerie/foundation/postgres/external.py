"""An external PostgreSQL, looked at before anything rests on it, and given the two roles."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg
import structlog

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import roles
from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.endpoint import Endpoint
from causerie.foundation.postgres.errors import DatabaseRefused
from causerie.foundation.postgres.fitness import require_fit
from causerie.foundation.postgres.queries import Queries

log = structlog.get_logger()

_QUERIES = Queries.load("causerie.foundation.postgres", "external.sql")
ROLES_LOCK_KEY = 0x6361757365726966  # Beside the migrations' key.
# A database that is started together with the server (compose, a reboot) is waited for.
REACH_TIMEOUT_SECONDS = 30.0
REACH_PAUSE_SECONDS = 0.5
# Said at once, then after twice the time: the log of a long wait stays short.
FIRST_NOTICE_SECONDS = 2.0
_FILES = {"sslrootcert", "sslcert", "sslkey", "sslcrl"}
_VERIFYING = {"verify-ca", "verify-full"}
_SSL_MODES = {"disable", "allow", "prefer", "require"} | _VERIFYING
_UNREADABLE = (
    "the database's URL cannot be read: write postgresql://user:password@host:5432/name, "
    "with what is special in the password percent-encoded, and parameters as psql knows them"
)


async def find_external(
    url: str, *, max_connections: int, wait_seconds: float = REACH_TIMEOUT_SECONDS
) -> Endpoint:
    """Look at the database behind a URL and make its roles where the login may.

    ``max_connections`` is what this node will open at most. Raises ``DatabaseRefused`` with what
    is wrong, where, and what to do.
    """
    _require_readable(url)
    connection = await _reach(url, wait_seconds)
    try:
        version = await require_fit(connection, max_connections=max_connections)
        has_roles = await _make_roles(connection)
    finally:
        await connection.close()
    endpoint = Endpoint(
        owner_dsn=_as_role(url, roles.OWNER_ROLE) if has_roles else url,
        app_dsn=_as_role(url, roles.APP_ROLE) if has_roles else url,
        version=version,
    )
    log.info("postgres_found", version=version, at=place_of(url), own_roles=has_roles)
    return endpoint


def place_of(url: str) -> str:
    """Name the database of a URL without its password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2] or 'local socket'}{parts.path}"


def _require_readable(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:  # as in _open: the text may show a piece of the password
        raise DatabaseRefused(_UNREADABLE) from None
    if "@" in parts.path + parts.query or parts.fragment:
        # A password's / ? or # has ended the host too early: the rest would be shown as a place.
        raise DatabaseRefused(_UNREADABLE)
    for name, value in parse_qsl(parts.query):
        # The driver's error looks like that of a socket which is not there yet, and is waited for.
        if name in _FILES and not Path(value).is_file():
            raise DatabaseRefused(f"the database's URL says {name}={value}: there is no such file")
        if name == "sslmode" and value not in _SSL_MODES:
            allowed = ", ".join(sorted(_SSL_MODES))
            raise DatabaseRefused(f"the database's URL says sslmode={value}: allowed are {allowed}")


async def _reach(url: str, wait_seconds: float) -> Connection:
    began = time.monotonic()
    next_notice = 0.0
    while True:
        try:
            return await _open(url)
        except Unavailable as error:
            waited = time.monotonic() - began
            if waited > wait_seconds:
                raise DatabaseRefused(
                    f"the database {place_of(url)} does not answer ({error.__cause__}): is it "
                    "running, and is CHAT_SERVER__DATABASE__URL right?"
                ) from error
            if waited >= next_notice:
                next_notice = max(FIRST_NOTICE_SECONDS, 2 * waited)
                log.warning(
                    "database_not_reached_yet",
                    at=place_of(url),
                    reason=str(error.__cause__),
                    waited_seconds=round(waited),
                    given_up_after_seconds=round(wait_seconds),
                )
            await asyncio.sleep(REACH_PAUSE_SECONDS)


async def _open(url: str) -> Connection:
    try:
        # Bare: a pooler refuses our session's settings before we could say that it is one.
        return await connect(url, server_settings={})
    except asyncpg.PostgresError as error:  # No name, password, right or parameter of its.
        raise DatabaseRefused(f"the database {place_of(url)} refuses us: {error}") from error
    except Unavailable as error:
        if not isinstance(error.__cause__, ssl.SSLCertVerificationError):
            raise
        raise DatabaseRefused(
            f"the certificate of the database {place_of(url)} does not hold "
            f"({error.__cause__.verify_message}): name the host as the certificate does, and in "
            "sslrootcert who signed it"
        ) from error
    except ValueError:
        # Not chained and not quoted: the driver's text may show a piece of the password.
        raise DatabaseRefused(_why_unreadable(url)) from None


def _why_unreadable(url: str) -> str:
    query = dict(parse_qsl(urlsplit(url).query))
    if query.get("sslmode") in _VERIFYING and "sslrootcert" not in query:
        return (
            f"the database's URL says sslmode={query['sslmode']}: add sslrootcert=FILE, the "
            "certificates of who may have signed the database's"
        )
    return _UNREADABLE


async def _make_roles(connection: Connection) -> bool:
    """Make the owner and the app role; False where the login may not, and works as itself."""
    try:
        async with connection.transaction():
            await connection.fetchval(_QUERIES["lock_roles"], ROLES_LOCK_KEY)
            if await connection.fetchval(_QUERIES["is_own_schema"]):
                return False
            await _require_roles(connection)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.DuplicateObjectError) as error:
        log.warning(
            "database_roles_not_made",
            reason=str(error),
            consequence="the login owns the tables and is used at run time as well",
        )
        return False
    return True


async def _require_roles(connection: Connection) -> None:
    for role in (roles.OWNER_ROLE, roles.APP_ROLE):
        if not await roles.has_role(connection, role):
            await roles.make_group(connection, role)
        # Whether these two are heard is seen below: an administrator may have done them before,
        # and then we need not have the right.
        await _try(connection, "take_group", role)
    await _make_policy_roles(connection)
    await _try(connection, "grant_database", roles.OWNER_ROLE)
    await _run(connection, "become", roles.APP_ROLE)
    await connection.execute("RESET ROLE")
    await _run(connection, "become", roles.OWNER_ROLE)
    if not await connection.fetchval(_QUERIES["may_create"]):
        raise asyncpg.InsufficientPrivilegeError(
            f"{roles.OWNER_ROLE} may not create schemas in this database"
        )
    await roles.let_work(connection, roles.APP_ROLE)


async def _make_policy_roles(connection: Connection) -> None:
    try:
        async with connection.transaction():  # a savepoint
            await roles.make_policy_roles(connection)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.DuplicateObjectError) as error:
        log.warning(
            "database_reader_not_made",
            reason=str(error),
            consequence="row security goes by a setting of the transaction, not by a role",
        )


async def _run(connection: Connection, name: str, role: str) -> None:
    await connection.execute(await connection.fetchval(_QUERIES[name], role))


async def _try(connection: Connection, name: str, role: str) -> None:
    try:
        async with connection.transaction():  # a savepoint
            await _run(connection, name, role)
    except asyncpg.InsufficientPrivilegeError as error:
        log.debug("database_grant_refused", reason=str(error))


def _as_role(url: str, role: str) -> str:
    # ``role`` is a setting of the session; unlike SET ROLE it survives RESET ALL.
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode({"role": role}, quote_via=quote))))
    return urlunsplit(parts._replace(query=query))
