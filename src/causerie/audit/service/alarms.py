"""Raising security events: at once into the log and the metrics, a moment later into the table."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from causerie.audit.model import DEFAULT_SEVERITY, Details, Kind, SecurityEvent, Severity
from causerie.audit.ports import EventStore
from causerie.foundation.clock import Clock
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

# Some 5 MB. An attack that raises more while the database is away is in the log and the metrics.
MAX_WAITING = 10_000
MAX_BATCH = 500  # Some 50 ms of one core of the database.
RETRY_SECONDS = 1.0  # A database that is away is asked again this often.

_LOG_LEVELS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "error"}


class SecurityEvents:
    """Takes events from anywhere on the loop; nobody waits for them.

    A listener hears of each event at once: rules that answer by themselves (blocks) are listeners.
    """

    def __init__(self, store: EventStore, clock: Clock, *, max_waiting: int = MAX_WAITING) -> None:
        self._store = store
        self._clock = clock
        self._max_waiting = max_waiting
        self._waiting: deque[SecurityEvent] = deque()
        self._arrived = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._listeners: list[Callable[[SecurityEvent], None]] = []

    def listen(self, listener: Callable[[SecurityEvent], None]) -> None:
        """Call the listener with every later event; it must be quick."""
        self._listeners.append(listener)

    def raise_(
        self,
        kind: Kind,
        *,
        severity: Severity | None = None,
        user_id: UserId | None = None,
        address: str = "",
        details: Details | None = None,
    ) -> None:
        """Raise an event; without ``severity``, the kind's own. Never waits and never fails."""
        event = SecurityEvent(
            at=self._clock.now(),
            kind=kind,
            severity=DEFAULT_SEVERITY[kind] if severity is None else severity,
            user_id=user_id,
            address=address,
            details=details or {},
        )
        metrics.SECURITY_EVENTS.labels(event.severity, event.kind).inc()
        write = getattr(log, _LOG_LEVELS[event.severity])
        write("security_event", kind=kind, severity=event.severity, user_id=user_id, client=address)
        self._keep(event)
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                log.exception("security_listener_failed", kind=kind)

    async def run(self) -> None:
        """Store what was raised, for ever; a supervised worker."""
        while True:
            await self._arrived.wait()
            batch = [self._waiting[nth] for nth in range(min(len(self._waiting), MAX_BATCH))]
            try:
                await self._store.add(batch)
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for _ in batch:
                self._waiting.popleft()
            if not self._waiting:
                self._arrived.clear()
                self._empty.set()

    async def drain(self, deadline_seconds: float) -> bool:
        """Wait until all that was raised is stored. False: in vain."""
        try:
            await asyncio.wait_for(self._empty.wait(), deadline_seconds)
        except TimeoutError:
            return False
        return True

    def _keep(self, event: SecurityEvent) -> None:
        if len(self._waiting) >= self._max_waiting:
            metrics.SECURITY_EVENTS_DROPPED.inc()
            return
        self._waiting.append(event)
        self._empty.clear()
        self._arrived.set()
