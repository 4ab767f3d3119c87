"""How many sockets others have, through a real Valkey."""

from __future__ import annotations

import time

import pytest

from causerie.foundation.cache import Cache
from causerie.gateway.elsewhere import SharedSessions
from tests.valkeys import Valkey


@pytest.fixture
def nodes(cache: Cache) -> tuple[SharedSessions, SharedSessions]:
    return SharedSessions(cache, "one"), SharedSessions(cache, "other")


async def test_a_node_counts_what_the_others_have_and_not_its_own(
    nodes: tuple[SharedSessions, SharedSessions],
) -> None:
    one, other = nodes
    one.note(7, 2, "10.0.0.1", 3)
    other.note(7, 1, "10.0.0.1", 1)
    await one.tell()
    await other.tell()

    assert await one.count(7, "10.0.0.1") == (1, 1)
    assert await other.count(7, "10.0.0.1") == (2, 3)
    assert await other.count(8, "10.0.0.2") == (0, 0)


async def test_a_socket_that_left_counts_no_more(
    nodes: tuple[SharedSessions, SharedSessions],
) -> None:
    one, other = nodes
    one.note(7, 1, "10.0.0.1", 1)
    await one.tell()
    one.note(7, 0, "10.0.0.1", 0)
    await one.tell()

    assert await other.count(7, "10.0.0.1") == (0, 0)


async def test_a_dead_nodes_sockets_end_by_themselves(
    nodes: tuple[SharedSessions, SharedSessions], server: Valkey
) -> None:
    one, other = nodes
    one.note(7, 1, "10.0.0.1", 1)
    await one.tell()
    (key,) = server.ask("KEYS", "*u:7")
    is_bounded = server.ask("TTL", key) > 0
    server.ask("HSET", key, "one", f"1 {int(time.time()) - 1}")

    assert is_bounded
    assert await other.count(7, "10.0.0.1") == (0, 1)


async def test_without_redis_a_node_counts_its_own(
    nodes: tuple[SharedSessions, SharedSessions], server: Valkey
) -> None:
    one, _ = nodes
    server.pause()
    found = await one.count(7, "10.0.0.1")
    server.resume()

    assert found == (0, 0)
