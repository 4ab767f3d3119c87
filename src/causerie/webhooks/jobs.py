"""The kinds of jobs, and the upkeep of the log."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from causerie.foundation.clock import Clock
from causerie.foundation.errors import Unavailable
from causerie.foundation.jobs import JobKind
from causerie.webhooks.model import (
    DELIVERY_JOB,
    KEEP_DELIVERIES_DAYS,
    NOTICE_JOB,
    RETRIES,
    TIMEOUT_SECONDS,
)
from causerie.webhooks.ports import Deliveries
from causerie.webhooks.service import Deliverer

UPKEEP_SECONDS = 3600.0
CONCURRENCY = 16  # Mostly waiting; each some 100 KB while its connection stands.


def kinds_of(deliverer: Deliverer) -> list[JobKind]:
    """The jobs that this slice does."""
    return [
        JobKind(
            name=DELIVERY_JOB,
            handle=deliverer.deliver,
            bury=deliverer.bury,
            timeout_seconds=TIMEOUT_SECONDS + 10,  # and what is read and stored around it
            concurrency=CONCURRENCY,
            retries=RETRIES,
            has_own_list=True,
        ),
        JobKind(name=NOTICE_JOB, handle=deliverer.tell, timeout_seconds=10),
    ]


async def forget_old(deliveries: Deliveries, clock: Clock) -> None:
    """Remove what nobody looks for any more, for ever; a supervised worker."""
    while True:
        with contextlib.suppress(Unavailable):
            await deliveries.forget(clock.now() - timedelta(days=KEEP_DELIVERIES_DAYS))
        await asyncio.sleep(UPKEEP_SECONDS)
