"""The upkeep of accounts: what has expired goes, what others changed is seen."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

import structlog

from causerie.accounts.model import KEYS_POLL_SECONDS
from causerie.accounts.service import (
    AccountService,
    KeyKeeper,
    LetterRoom,
    PersonalDataKeeper,
    Profiles,
    Restrictions,
    RevocationWatch,
    TrustFollower,
)
from causerie.foundation.errors import Unavailable

log = structlog.get_logger()

# A ban that another process made closes the sockets here within this and the answer's time; the
# question is one look into an index.
WATCH_INTERVAL_SECONDS = 1.0
# REQUIREMENTS, ID-5: sockets close within a second on every node, also where Redis is away.
REVOCATIONS_INTERVAL_SECONDS = 0.5
MAIL_INTERVAL_SECONDS = 5.0  # For letters to be tried again, and those of other nodes.
STATUS_INTERVAL_SECONDS = 5.0  # Clients know the end, and may go by it; this is for the others.
UPKEEP_INTERVAL_SECONDS = 60.0  # Tickets live for 30 s; nothing waits for this to run.


async def keep_accounts_up(
    accounts: AccountService, *, interval_seconds: float = UPKEEP_INTERVAL_SECONDS
) -> None:
    """Run for ever, as a supervised worker."""
    while True:
        await asyncio.sleep(interval_seconds)
        try:
            removed = await accounts.keep_up()
        except Unavailable:
            continue  # The database is away; health says so, and a minute later is soon enough.
        if removed:
            log.info("expired_credentials_removed", rows=removed)


async def send_letters(
    letters: LetterRoom, waker: asyncio.Event, *, interval_seconds: float = MAIL_INTERVAL_SECONDS
) -> None:
    """Send for ever what waits, as a supervised worker; woken by what this node puts there."""
    while True:
        waker.clear()
        with contextlib.suppress(Unavailable):  # as above
            while await letters.deliver_next():
                _heed_cancellation()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(interval_seconds):
                await waker.wait()


def _heed_cancellation() -> None:
    # The mail library waits by ``asyncio.wait_for``, which before Python 3.12 may swallow one.
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def keep_keys_up(
    keys: KeyKeeper, personal: PersonalDataKeeper, *, interval_seconds: float = KEYS_POLL_SECONDS
) -> None:
    """Run for ever, as a supervised worker of its own: a key that cannot be read is its failure."""
    while True:
        await asyncio.sleep(interval_seconds)
        with contextlib.suppress(Unavailable):  # as above
            await keys.keep_up()
            await personal.keep_up()


async def watch_restrictions(
    restrictions: Restrictions, *, interval_seconds: float = WATCH_INTERVAL_SECONDS
) -> None:
    """See for ever what other processes forbid and allow, as a supervised worker."""
    looks_between_upkeep = round(UPKEEP_INTERVAL_SECONDS / interval_seconds)
    for look in itertools.count(1):
        await asyncio.sleep(interval_seconds)
        try:
            await restrictions.look_again()
            if look % looks_between_upkeep == 0:
                await restrictions.keep_up()
        except Unavailable:
            continue  # As above: nothing is stored meanwhile, by anyone.


async def watch_revocations(
    revocations: RevocationWatch, *, interval_seconds: float = REVOCATIONS_INTERVAL_SECONDS
) -> None:
    """See for ever what other processes took back, as a supervised worker."""
    looks_between_upkeep = round(UPKEEP_INTERVAL_SECONDS / interval_seconds)
    for look in itertools.count(1):
        await asyncio.sleep(interval_seconds)
        with contextlib.suppress(Unavailable):  # What was missed is seen when it is back.
            await revocations.look()
            if look % looks_between_upkeep == 0:
                await revocations.remove_old()


async def end_statuses(
    profiles: Profiles, *, interval_seconds: float = STATUS_INTERVAL_SECONDS
) -> None:
    """Take away for ever what has an end and came to it, as a supervised worker."""
    while True:
        with contextlib.suppress(Unavailable):  # as above
            while await profiles.end_statuses():
                _heed_cancellation()
        await asyncio.sleep(interval_seconds)


async def follow_trust(
    follower: TrustFollower, *, interval_seconds: float = WATCH_INTERVAL_SECONDS
) -> None:
    """See for ever whose trust was changed, as a supervised worker."""
    while True:
        with contextlib.suppress(Unavailable):  # What was last known holds.
            await follower.look()
        await asyncio.sleep(interval_seconds)
