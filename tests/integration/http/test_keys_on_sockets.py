"""API keys on sockets: they open them, and a revocation closes them."""

from __future__ import annotations

from tests.scenes.node import NodeScene, User


async def test_a_socket_that_a_key_opened_closes_with_the_key(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    made = (
        await scene.call("POST", "/auth/api-keys", {"name": "bot", "scopes": []}, user=ada)
    ).json()
    by_token = await scene.connect("/ws/v2", ada)
    by_key = await scene.connect("/ws/v2", User(ada.id, ada.username, made["key"]))
    await by_key.hear("hello")

    await scene.call("DELETE", f"/auth/api-keys/{made['api_key']['id']}", user=ada)

    assert await by_key.wait_closed() == 4401
    assert by_token.close_code is None
