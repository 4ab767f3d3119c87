"""What ``causerie top`` shows: figures of a node, from two readings of its metrics."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from causerie.foundation.telemetry.reading import Reading, merged, quantile


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A node, or all of them together. Rates are a second's, times in seconds; None: nothing known."""

    connections: int
    users: int
    processes: int
    deliveries_per_second: float
    sends_per_second: float
    requests_per_second: float
    errors_per_second: float
    send_p50_seconds: float | None
    send_p99_seconds: float | None
    loop_lag_p99_seconds: float | None
    workers: int
    workers_down: tuple[str, ...]
    queue: int
    database: str  # up, down
    database_p95_seconds: float | None
    database_waiting: int
    redis: str  # off, up, away
    redis_p99_seconds: float | None
    cpu_share: float
    memory_bytes: int
    uptime_seconds: float


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One address: its figures, or why there are none."""

    url: str
    figures: Figures | None = None
    problem: str | None = None


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """All addresses, and those that answered together."""

    nodes: tuple[Node, ...]
    together: Figures | None

    @property
    def is_whole(self) -> bool:
        """Whether every address answered."""
        return all(node.figures is not None for node in self.nodes)


def figures_of(now: Reading, before: Reading | None, seconds: float) -> Figures:
    """Work out the figures of the time between two readings, ``seconds`` apart."""
    rates = _Rates(now, before, seconds)
    up = now.series("chat_server_worker_up")
    down = {dict(labels)["worker"] for labels, value in up.items() if value < 1}
    return Figures(
        connections=int(now.total("chat_server_active_connections")),
        users=int(now.total("chat_server_users_connected")),
        processes=int(now.total("chat_server_processes")),
        deliveries_per_second=rates.of("chat_server_deliveries_total"),
        sends_per_second=rates.of("chat_server_messages_total"),
        requests_per_second=rates.of("chat_server_request_duration_seconds_count"),
        errors_per_second=rates.of("chat_server_errors_total", type="internal"),
        send_p50_seconds=quantile(0.5, now, before, "chat_server_send_seconds"),
        send_p99_seconds=quantile(0.99, now, before, "chat_server_send_seconds"),
        loop_lag_p99_seconds=quantile(0.99, now, before, "chat_server_loop_lag_seconds"),
        workers=len(up),
        workers_down=tuple(sorted(down)),
        queue=int(now.total("chat_server_writer_queue_depth")),
        database=_database(now),
        database_p95_seconds=quantile(0.95, now, before, "chat_server_database_query_seconds"),
        database_waiting=int(now.total("chat_server_database_pool_waiting")),
        redis=_redis(now),
        redis_p99_seconds=quantile(0.99, now, before, "chat_server_cache_command_seconds"),
        cpu_share=rates.of("process_cpu_seconds_total"),
        memory_bytes=int(now.total("process_resident_memory_bytes")),
        uptime_seconds=now.total("chat_server_uptime_seconds"),
    )


def together(
    pairs: Sequence[tuple[Reading, Reading | None]], nodes: Sequence[Figures], seconds: float
) -> Figures:
    """Make one of several nodes: sums, quantiles of all, and the worst of what is up or down."""
    befores = [before for _, before in pairs if before is not None]
    whole = figures_of(
        merged(now for now, _ in pairs),
        merged(befores) if len(befores) == len(pairs) else None,
        seconds,
    )
    states = {figures.redis for figures in nodes}
    return msgspec.structs.replace(
        whole,
        workers=sum(figures.workers for figures in nodes),
        workers_down=tuple(sorted({name for f in nodes for name in f.workers_down})),
        database="down" if any(f.database == "down" for f in nodes) else "up",
        redis=next(state for state in ("away", "up", "off") if state in states),
        uptime_seconds=min(figures.uptime_seconds for figures in nodes),
    )


def _database(now: Reading) -> str:
    return "up" if now.total("chat_server_database_up") >= 1 else "down"


def _redis(now: Reading) -> str:
    if not now.total("chat_server_cache_configured"):
        return "off"
    return "up" if now.total("chat_server_cache_up") else "away"


class _Rates:
    def __init__(self, now: Reading, before: Reading | None, seconds: float) -> None:
        self._now = now
        self._before = before
        self._seconds = seconds

    def of(self, name: str, **labels: str) -> float:
        """How much of a counter came in a second; 0 after one reading alone."""
        if self._before is None or self._seconds <= 0:
            return 0.0
        now, before = self._now.total(name, **labels), self._before.total(name, **labels)
        # Less than before: it was started anew, and all that it shows came since then.
        return (now - before if now >= before else now) / self._seconds
