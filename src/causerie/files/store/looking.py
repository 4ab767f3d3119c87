"""Who looks into files: clamd, and a process of our own that may die of it."""

from __future__ import annotations

import asyncio
import time
from typing import IO

import structlog
from typing_extensions import override

from causerie.files.ports import Inspected, Inspector, NotLookedAt, Scanner, ScannerSays
from causerie.foundation.antivirus import Clamd, ScannerAway
from causerie.foundation.examining.archives import may_be_archive
from causerie.foundation.examining.parent import ExamineFailed, Examiner, Subject
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()


class ClamdScanner(Scanner):
    """The port, before clamd."""

    def __init__(self, clamd: Clamd) -> None:
        self._clamd = clamd
        self.is_up = True  # as far as the last that was asked of it says

    @override
    async def scan(self, file: IO[bytes]) -> ScannerSays:
        began = time.perf_counter()
        try:
            scan = await self._clamd.scan(file)
        except ScannerAway as away:
            self.is_up = False
            metrics.SCANNER_UP.set(0)
            log.warning("scanner_away", answer=str(away))
            raise NotLookedAt("scanner") from away
        self.is_up = True
        metrics.SCANNER_UP.set(1)
        metrics.SCAN_SECONDS.observe(time.perf_counter() - began)
        return ScannerSays(scan.found)


class ChildInspector(Inspector):
    """The port, before a child process for each file that needs one."""

    def __init__(self, examiner: Examiner) -> None:
        self._examiner = examiner

    @override
    async def inspect(self, file: IO[bytes], *, is_picture: bool) -> Inspected:
        bomb = None
        if await asyncio.to_thread(may_be_archive, file):
            try:
                examined, _ = await self._examiner.examine(file, Subject.ARCHIVE)
                bomb = examined.bomb
            except ExamineFailed as failed:
                # What kills who unpacks it is a bomb, whatever else it may be.
                log.warning("archive_not_examined", reason=str(failed))
                bomb = "not_examined"
        if bomb is not None or not is_picture:
            return Inspected(bomb=bomb)
        try:
            examined, thumbnail = await self._examiner.examine(file, Subject.PICTURE)
        except ExamineFailed as failed:
            log.info("picture_not_examined", reason=str(failed))  # It goes without a thumbnail.
            return Inspected()
        return Inspected(width=examined.width, height=examined.height, thumbnail=thumbnail)
