"""Builds the slice of files for assembly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from litestar import Controller

from causerie.files.api_http import avatar_routes, file_routes, link_routes, review_routes
from causerie.files.jobs import look_at_files, sweep_files
from causerie.files.model import Signer
from causerie.files.ports import Voices
from causerie.files.service import Avatars, FileReader, FileReview, Inspection, UploadRules, Uploads
from causerie.files.store import (
    ChildInspector,
    ClamdScanner,
    DiskSpool,
    FetchedFiles,
    PostgresFiles,
)
from causerie.foundation.antivirus import Clamd
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.examining.parent import Examiner
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.storage import Bucket, Objects, open_bucket, open_folder
from causerie.foundation.workers import Workers
from causerie.gateway.health import FlagCheck, HealthCheck, HealthStatus
from causerie.limits import ActionLimits

DEGRADED = HealthStatus.DEGRADED
MIGRATIONS = MigrationSource(schema="files", package="causerie.files")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """What the settings say. ``bucket`` None: a folder of ``data_dir``; ``scanner`` None: nobody."""

    data_dir: Path
    rules: UploadRules
    bucket: Bucket | None
    scanner: Clamd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The slice, put together."""

    uploads: Uploads
    avatars: Avatars
    reader: FileReader
    review: FileReview
    inspection: Inspection
    table: PostgresFiles
    objects: Objects
    scanner: ClamdScanner | None

    def routes(self, limits: ActionLimits) -> list[type[Controller]]:
        """The routes of HTTP."""
        return [
            file_routes(self.uploads, self.reader),
            avatar_routes(self.avatars, self.reader),
            link_routes(self.reader, limits),
            review_routes(self.review, self.reader),
        ]

    @property
    def checks(self) -> list[HealthCheck]:
        """What ``/health`` looks at: without either, files wait, and the rest goes on."""
        scanner, objects = self.scanner, self.objects
        checks = [FlagCheck("file_storage", lambda: objects.is_up, otherwise=DEGRADED)]
        if scanner is not None:
            checks.append(FlagCheck("scanner", lambda: scanner.is_up, otherwise=DEGRADED))
        return [*checks]

    def add_workers(self, workers: Workers) -> None:
        """Hand over the background loops."""
        workers.add("file_inspection", lambda: look_at_files(self.inspection))
        workers.add("file_sweep", lambda: sweep_files(self.table, self.objects))


def build(
    options: FileOptions,
    *,
    database: Database,
    events: Events,
    completion: Completion,
    voices: Voices,
    signer: Signer,
    clock: Clock,
) -> Files:
    """Put the slice together; nothing is asked of storage or scanner yet."""
    folder = options.data_dir / "files"
    objects = (
        open_folder(folder / "objects") if options.bucket is None else open_bucket(options.bucket)
    )
    table = PostgresFiles(database)
    arriving = folder / "arriving"
    scanner = None if options.scanner is None else ClamdScanner(options.scanner)
    inspection = Inspection(
        table,
        objects,
        local=FetchedFiles(objects, arriving),
        inspector=ChildInspector(Examiner()),
        scanner=scanner,
        events=events,
        completion=completion,
    )
    reader = FileReader(table, objects, voices=voices, signer=signer, clock=clock)
    uploads = Uploads(
        table,
        objects,
        DiskSpool(arriving),
        reader=reader,
        inspection=inspection,
        voices=voices,
        completion=completion,
        rules=options.rules,
    )
    avatars = Avatars(table, reader=reader, uploads=uploads, events=events, completion=completion)
    return Files(
        uploads=uploads,
        avatars=avatars,
        reader=reader,
        review=FileReview(table, inspection),
        inspection=inspection,
        table=table,
        objects=objects,
        scanner=scanner,
    )
