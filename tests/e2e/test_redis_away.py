"""A server with a Redis: it says how Redis is, and goes on without it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.processes import Causerie, a_causerie
from tests.valkeys import Valkey, a_valkey

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with a_valkey() as valkey:
        yield valkey


@pytest.fixture(scope="module")
def server(valkey: Valkey) -> Iterator[Causerie]:
    with a_causerie(cache__url=valkey.url) as server:
        yield server


def redis_of(server: Causerie) -> Any:
    return httpx2.get(f"{server.url}/health", timeout=60).json()["checks"]["redis"]


def until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends_at, "it did not come to that"
        time.sleep(0.05)


def test_redis_is_shown_well_then_away_then_well_again(server: Causerie, valkey: Valkey) -> None:
    until(lambda: redis_of(server)["status"] == "ok")  # A machine that stood still made an outage.
    well = redis_of(server)
    valkey.kill()
    until(lambda: redis_of(server).get("reason") == "unreachable")
    away = redis_of(server)
    until(lambda: httpx2.get(f"{server.url}/health/ready", timeout=60).status_code == 200)
    metrics = httpx2.get(f"{server.url}/metrics", timeout=60).text
    valkey.start()
    until(lambda: redis_of(server)["status"] == "ok")

    assert well["status"] == "ok"
    assert well["pools"]["main"]["size"] == 20
    assert away["reason"] == "unreachable"
    assert "chat_server_cache_up 0" in metrics
    # A machine that gives Redis no time for half a second makes an outage, too.
    assert re.search(r"^chat_server_cache_outages_total [1-9]", metrics, re.MULTILINE)


def test_a_wrong_password_stops_the_start_with_a_message_that_leaves_it_out(
    server: Causerie, valkey: Valkey
) -> None:
    url = valkey.url.replace("://", "://nobody:hunter2@")
    done = subprocess.run(
        [sys.executable, "-m", "causerie", "serve"],
        env={
            **server.environment,
            "CHAT_SERVER__CACHE__URL": url,
            "CHAT_SERVER__SERVER__DATA_DIR": str(server.folder / "other"),
            "CHAT_SERVER__SERVER__BIND_ADDR": "127.0.0.1:0",
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    text = done.stderr.decode()

    assert done.returncode == 1
    assert "refuses the user, the password or their rights" in text
    assert "hunter2" not in text
