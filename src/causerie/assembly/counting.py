"""Counts what the slices announce, and reads figures that stand somewhere already."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from causerie.accounts import UserRegistered
from causerie.assembly.ground import Ground
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.assembly.watch import watch_database
from causerie.conversations import ConversationOpened
from causerie.foundation.events import Events
from causerie.foundation.postgres import watch_figures
from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.loop import watch_loop
from causerie.foundation.telemetry.statistics import report_statistics
from causerie.gateway.doors import Doors
from causerie.moderation import SanctionImposed
from causerie.notifications import NotificationRaised


def observe_node(settings: Settings, storage: Storage, ground: Ground, doors: Doors) -> None:
    """Count and read all of it, from now on."""
    _count_events(ground.events)
    _read_figures(settings, doors)
    workers = ground.workers
    workers.add("database_watch", watch_database(storage, ground.events))
    workers.add("statistics", report_statistics)
    workers.add("loop_watch", watch_loop)
    workers.add("database_figures", watch_figures(storage.database))


def _count_events(events: Events) -> None:
    """Count what happens to people and conversations. Nothing here is about single messages."""
    events.listen(UserRegistered, lambda _: metrics.USERS_REGISTERED.inc())
    events.listen(
        ConversationOpened, lambda e: metrics.CONVERSATIONS_OPENED.labels(e.view.kind).inc()
    )
    events.listen(SanctionImposed, lambda _: metrics.SANCTIONS.inc())
    events.listen(NotificationRaised, lambda _: metrics.NOTIFICATIONS.inc())


def _read_figures(settings: Settings, doors: Doors) -> None:
    """Have gauges read at each scrape what is known somewhere already."""
    metrics.USERS_CONNECTED.read_from(lambda: doors.user_count)
    folder: Path = settings.server.data_dir
    metrics.DISK_FREE_BYTES.read_from(lambda: _disk(folder)[1])
    metrics.DISK_SIZE_BYTES.read_from(lambda: _disk(folder)[0])


def _disk(folder: Path) -> tuple[float, float]:
    """What the folder's disk holds at most, and what is free, in bytes; nothing known: NaN."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:  # The folder is gone: no reason to answer a scrape with an error.
        return math.nan, math.nan
    return usage.total, usage.free
