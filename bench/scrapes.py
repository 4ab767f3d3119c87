"""The row of the bench that asks a full node for its metrics."""

from __future__ import annotations

import json
import re
import statistics
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from bench import servers
from bench.child import Failed
from bench.load import PREPARE_AND_CONNECT_SECONDS, drive
from bench.results import Figure
from bench.rows import MANY, Bench
from causerie.assembly.loadtest.plan import Plan

MAX_SCRAPE_MS = 50.0
SCRAPES = 20
IDLE_SECONDS = 15.0  # For all of them, with much to spare.
ASK_SECONDS = 10.0


def metrics(_: Bench) -> list[Figure]:
    """How long ``/metrics`` takes with ten thousand idle connections, each route asked once before."""
    plan = Plan(
        users=MANY, rooms_of=100, duration_seconds=0, settle_seconds=IDLE_SECONDS, drain_seconds=0
    )
    with servers.causerie(MANY) as target, ThreadPoolExecutor(1) as threads:
        url = target.url.replace("ws:", "http:", 1)
        _ask_everything(url)
        load = threads.submit(drive, target.specify(plan))
        _wait_for_all(url)
        times = [_timed(f"{url}/metrics") for _ in range(SCRAPES)]
        lines = _get(f"{url}/metrics").count(b"\n")
        load.result()
    most = max(times)
    return [
        Figure(
            row="metrics",
            what=f"/metrics, {MANY:,} idle connections, {lines:,} lines: the longest of {SCRAPES}",
            unit="ms",
            ours=round(most, 1),
            bar=f"at most {MAX_SCRAPE_MS:g}",
            holds=most <= MAX_SCRAPE_MS,
            details={"milliseconds": times, "median": statistics.median(times)},
        )
    ]


def _ask_everything(url: str) -> None:
    """Have every route that is described counted, so that there is as much to show as ever."""
    for path in json.loads(_get(f"{url}/openapi.json"))["paths"]:
        _get(url + re.sub(r"\{\w+\}", "1", path))


def _wait_for_all(url: str) -> None:
    ends = time.monotonic() + PREPARE_AND_CONNECT_SECONDS
    wanted = f"\nchat_server_active_connections {MANY}.0\n".encode()
    while wanted not in _get(f"{url}/metrics"):
        if time.monotonic() > ends:
            raise Failed("metrics: not all of them connected")
        time.sleep(0.5)


def _timed(url: str) -> float:
    began = time.perf_counter()
    _get(url)
    return (time.perf_counter() - began) * 1000


def _get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=ASK_SECONDS) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as refused:
        refused.close()
        return b""  # Counted, which is all that is wanted.
