"""Accounts on a real database, spoken to as a server's clients speak to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from causerie.accounts.wiring import AccountOptions, build
from causerie.foundation.cache import Cache
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Event, Events
from causerie.foundation.postgres import Database
from causerie.gateway.health import Health
from causerie.gateway.http import build_app
from causerie.limits import LimitOptions
from causerie.limits.service import CountedRequests
from causerie.limits.wiring import build_book, build_guesses
from tests.fakes.clock import FakeClock
from tests.integration.accounts.account_scene import CHEAP, AccountScene
from tests.integration.accounts.token_scene import SECRET, TokenScene


@asynccontextmanager
async def open_node(
    database: Database,
    data_dir: Path,
    *,
    attempts_per_minute: int = 0,
    cache: Cache | None = None,
    late_seconds: float = 0,
    **options: Any,
) -> AsyncIterator[AccountScene]:
    """Build accounts as assembly does, with a clock that stands still."""
    clock: Clock = (fake := FakeClock())
    fake.advance(late_seconds)
    events = Events()
    accounts = await build(
        database,
        AccountOptions(data_dir=data_dir, **{**CHEAP, **options}),
        events=events,
        completion=Completion(),
        guesses=build_guesses(database, events=events, clock=clock),
        clock=clock,
        cache=cache,
    )
    limits = LimitOptions(auth_attempts_per_minute=attempts_per_minute)
    app = build_app(
        accounts.routes,
        authenticator=accounts.service,
        health=Health((), version="1", environment="test", clock=clock),
        admission=CountedRequests(build_book(limits, clock=clock)),
        cookies=accounts.cookies,
    )
    scene = AccountScene(accounts, fake, events, app)
    for kind in Event.__subclasses__():
        events.listen(kind, scene.announced.append)
    try:
        yield scene
    finally:
        accounts.close()


Opener = Callable[..., Awaitable[AccountScene]]


@pytest.fixture
async def open_scene(database: Database, tmp_path: Path) -> AsyncIterator[Opener]:
    """Open as many nodes as a test likes, all on one database and data folder."""
    async with AsyncExitStack() as stack:

        async def opener(**options: Any) -> AccountScene:
            data_dir = options.pop("data_dir", tmp_path)
            return await stack.enter_async_context(open_node(database, data_dir, **options))

        yield opener


@pytest.fixture
async def scene(open_scene: Opener) -> AccountScene:
    """One node, as set up by default."""
    return await open_scene()


@pytest.fixture
async def ada(scene: AccountScene) -> TokenScene:
    """Ada's token, of a server as set up by default."""
    return TokenScene(scene, (await scene.register("ada")).json()["access_token"])


@pytest.fixture
async def shared(open_scene: Opener) -> TokenScene:
    """Ada's token, of a server that shares a secret."""
    scene = await open_scene(jwt_algorithm="HS256", jwt_secret=SECRET)
    return TokenScene(scene, (await scene.register("ada")).json()["access_token"])
