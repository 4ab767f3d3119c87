"""What ``/health`` looks at."""

from __future__ import annotations

from collections.abc import Sequence

import causerie
from causerie.assembly.ground import Ground
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.foundation.postgres import DiskState
from causerie.gateway.health import (
    DatabaseCheck,
    DiskCheck,
    FlagCheck,
    Health,
    HealthCheck,
    MemoryCheck,
    RedisCheck,
    WorkersCheck,
)


def build_health(
    settings: Settings, storage: Storage, ground: Ground, more: Sequence[HealthCheck]
) -> Health:
    """Gather the checks of a node."""
    checks: list[HealthCheck] = [
        DatabaseCheck(storage.database),
        MemoryCheck(),
        WorkersCheck(ground.workers),
        FlagCheck("writer", lambda: storage.disk.state is DiskState.OK),
        *ground.siblings.checks,
        *more,
    ]
    if storage.cache is not None:
        checks.append(RedisCheck(storage.cache))
    if storage.is_in_data_folder:
        checks.append(DiskCheck(settings.server.data_dir, storage.disk))
    return Health(
        checks,
        version=causerie.__version__,
        environment=settings.server.environment,
        clock=ground.clock,
    )
