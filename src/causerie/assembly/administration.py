"""What commands work with: accounts alone or a node that does not serve, beside a server or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from causerie.accounts import AccountService
from causerie.accounts import wiring as accounts_wiring
from causerie.accounts.wiring import Accounts
from causerie.assembly.limiting import limit_options
from causerie.assembly.options import account_options
from causerie.assembly.settings import Settings
from causerie.assembly.storage import open_storage
from causerie.assembly.wiring import Node, build_node
from causerie.foundation.clock import SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import CALLER, Caller
from causerie.foundation.jobs import DeadLetters
from causerie.limits import LimitService
from causerie.limits import wiring as limits_wiring

OPERATOR = Caller(address="command line")  # in the audit log, where a user's address would stand


@asynccontextmanager
async def open_accounts(
    settings: Settings, *, makes: bool = False
) -> AsyncIterator[AccountService]:
    """Give the accounts' service, as ``open_slice`` does."""
    async with open_slice(settings, makes=makes) as accounts:
        yield accounts.service


@asynccontextmanager
async def open_slice(settings: Settings, *, makes: bool = False) -> AsyncIterator[Accounts]:
    """Give accounts, without limits and without anyone who listens.

    What it changes about an account that exists, a running server hears of only where it looks
    into the database; so this is for making accounts, not for changing them; ``makes`` is
    ``open_storage``'s. Raises what that and accounts raise for the operator.
    """
    CALLER.set(OPERATOR)
    async with open_storage(settings, beside_server=True, makes=makes) as storage:
        clock, events = SystemClock(), Events()
        accounts = await accounts_wiring.build(
            storage.database,
            account_options(settings),
            events=events,
            completion=Completion(),
            guesses=limits_wiring.build_guesses(storage.database, events=events, clock=clock),
            clock=clock,
        )
        try:
            yield accounts
        finally:
            accounts.close()


@asynccontextmanager
async def open_dead_letters(settings: Settings) -> AsyncIterator[DeadLetters]:
    """Give the list of jobs that were given up; a running server does what is revived."""
    async with open_storage(settings, beside_server=True) as storage:
        yield DeadLetters(storage.database, SystemClock())


@asynccontextmanager
async def open_limits(settings: Settings) -> AsyncIterator[LimitService]:
    """Give the service of limits. A running server follows what is changed within a second.

    Raises what ``open_storage`` raises for the operator.
    """
    CALLER.set(OPERATOR)
    async with open_storage(settings, beside_server=True) as storage:
        limits = limits_wiring.build(
            storage.database,
            limit_options(settings),
            events=Events(),
            completion=Completion(),
            clock=SystemClock(),
        )
        await limits.service.refresh()
        yield limits.service


@asynccontextmanager
async def open_node(settings: Settings, *, makes: bool = False) -> AsyncIterator[Node]:
    """Give a node without a port. A running server's readers hear of it with its next message.

    ``makes`` is ``open_storage``'s. Raises what that and the slices raise for the operator.
    """
    CALLER.set(OPERATOR)
    async with open_storage(settings, beside_server=True, makes=makes) as storage:
        node = await build_node(settings, storage)
        node.workers.start()
        try:
            yield node
        finally:
            await node.messages.writer.drain(settings.server.shutdown_timeout)
            await node.completion.drain(settings.server.shutdown_timeout)
            await node.workers.stop(settings.server.shutdown_timeout)
            await node.health.close()
            node.accounts.close()
