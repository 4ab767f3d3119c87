"""What /metrics says of a whole node: true, and of a size that no client can blow up."""

from __future__ import annotations

import re

from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

from causerie.foundation.postgres import Database, read_figures
from tests.scenes.node import NodeScene

ROUNDS = 30
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(scene: NodeScene) -> Series:
    answer = await scene.call("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == CONTENT_TYPE_LATEST
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def value(series: Series, name: str, **labels: str) -> float:
    return series.get((f"chat_server_{name}", frozenset(labels.items())), 0.0)


async def test_what_clients_make_up_becomes_no_label(scene: NodeScene) -> None:
    user = await scene.register("ada")
    for method in ("GET", "POST", "BREW"):
        await scene.call(method, "/none/of/ours/0", user=user)
        await scene.call(method, "/api/v2/conversations/room_0/messages", user=user)
    before = await scrape(scene)
    for n in range(1, ROUNDS + 1):
        for method in ("GET", "POST", f"BREW{n}"):
            await scene.call(method, f"/none/of/ours/{n}", user=user)
            await scene.call(method, f"/api/v2/conversations/room_{n}/messages", user=user)
    after = await scrape(scene)

    new = set(after) - set(before)
    labels = {label for _, series in new for _, label in series}
    assert {label for label in labels if re.search("none|ours|room_|BREW", label)} == set()
    # What else is new is of the code's own: that /metrics was asked, that it looked like an attack.
    kinds = {(name, series - {pair for pair in series if pair[0] == "le"}) for name, series in new}
    assert len(kinds) < ROUNDS


async def test_a_security_check_that_refuses_is_counted_by_its_name(scene: NodeScene) -> None:
    user = await scene.register("ada")
    before = await scrape(scene)
    await scene.call("GET", "/api/v2/me")
    await scene.call("GET", "/api/v2/moderation/sanctions", user=await scene.register("eve"))
    await scene.admit("/ws/v2", user)
    after = await scrape(scene)

    def grown(check: str) -> float:
        name = "security_refusals_total"
        return value(after, name, check=check) - value(before, name, check=check)

    assert grown("authentication") == 1
    assert grown("permission") == 1
    assert grown("csrf") == 0


async def test_the_database_shows_its_pool_its_statements_and_its_own_books(
    scene: NodeScene, database: Database
) -> None:
    before = await scrape(scene)
    user = await scene.register("ada")
    made = await scene.call(
        "POST", "/api/v2/conversations", {"kind": "room", "name": "den"}, user=user
    )
    await read_figures(database)
    after = await scrape(scene)

    assert made.status == 201
    name = "database_query_seconds_count"
    for group in ("accounts", "conversations"):
        assert value(after, name, group=group) > value(before, name, group=group)
    assert value(after, "database_pool_connections", state="max") > 0
    assert value(after, "database_pool_connections", state="idle") > 0
    assert value(after, "database_pool_waiting") == 0
    assert value(after, "database_size_bytes") > 1 << 20
    assert value(after, "database_sessions", state="active") >= 1
    assert value(after, "database_transactions_total", result="committed") > 0
    assert value(after, "database_blocks_total", source="hit") > 0
    assert value(after, "disk_size_bytes") > value(after, "disk_free_bytes") > 0


async def test_people_conversations_messages_sockets_and_workers_are_counted(
    scene: NodeScene,
) -> None:
    before = await scrape(scene)
    user = await scene.register("ada")
    room = {"kind": "room", "name": "den"}
    made = await scene.call("POST", "/api/v2/conversations", room, user=user)
    place = f"/api/v2/conversations/{made.json()['id']}/messages"
    await scene.call("POST", place, {"content": "hello"}, user=user)
    await scene.connect("/ws/v2", user)
    after = await scrape(scene)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("users_registered_total") == 1
    assert grown("conversations_opened_total", kind="room") == 1
    assert grown("messages_total", kind="room") == grown("send_seconds_count") == 1
    assert value(after, "users_connected") == 1
    assert value(after, "requests_in_flight") == 1  # The scrape itself.
    assert value(after, "worker_up", worker="message_writer") == 1
