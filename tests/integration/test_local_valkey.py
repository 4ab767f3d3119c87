"""The Valkey of a server's own: private, kept alive, and gone with its parent."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from causerie.foundation.cache import Cache, PoolSizes, parse_address
from causerie.foundation.processes import LocalValkey, ValkeyUnusable
from causerie.foundation.processes import valkey as valkey_module

SIZES = PoolSizes(main=1, sessions=1, queues=1)
SOON_SECONDS = 60.0


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[LocalValkey]:
    started = LocalValkey(tmp_path)
    await started.start()
    try:
        yield started
    finally:
        await started.stop()


async def test_it_is_reached_by_its_url_and_by_nothing_else(
    valkey: LocalValkey, tmp_path: Path
) -> None:
    cache = Cache(parse_address(valkey.url), SIZES)
    await cache.open()
    is_away = cache.is_away
    await cache.close()
    folder = tmp_path / "valkey"
    stranger = parse_address(f"unix://{folder / 'valkey.sock'}")

    assert not is_away
    assert folder.stat().st_mode & 0o077 == 0
    assert stranger.password is None
    assert valkey.pid is not None
    assert psutil.Process(valkey.pid).net_connections("inet") == []
    assert parse_address(valkey.url).password not in psutil.Process(valkey.pid).cmdline()


async def test_it_is_started_again_when_it_dies_and_keeps_its_address(
    valkey: LocalValkey,
) -> None:
    url, pid = valkey.url, valkey.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(SOON_SECONDS):
        while valkey.restarts == 0 or valkey.pid == pid:
            await asyncio.sleep(0.01)

    assert valkey.url == url


async def test_a_stop_leaves_nothing(tmp_path: Path) -> None:
    valkey = LocalValkey(tmp_path / ("long" * 30))  # Past what the path of a socket may be.
    await valkey.start()
    pid = valkey.pid
    folder = Path(parse_address(valkey.url).socket or "").parent
    await valkey.stop()

    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert not folder.exists()


async def test_where_it_is_not_installed_both_ways_out_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey_module, "PACKAGE", "not_installed_here")

    with pytest.raises(ValkeyUnusable, match="pip install") as refused:
        await LocalValkey(tmp_path).start()
    assert "address" in str(refused.value)


async def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)

    with pytest.raises(ValkeyUnusable, match="does not start"):
        await LocalValkey(tmp_path, program=program).start()
