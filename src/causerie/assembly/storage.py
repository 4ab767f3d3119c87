"""The database that the settings name: embedded and started, or external and looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from causerie.accounts import wiring as accounts
from causerie.assembly.settings import Settings
from causerie.audit import wiring as audit
from causerie.conversations import wiring as conversations
from causerie.dialects import wiring as dialects
from causerie.files import wiring as files
from causerie.foundation import jobs
from causerie.foundation.cache import Cache, PoolSizes, parse_address
from causerie.foundation.postgres import (
    MIGRATIONS,
    Database,
    DataFolderInUse,
    Disk,
    EmbeddedPostgres,
    Endpoint,
    UnwatchedDisk,
    find_external,
    migrate,
)
from causerie.limits import wiring as limits
from causerie.messages import wiring as messages
from causerie.moderation import wiring as moderation
from causerie.notifications import wiring as notifications
from causerie.presence import wiring as presence
from causerie.receipts import wiring as receipts
from causerie.webhooks import wiring as webhooks

# Lowest first: what stands above may refer to it.
ALL_MIGRATIONS = (
    MIGRATIONS,
    jobs.MIGRATIONS,
    audit.MIGRATIONS,
    limits.MIGRATIONS,
    webhooks.MIGRATIONS,
    accounts.MIGRATIONS,
    conversations.MIGRATIONS,
    presence.MIGRATIONS,
    receipts.MIGRATIONS,
    files.MIGRATIONS,
    messages.MIGRATIONS,
    moderation.MIGRATIONS,
    notifications.MIGRATIONS,
    dialects.MIGRATIONS,
)
EXTRA_CONNECTIONS = (
    7  # The writer, arrivals, a migration beside a running server, an operator's psql.
)
BESIDE_CONNECTIONS = 3  # Of a command beside a running server: within the extra ones.


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """An open database with its schema in place, and Redis where several nodes share one."""

    database: Database
    endpoint: Endpoint
    disk: Disk
    embedded: EmbeddedPostgres | None  # where it is this process that runs it
    is_in_data_folder: bool = False
    cache: Cache | None = None


@asynccontextmanager
async def open_storage(
    settings: Settings,
    *,
    apply: bool | None = None,
    beside_server: bool = False,
    makes: bool = False,
) -> AsyncIterator[Storage]:
    """Open the database, and stop it on leaving where it is ours.

    ``apply`` overrides ``database.auto_migrate``; without it a schema that is not this version's is
    refused. With ``beside_server`` the embedded database of a server that runs is used as it is,
    by a few connections, and one that is not there is made only where a command ``makes`` it.
    Raises ``EmbeddedFailed``, ``DatabaseRefused``, ``MigrationRefused``, ``Unavailable``.
    """
    if beside_server and not makes and settings.database.url is None:
        EmbeddedPostgres.require_made(settings.server.data_dir)
    limit = BESIDE_CONNECTIONS if beside_server else settings.database.max_connections
    async with open_cluster(settings, apply=apply, beside_server=beside_server) as (
        embedded,
        endpoint,
    ):
        disk: Disk = UnwatchedDisk() if embedded is None else embedded.disk
        database = Database(endpoint.app_dsn, max_connections=limit)
        await database.open()
        try:
            yield Storage(
                database=database,
                endpoint=endpoint,
                disk=disk,
                embedded=embedded,
                is_in_data_folder=embedded is not None,
            )
        finally:
            await database.close()


@asynccontextmanager
async def open_lent(settings: Settings, endpoint: Endpoint, disk: Disk) -> AsyncIterator[Storage]:
    """Open the database that another process of this server has found or started, and looks after."""
    database = Database(endpoint.app_dsn, max_connections=settings.database.max_connections)
    await database.open()
    try:
        yield Storage(
            database=database,
            endpoint=endpoint,
            disk=disk,
            embedded=None,
            is_in_data_folder=settings.database.url is None,
        )
    finally:
        await database.close()


@asynccontextmanager
async def open_cluster(
    settings: Settings,
    *,
    apply: bool | None = None,
    beside_server: bool = False,
    processes: int = 1,
) -> AsyncIterator[tuple[EmbeddedPostgres | None, Endpoint]]:
    """Find or start PostgreSQL for this many processes, with its schema in place.

    Raises as ``open_storage`` does.
    """
    embedded, endpoint = await _find_database(settings, beside_server, processes)
    try:
        is_wanted = settings.database.auto_migrate if apply is None else apply
        await migrate(endpoint.owner_dsn, ALL_MIGRATIONS, apply=is_wanted)
        yield embedded, endpoint
    finally:
        if embedded is not None:
            await embedded.stop()


@asynccontextmanager
async def open_cache(settings: Settings) -> AsyncIterator[Cache | None]:
    """Open Redis where the settings name one. Raises ``CacheRefused``; one that is away may return."""
    if settings.cache.url is None:
        yield None
        return
    sizes = PoolSizes(
        main=settings.cache.main_pool_size,
        sessions=settings.cache.session_pool_size,
        queues=settings.cache.queue_pool_size,
    )
    cache = Cache(parse_address(settings.cache.url), sizes, prefix=settings.cache.prefix)
    try:
        await cache.open()
        yield cache
    finally:
        await cache.close()


async def _find_database(
    settings: Settings,
    beside_server: bool,  # noqa: FBT001 - as open_cluster was told by name
    processes: int,
) -> tuple[EmbeddedPostgres | None, Endpoint]:
    limit = (settings.database.max_connections + EXTRA_CONNECTIONS) * processes
    if settings.database.url is not None:
        return None, await find_external(settings.database.url, max_connections=limit)
    embedded = EmbeddedPostgres(settings.server.data_dir, max_connections=limit)
    try:
        return embedded, await embedded.start()
    except DataFolderInUse:
        if not beside_server:
            raise
        return None, EmbeddedPostgres.attach(settings.server.data_dir)


__all__ = ["ALL_MIGRATIONS", "Storage", "open_cache", "open_cluster", "open_lent", "open_storage"]
