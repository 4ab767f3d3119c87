"""PostgreSQL: connections, SQL by name, migrations, idempotency keys, and an embedded server."""

from causerie.foundation.postgres.binaries import find_programs
from causerie.foundation.postgres.caller import name_caller
from causerie.foundation.postgres.connection import (
    CheckViolation,
    Connection,
    ConstraintViolation,
    DriverError,
    ForeignKeyViolation,
    NotNullViolation,
    Record,
    UniqueViolation,
)
from causerie.foundation.postgres.database import Database, translated
from causerie.foundation.postgres.disk import Disk, DiskGuard, DiskState, UnwatchedDisk
from causerie.foundation.postgres.embedded import EmbeddedPostgres
from causerie.foundation.postgres.endpoint import Endpoint
from causerie.foundation.postgres.errors import (
    DatabaseRefused,
    DataFolderInUse,
    EmbeddedFailed,
    MigrationRefused,
    StorageFull,
    is_wrong_data,
    translate,
)
from causerie.foundation.postgres.examination import Examination, examine
from causerie.foundation.postgres.external import find_external, place_of
from causerie.foundation.postgres.figures import read_figures, watch_figures
from causerie.foundation.postgres.gathering import Gathering
from causerie.foundation.postgres.idempotency import claim, fingerprint, has_key, settle
from causerie.foundation.postgres.migrations import MigrationSource, migrate
from causerie.foundation.postgres.queries import Queries

MIGRATIONS = MigrationSource(schema="foundation", package="causerie.foundation.postgres")

__all__ = [
    "MIGRATIONS",
    "CheckViolation",
    "Connection",
    "ConstraintViolation",
    "DataFolderInUse",
    "Database",
    "DatabaseRefused",
    "Disk",
    "DiskGuard",
    "DiskState",
    "DriverError",
    "EmbeddedFailed",
    "EmbeddedPostgres",
    "Endpoint",
    "Examination",
    "ForeignKeyViolation",
    "Gathering",
    "MigrationRefused",
    "MigrationSource",
    "NotNullViolation",
    "Queries",
    "Record",
    "StorageFull",
    "UniqueViolation",
    "UnwatchedDisk",
    "claim",
    "examine",
    "find_external",
    "find_programs",
    "fingerprint",
    "has_key",
    "is_wrong_data",
    "migrate",
    "name_caller",
    "place_of",
    "read_figures",
    "settle",
    "translate",
    "translated",
    "watch_figures",
]
