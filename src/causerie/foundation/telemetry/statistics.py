"""The line of figures that the log shows every few minutes."""

from __future__ import annotations

import asyncio

import structlog

from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

STATISTICS_INTERVAL_SECONDS = 300.0  # Often enough to see a day's shape in a log alone.


def statistics() -> dict[str, int]:
    """Read the figures of the moment from the metrics."""
    return {
        "active_connections": int(metrics.ACTIVE_CONNECTIONS.now()),
        "total_connections": metrics.CONNECTIONS.value,
        "total_messages": metrics.MESSAGES.total(),
        "uptime_minutes": int(metrics.UPTIME_SECONDS.now() // 60),
    }


async def report_statistics(interval_seconds: float = STATISTICS_INTERVAL_SECONDS) -> None:
    """Write the line for ever, once per interval; run as a worker."""
    while True:
        await asyncio.sleep(interval_seconds)
        log.info("statistics", **statistics())
