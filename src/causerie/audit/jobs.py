"""What goes on in the background: new rows are signed, and a seam in a chain is made known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from causerie.audit.model import Finding, Kind
from causerie.audit.service import Notary, SecurityEvents
from causerie.foundation.errors import Unavailable

log = structlog.get_logger()

# Who rules the database has so long to change a row before it is signed.
SIGNING_SECONDS = 5.0
IDLE_SECONDS = 60.0  # As with the buckets of limits.


async def keep_signing(
    notary: Notary, events: SecurityEvents, *, interval_seconds: float = SIGNING_SECONDS
) -> None:
    """Sign what is new, for ever; a supervised worker. Each seam is told of once a process."""
    told: set[Finding] = set()
    while True:
        try:
            findings = await notary.sign_new()
        except Unavailable:
            findings = ()
        for finding in findings:
            if finding not in told:
                told.add(finding)
                log.error("audit_tampered", finding=str(finding))
                events.raise_(
                    Kind.AUDIT_TAMPERED,
                    details={
                        "chain": finding.chain.value,
                        "fault": finding.fault.value,
                        "first_id": finding.first_id,
                        "last_id": finding.last_id,
                    },
                )
        await asyncio.sleep(interval_seconds)


async def forget_idle(
    remove_idle: Callable[[], int], *, interval_seconds: float = IDLE_SECONDS
) -> None:
    """Forget who has done nothing lately, for ever; a supervised worker."""
    while True:
        await asyncio.sleep(interval_seconds)
        remove_idle()
