"""What is done about files beside the requests: looking at what waits, sweeping what is over."""

from __future__ import annotations

import asyncio

import structlog

from causerie.files.ports import FileTable, Vault
from causerie.files.service import Inspection
from causerie.files.service.inspection import THUMBNAIL_SUFFIX
from causerie.foundation.errors import Unavailable

log = structlog.get_logger()

LOOKS_AT_ONCE = 2  # One waits for the scanner while another is unpacked.
POLL_SECONDS = 5.0  # What another node left, or what is to be tried again.
SWEEP_SECONDS = 300.0
MAX_PURGED_PER_ROUND = 1000


async def look_at_files(inspection: Inspection, *, poll_seconds: float = POLL_SECONDS) -> None:
    """Look at files as they come, for ever; a supervised worker."""

    async def look() -> None:
        while True:
            if not await inspection.look_at_next():
                await inspection.wait_for_work(seconds=poll_seconds)

    async with asyncio.TaskGroup() as group:
        for _ in range(LOOKS_AT_ONCE):
            group.create_task(look())


async def sweep_files(
    table: FileTable, vault: Vault, *, interval_seconds: float = SWEEP_SECONDS
) -> None:
    """Remove what is over, for ever; a supervised worker."""
    while True:
        await sweep_once(table, vault)
        await asyncio.sleep(interval_seconds)


async def sweep_once(table: FileTable, vault: Vault) -> None:
    """Remove what was never posted, and the bytes of what is removed."""
    await table.expire()
    for file_id, key in await table.to_purge(limit=MAX_PURGED_PER_ROUND):
        try:
            await vault.delete(key)
            await vault.delete(key + THUMBNAIL_SUFFIX)
        except Unavailable:
            log.warning("files_not_swept")
            return  # The next round finds them again.
        await table.purged(file_id)
