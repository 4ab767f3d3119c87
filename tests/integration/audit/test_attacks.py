"""What looks like an attack on a whole node, and what follows by itself."""

from __future__ import annotations

from typing import Any

from causerie.audit.model import LOGIN_FAILURES, PROBING
from tests.scenes.node import PASSWORD, NodeScene, User


async def events_of(node: NodeScene, admin: User, kind: str) -> list[dict[str, Any]]:
    assert await node.node.audit.events.drain(5)
    target = f"/api/v2/audit/security-events?kind={kind}"
    items: list[dict[str, Any]] = (await node.call("GET", target, user=admin)).json()["items"]
    return items


async def test_a_reused_refresh_token_is_a_critical_event(node: NodeScene) -> None:
    admin = await node.register("ada")
    login = {"username": "ada", "password": PASSWORD}
    spent = (await node.call("POST", "/auth/login", login)).json()["refresh_token"]
    for _ in range(2):
        await node.call("POST", "/auth/refresh", {"refresh_token": spent}, peer="192.0.2.66")

    (event,) = await events_of(node, admin, "refresh_token_reused")
    assert (event["severity"], event["user_id"], event["address"]) == (
        "critical", admin.id, "192.0.2.66",
    )  # fmt: skip


async def test_failed_logins_from_one_address_block_it_and_leave_others_alone(
    node: NodeScene,
) -> None:
    admin = await node.register("ada")
    for number in range(LOGIN_FAILURES.most):
        wrong = {"username": f"nobody{number}", "password": "wrong"}
        await node.call("POST", "/auth/login", wrong, peer="192.0.2.66")

    right = {"username": "ada", "password": PASSWORD}
    there = await node.call("POST", "/auth/login", right, peer="192.0.2.66")
    elsewhere = await node.call("POST", "/auth/login", right, peer="192.0.2.67")
    (event,) = await events_of(node, admin, "login_failures")
    assert event["details"]["answer"] == "block"
    assert (there.status, there.json()["code"]) == (429, "rate_limited")
    assert elsewhere.status == 200


async def test_probing_is_told_and_loopback_is_never_shut_out(node: NodeScene) -> None:
    admin = await node.register("ada")
    for number in range(PROBING.most):
        await node.call("GET", f"/.env{number}")

    (event,) = await events_of(node, admin, "probing")
    assert event["address"] == "127.0.0.1"
    login = {"username": "ada", "password": PASSWORD}
    assert (await node.call("POST", "/auth/login", login)).status == 200
