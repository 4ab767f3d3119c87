"""Who is connected, by user and by address, for those who may know."""

from __future__ import annotations

import pytest

from tests.scenes.node import NodeScene

CONNECTIONS = "/api/v2/admin/connections"


async def test_an_admin_sees_who_is_connected_and_from_where(scene: NodeScene) -> None:
    admin = await scene.register("ada")
    eve = await scene.register("eve")
    for _ in range(2):
        await scene.connect("/ws/v2", eve)
    await scene.connect("/ws/v2", admin)
    found = await scene.call("GET", CONNECTIONS, user=admin)
    first = await scene.call("GET", f"{CONNECTIONS}?limit=1", user=admin)

    roll = found.json()
    assert roll["is_whole"]
    assert [node["connections"] for node in roll["nodes"]] == [3]
    assert roll["users"] == [
        {"user_id": eve.id, "username": "eve", "connections": 2},
        {"user_id": admin.id, "username": "ada", "connections": 1},
    ]
    assert [entry["connections"] for entry in roll["addresses"]] == [3]
    assert [user["username"] for user in first.json()["users"]] == ["eve"]


async def test_others_see_nothing_of_it(scene: NodeScene) -> None:
    await scene.register("ada")
    answer = await scene.call("GET", CONNECTIONS, user=await scene.register("eve"))

    assert (answer.status, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("limit", [0, 1001])
async def test_a_list_has_a_bound(scene: NodeScene, limit: int) -> None:
    admin = await scene.register("ada")
    answer = await scene.call("GET", f"{CONNECTIONS}?limit={limit}", user=admin)

    assert (answer.status, answer.json()["code"]) == (422, "invalid")
