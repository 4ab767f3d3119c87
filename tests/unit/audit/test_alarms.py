from __future__ import annotations

import asyncio
from collections.abc import Sequence

from typing_extensions import override

from causerie.audit import EventStore, Kind, SecurityEvent, SecurityEvents, Severity
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from tests.fakes.clock import FakeClock


class FakeStore(EventStore):
    """A table that may be away."""

    def __init__(self) -> None:
        self.rows: list[SecurityEvent] = []
        self.failures = 0

    @override
    async def add(self, events: Sequence[SecurityEvent]) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("away")
        self.rows += events


async def test_events_are_stored_in_the_order_in_which_they_were_raised() -> None:
    store = FakeStore()
    events = SecurityEvents(store, FakeClock())
    worker = asyncio.create_task(events.run())

    for user in range(3):
        events.raise_(Kind.LOGIN_FAILED, user_id=UserId(user))

    assert await events.drain(60)
    assert [row.user_id for row in store.rows] == [0, 1, 2]
    assert store.rows[0].severity is Severity.INFO
    worker.cancel()


async def test_an_event_outlives_a_database_that_is_away() -> None:
    store = FakeStore()
    store.failures = 1
    events = SecurityEvents(store, FakeClock())
    events.raise_(Kind.PROBING)
    worker = asyncio.create_task(events.run())

    assert await events.drain(60)
    assert len(store.rows) == 1
    worker.cancel()


async def test_too_many_events_are_counted_and_not_kept() -> None:
    store = FakeStore()
    events = SecurityEvents(store, FakeClock(), max_waiting=2)
    dropped = metrics.SECURITY_EVENTS_DROPPED.value
    counted = metrics.SECURITY_EVENTS.labels("warning", "probing").value

    for _ in range(5):
        events.raise_(Kind.PROBING)

    assert metrics.SECURITY_EVENTS_DROPPED.value - dropped == 3
    assert metrics.SECURITY_EVENTS.labels("warning", "probing").value - counted == 5


async def test_a_listener_hears_at_once_and_a_broken_one_harms_nobody() -> None:
    events = SecurityEvents(FakeStore(), FakeClock())
    heard: list[SecurityEvent] = []

    def broken(_: SecurityEvent) -> None:
        raise RuntimeError

    events.listen(broken)
    events.listen(heard.append)
    events.raise_(Kind.PROBING, address="192.0.2.1", details={"count": 3})

    assert [(event.address, event.details) for event in heard] == [("192.0.2.1", {"count": 3})]
