"""The statistics line tells four figures."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.statistics import report_statistics, statistics


def test_the_figures_are_those_of_the_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not its value: a server that another test made in this process may be where it is read from.
    monkeypatch.setattr(metrics.ACTIVE_CONNECTIONS, "now", lambda: 3)
    monkeypatch.setattr(metrics.CONNECTIONS, "value", 10)
    messages = metrics.MESSAGES.total()
    metrics.MESSAGES.labels("room").inc(5)
    monkeypatch.setattr(metrics.UPTIME_SECONDS, "now", lambda: 179.9)

    assert statistics() == {
        "active_connections": 3,
        "total_connections": 10,
        "total_messages": messages + 5,
        "uptime_minutes": 2,
    }


async def test_the_line_comes_again_and_again() -> None:
    with capture_logs() as lines:
        task = asyncio.create_task(report_statistics(0.001))
        async with asyncio.timeout(60):
            while len(lines) < 3:
                await asyncio.sleep(0.001)
        task.cancel()

    assert {line["event"] for line in lines} == {"statistics"}
