"""The rows of the bench that are about HTTP requests and single steps."""

from __future__ import annotations

from bench import http_load, micro, servers
from bench.child import Failed
from bench.results import Figure
from bench.rows import Bench
from causerie.assembly.loadtest.plan import Plan

MAX_PAGE_MS = 1.0  # A recent page, from memory.
MAX_JWT_COLD_US = 5_000.0
MAX_JWT_CACHED_US = 50.0
MAX_LIMIT_CHECK_US = 20.0
MAX_DEFLATE_RATIO = 1.5
MAX_FILTER_US = 25.0  # Of the 40 that all checks of a message may cost.


def http(bench: Bench) -> list[Figure]:
    """Authenticated requests against one server process on one core."""
    with servers.causerie(2, more=http_load.LIMITED) as target:
        reports = http_load.drive(target.specify(Plan(duration_seconds=bench.seconds)))
    for name, report in (("me", reports.me), ("page", reports.page)):
        if report.failed:
            raise Failed(f"http: {report.failed:,} of the requests for {name} failed")
    return [
        Figure(row="http", what="GET /api/v2/me", unit="requests/s", ours=reports.me.per_second),
        Figure(
            row="http",
            what="GET .../messages, the newest 50",
            unit="requests/s",
            ours=reports.page.per_second,
        ),
        Figure(
            row="http",
            what="the same, one at a time",
            unit="p50 ms",
            ours=reports.lone_page.p50_ms,
            bar=f"under {MAX_PAGE_MS:g}",
            holds=reports.lone_page.p50_ms < MAX_PAGE_MS,
        ),
    ]


def single_steps(_: Bench) -> list[Figure]:
    """Proving a token, asking a limit, filtering a line, compressing what goes to many."""
    measured = micro.drive()
    return [
        _step("JWT validation (ES256), cold, p99", measured.jwt_cold_p99, MAX_JWT_COLD_US),
        _step("JWT validation, cached", measured.jwt_cached, MAX_JWT_CACHED_US),
        _step("a limit check, local", measured.limit_check, MAX_LIMIT_CHECK_US),
        _step("the content filter, a line of 100", measured.content_filter, MAX_FILTER_US),
        Figure(
            row="steps",
            what="a broadcast of 2 KB to 1,000, compressed, by the same uncompressed",
            unit="ratio",
            ours=round(measured.broadcast_deflated / measured.broadcast_plain, 2),
            bar=f"at most {MAX_DEFLATE_RATIO}",
            holds=measured.broadcast_deflated <= MAX_DEFLATE_RATIO * measured.broadcast_plain,
        ),
    ]


def _step(what: str, microseconds: float, limit: float) -> Figure:
    return Figure(
        row="steps",
        what=what,
        unit="us",
        ours=round(microseconds, 2),
        bar=f"at most {limit:,.0f}",
        holds=microseconds <= limit,
    )
