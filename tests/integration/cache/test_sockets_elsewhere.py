"""How many sockets others have, through a real Valkey."""

from __future__ import annotations

import asyncio
import time

import pytest

from causerie.foundation.cache import Cache
from causerie.gateway.elsewhere import SILENT_SECONDS, SharedSessions
from tests.integration.cache.conftest import until
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


async def test_a_silent_nodes_sockets_count_no_more_until_it_is_heard_again(
    nodes: tuple[SharedSessions, SharedSessions], server: Valkey
) -> None:
    one, other = nodes
    one.note(7, 3, "10.0.0.1", 3)
    await one.tell()
    await one.beat()
    await other.beat()
    heard = await other.count(7, "10.0.0.1")
    (beats,) = server.ask("KEYS", "*sockets:beats")
    server.ask("ZADD", beats, int(time.time()) - SILENT_SECONDS, "one")
    await other.beat()
    silent = await other.count(7, "10.0.0.1")
    await one.beat()
    await other.beat()

    assert (heard, silent) == ((3, 3), (0, 0))
    assert await other.count(7, "10.0.0.1") == (3, 3)
    assert server.ask("TTL", beats) > 0


async def test_a_node_says_that_it_lives_by_itself(cache: Cache, server: Valkey) -> None:
    running = asyncio.create_task(SharedSessions(cache, "one").run())
    await until(lambda: bool(server.ask("KEYS", "*sockets:beats")))
    running.cancel()
    await asyncio.wait({running})

    assert server.ask("ZRANGE", server.ask("KEYS", "*sockets:beats")[0], 0, -1) == [b"one"]


async def test_the_roll_has_who_has_most_on_all_nodes_together(
    nodes: tuple[SharedSessions, SharedSessions],
) -> None:
    one, other = nodes
    one.note(7, 2, "10.0.0.1", 3)
    one.note(8, 1, "10.0.0.1", 3)
    other.note(7, 1, "10.0.0.2", 2)
    other.note(9, 2, "10.0.0.2", 3)
    for node in nodes:
        await node.tell()
    found = await one.roll(2)
    other.note(9, 0, "10.0.0.2", 1)
    await other.tell()
    after = await one.roll(2)

    assert found is not None
    assert after is not None
    assert list(found.users.items()) == [(7, 3), (9, 2)]
    assert dict(found.addresses) == {"10.0.0.1": 3, "10.0.0.2": 3}
    assert {n.node: n.connections for n in found.nodes} == {"one": 3, "other": 3}
    assert list(after.users.items()) == [(7, 3), (8, 1)]
    assert {n.node: n.connections for n in after.nodes} == {"one": 3, "other": 1}


async def test_a_dead_node_leaves_the_roll_by_itself(
    nodes: tuple[SharedSessions, SharedSessions], server: Valkey
) -> None:
    one, other = nodes
    one.note(7, 1, "10.0.0.1", 1)
    other.note(8, 1, "10.0.0.2", 1)
    for node in nodes:
        await node.tell()
    keys = [*server.ask("KEYS", "*{one}:u"), *server.ask("KEYS", "*{one}:n")]
    are_bounded = [server.ask("TTL", key) > 0 for key in keys]
    (members,) = server.ask("KEYS", "*sockets:nodes")
    server.ask("ZADD", members, int(time.time()) - 1, "one")
    found = await other.roll(10)

    assert are_bounded == [True, True]
    assert found is not None
    assert [n.node for n in found.nodes] == ["other"]
    assert dict(found.users) == {8: 1}


async def test_what_a_node_told_that_is_known_to_have_died_is_taken_away_at_once(
    nodes: tuple[SharedSessions, SharedSessions], cache: Cache, server: Valkey
) -> None:
    _, other = nodes
    for node in nodes:
        node.note(7, 2, "10.0.0.1", 2)
        await node.tell()
    third = SharedSessions(cache, "third")
    await other.forget("one")
    found = await other.roll(10)

    assert found is not None
    assert [n.node for n in found.nodes] == ["other"]
    assert (dict(found.users), dict(found.addresses)) == ({7: 2}, {"10.0.0.1": 2})
    assert await third.count(7, "10.0.0.1") == (2, 2)
    assert server.ask("KEYS", "*one*") == []


async def test_what_redis_forgot_or_never_heard_is_told_again(
    nodes: tuple[SharedSessions, SharedSessions], server: Valkey
) -> None:
    one, other = nodes
    one.note(7, 1, "10.0.0.1", 1)
    one.note(8, 1, "10.0.0.1", 2)
    await one.tell()
    (key,) = server.ask("KEYS", "*{one}:u")
    server.ask("ZADD", key, 5, "99")  # As if the end of it had been told while nobody heard.
    server.ask("ZREM", key, "8")
    await one.tell(anew=True)
    found = await other.roll(10)

    assert found is not None
    assert dict(found.users) == {7: 1, 8: 1}


async def test_without_redis_a_node_counts_its_own(brief_cache: Cache, server: Valkey) -> None:
    one = SharedSessions(brief_cache, "one")
    server.pause()
    found = await one.count(7, "10.0.0.1")
    roll = await one.roll(10)
    server.resume()

    assert found == (0, 0)
    assert roll is None
