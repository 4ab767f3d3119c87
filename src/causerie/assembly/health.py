"""What ``/health`` looks at."""

from __future__ import annotations

import causerie
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.foundation.clock import Clock
from causerie.foundation.postgres import DiskState
from causerie.foundation.workers import Workers
from causerie.gateway.health import (
    DatabaseCheck,
    DiskCheck,
    FlagCheck,
    Health,
    HealthCheck,
    MemoryCheck,
    WorkersCheck,
)


def build_health(settings: Settings, storage: Storage, workers: Workers, clock: Clock) -> Health:
    """Gather the checks of a node."""
    checks: list[HealthCheck] = [
        DatabaseCheck(storage.database),
        MemoryCheck(),
        WorkersCheck(workers),
        FlagCheck("writer", lambda: storage.disk.state is DiskState.OK),
    ]
    if storage.embedded is not None:
        checks.append(DiskCheck(settings.server.data_dir, storage.disk))
    return Health(
        checks,
        version=causerie.__version__,
        environment=settings.server.environment,
        clock=clock,
    )
