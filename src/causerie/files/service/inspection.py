"""Quarantine: nothing leaves it before somebody has looked at it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import IO

import structlog

from causerie.accounts import ProfileChanged
from causerie.files.events import HarmfulFileFound, MessageFilesChanged
from causerie.files.model import PICTURES, FileId, FileState, Settled, StoredFile, Verdict
from causerie.files.ports import Deed, FileTable, Inspector, LocalFiles, NotLookedAt, Scanner, Vault
from causerie.foundation.completion import Completion
from causerie.foundation.errors import NotFound, Unavailable
from causerie.foundation.events import Event, Events
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

LEASE_SECONDS = 600.0  # Longer than one look takes: the scanner's 2 minutes, and the way there.
THUMBNAIL_SUFFIX = ".thumbnail"
# What clamd says where it gave up looking (AlertExceedsMax): neither harmless nor known to be bad.
LIMITS_EXCEEDED = "Heuristics.Limits.Exceeded"


class Inspection:
    """Looks at files that wait, one call a file, and tells what came of it."""

    def __init__(
        self,
        table: FileTable,
        vault: Vault,
        *,
        local: LocalFiles,
        inspector: Inspector,
        scanner: Scanner | None,
        events: Events,
        completion: Completion,
    ) -> None:
        self._table = table
        self._vault = vault
        self._local = local
        self._inspector = inspector
        self._scanner = scanner
        self._events = events
        self._completion = completion
        self._due = asyncio.Event()
        self._waiting: defaultdict[FileId, set[asyncio.Event]] = defaultdict(set)

    # --- for who has just brought a file -----------------------------------------------------------

    async def wait_for(self, file_id: FileId, *, seconds: float) -> None:
        """Have a file looked at now; returns after the first look, or when it takes too long."""
        looked_at = asyncio.Event()
        self._waiting[file_id].add(looked_at)
        self._due.set()
        try:
            async with asyncio.timeout(seconds):
                await looked_at.wait()
        except TimeoutError:
            return
        finally:
            self._waiting[file_id].discard(looked_at)
            if not self._waiting[file_id]:
                del self._waiting[file_id]

    # --- for the worker ----------------------------------------------------------------------------

    async def wait_for_work(self, *, seconds: float) -> None:
        """Return when there may be something to look at, or after so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._due.wait()
        except TimeoutError:
            return
        self._due.clear()

    async def look_at_next(self) -> bool:
        """Look at one file; False where none waits. Raises ``Unavailable``."""
        file = await self._table.take_due(lease_seconds=LEASE_SECONDS)
        if file is None:
            return False
        try:
            verdict = await self._verdict_on(file)
        except NotLookedAt as reason:
            log.warning("file_not_looked_at", file_id=file.id, reason=str(reason))
            metrics.FILES_NOT_LOOKED_AT.labels(str(reason)).inc()
            await self._table.put_off(file.id, str(reason))
        except Unavailable:
            log.warning("file_not_looked_at", file_id=file.id, reason="storage")
            metrics.FILES_NOT_LOOKED_AT.labels("storage").inc()
            await self._table.put_off(file.id, "storage")
        else:
            await self.settle(file.id, verdict)
        finally:
            for looked_at in self._waiting.get(file.id, ()):
                looked_at.set()
        return True

    async def settle(
        self, file_id: FileId, verdict: Verdict, *, deed: Deed | None = None
    ) -> Settled | None:
        """Store a verdict and tell of it; None where it was stored before, or another one."""
        return await self._completion.run(self._settle(file_id, verdict, deed))

    async def _settle(self, file_id: FileId, verdict: Verdict, deed: Deed | None) -> Settled | None:
        settled = await self._table.settle(file_id, verdict, deed=deed)
        if settled is not None:
            metrics.FILE_VERDICTS.labels(verdict.state).inc()
            self._events.announce(_facts_of(settled))
            if verdict.state in {FileState.REFUSED, FileState.REMOVED}:
                await self.purge(settled.file.id, settled.file.storage_key)
        return settled

    async def purge(self, file_id: FileId, storage_key: str) -> None:
        """Remove the bytes of what is removed already."""
        try:
            await self._vault.delete(storage_key)
            await self._vault.delete(storage_key + THUMBNAIL_SUFFIX)
            await self._table.purged(file_id)
        except Unavailable:
            log.warning("file_not_purged", file_id=file_id)  # The sweep tries again.

    async def _verdict_on(self, file: StoredFile) -> Verdict:
        try:
            async with self._local.open(file) as opened:
                return await self._look(file, opened)
        except NotFound:
            return Verdict(state=FileState.HELD, reason="lost")

    async def _look(self, file: StoredFile, opened: IO[bytes]) -> Verdict:
        if self._scanner is not None:
            found = (await self._scanner.scan(opened)).found
            if found is not None and found.startswith(LIMITS_EXCEEDED):
                return Verdict(state=FileState.HELD, reason="scanner_limits")
            if found is not None:
                return Verdict(state=FileState.REFUSED, reason=found)
        inspected = await self._inspector.inspect(opened, is_picture=file.media_type in PICTURES)
        if inspected.bomb is not None:
            return Verdict(state=FileState.HELD, reason=inspected.bomb)
        if inspected.thumbnail:
            await self._vault.put(file.storage_key + THUMBNAIL_SUFFIX, inspected.thumbnail)
        return Verdict(
            state=FileState.CLEAN,
            width=inspected.width,
            height=inspected.height,
            thumbnail_bytes=len(inspected.thumbnail) or None,
        )


def _facts_of(settled: Settled) -> list[Event]:
    file = settled.file
    facts: list[Event] = []
    if file.is_avatar and file.state is not FileState.CLEAN:
        facts.append(ProfileChanged(file.uploader_id))
    if file.state is FileState.REFUSED:
        facts.append(
            HarmfulFileFound(file.id, file.uploader_id, file.sha256.hex(), file.reason or "")
        )
    if (
        settled.rev is not None
        and settled.last_seq is not None
        and file.message_id is not None
        and file.conversation_id is not None
    ):
        facts.append(
            MessageFilesChanged(
                file.message_id, file.conversation_id, settled.rev, settled.last_seq
            )
        )
    return facts
