"""Health on a whole node, with its database and without."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from causerie.gateway.health import CHECK_TIMEOUT_SECONDS, FRESH_SECONDS
from tests.databases import FreshDatabase, PostgresForTests
from tests.measures import measured_soon
from tests.scenes.node import Answer, NodeScene

BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'"


@asynccontextmanager
async def stopped(postgres: PostgresForTests, name: str) -> AsyncIterator[None]:
    """Stop every backend that serves the node, as a stopped PostgreSQL would."""
    async with postgres.superuser() as superuser:
        pids = [row["pid"] for row in await superuser.fetch(BACKENDS, name)]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def test_a_node_is_well_and_says_with_figures(scene: NodeScene) -> None:
    async with asyncio.timeout(60):  # A machine that stood still may seem not to be well.
        while (answer := await scene.call("GET", "/health")).status != 200:
            await asyncio.sleep(FRESH_SECONDS)

    report = answer.json()
    assert report["environment"] == "test"
    assert report["checks"]["database"]["latency_ms"] >= 0
    assert report["checks"]["memory"]["resident_bytes"] > 0
    assert report["checks"]["workers"]["message_writer"]["status"] == "running"


async def test_a_stopped_database_is_503_at_once_and_forgotten_when_it_is_back(
    scene: NodeScene, postgres: PostgresForTests, fresh_database: FreshDatabase
) -> None:
    bound = CHECK_TIMEOUT_SECONDS * 3
    async with stopped(postgres, fresh_database.name):

        async def ask() -> tuple[float, Answer, Answer]:
            began = time.monotonic()
            answers = [await scene.call("GET", f"/health/{what}") for what in ("ready", "live")]
            return time.monotonic() - began, answers[0], answers[1]

        seconds, down, alive = await measured_soon(ask, holds=lambda taken: taken[0] < bound)
    async with asyncio.timeout(60):
        while (await scene.call("GET", "/health/ready")).status != 200:
            await asyncio.sleep(FRESH_SECONDS)

    assert seconds < bound
    assert (down.status, down.headers["x-health-status"]) == (503, "down")
    assert down.json()["checks"]["database"]["status"] == "down"
    assert alive.status == 200
