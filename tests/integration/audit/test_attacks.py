"""What looks like an attack on a whole node, and what follows by itself."""

from __future__ import annotations

from typing import Any

import pyotp

from causerie.audit.model import (
    DEFAULT_SEVERITY,
    IMPOSSIBLE_SPEED,
    LOGIN_FAILURES,
    PROBING,
    TOKEN_FORGED,
    Kind,
)
from causerie.gateway.ports import Admitted, Refused, UpgradeRequest
from causerie.moderation import NewSanction, SanctionKind, Subject, SubjectKind
from tests.scenes.node import PASSWORD, NodeScene, User


async def events_of(node: NodeScene, admin: User, kind: str) -> list[dict[str, Any]]:
    assert await node.node.audit.events.drain(60)
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


def upgrade(*, client: str, user: User | None = None, ticket: str = "") -> UpgradeRequest:
    return UpgradeRequest(
        path="/ws/v2",
        query={"ticket": ticket} if ticket else {},
        authorization=None if user is None else f"Bearer {user.token}",
        origin=None,
        host="chat.example",
        subprotocols=(),
        client=client,
    )


async def test_a_ticket_that_comes_again_is_told_of_with_whose_it_was(node: NodeScene) -> None:
    admin = await node.register("ada")
    ticket = (await node.call("POST", "/auth/ticket", user=admin)).json()["ticket"]

    first = await node.node.doors.admit(upgrade(client="192.0.2.9", ticket=ticket))
    again = await node.node.doors.admit(upgrade(client="192.0.2.66", ticket=ticket))
    unknown = await node.node.doors.admit(upgrade(client="192.0.2.67", ticket="never-given"))

    assert isinstance(first, Admitted)
    assert isinstance(again, Refused)
    assert isinstance(unknown, Refused)
    (event,) = await events_of(node, admin, "ticket_replayed")
    assert (event["severity"], event["user_id"], event["address"]) == (
        "warning", admin.id, "192.0.2.66",
    )  # fmt: skip


async def test_codes_that_are_wrong_and_codes_that_come_again_are_told_apart(
    node: NodeScene,
) -> None:
    admin = await node.register("ada")
    secret = (await node.call("POST", "/auth/2fa/enable", user=admin)).json()["secret"]
    code = pyotp.TOTP(secret).now()
    await node.call("POST", "/auth/2fa/verify", {"code": code}, user=admin)

    body = {"username": "ada", "password": PASSWORD}
    await node.call("POST", "/auth/login", {**body, "code": code}, peer="192.0.2.66")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    await node.call("POST", "/auth/login", {**body, "code": wrong}, peer="192.0.2.67")

    (replayed,) = await events_of(node, admin, "code_replayed")
    (failed,) = await events_of(node, admin, "two_factor_failed")
    assert (replayed["severity"], replayed["user_id"], replayed["address"]) == (
        "warning", admin.id, "192.0.2.66",
    )  # fmt: skip
    assert (failed["severity"], failed["address"]) == ("info", "192.0.2.67")


async def test_forged_tokens_are_told_of_and_become_critical(node: NodeScene) -> None:
    admin = await node.register("ada")
    head, claims, signature = admin.token.split(".")
    flipped = "A" if signature[0] != "A" else "B"
    forged = User(admin.id, "ada", f"{head}.{claims}.{flipped}{signature[1:]}")
    for number in range(TOKEN_FORGED.most * 3):
        if number % 2:
            await node.call("GET", "/api/v2/me", user=forged, peer="192.0.2.66")
        else:
            await node.node.doors.admit(upgrade(client="192.0.2.66", user=forged))

    told = await events_of(node, admin, "token_forged")
    assert [(e["severity"], e["address"]) for e in told] == [
        ("critical", "192.0.2.66"), ("warning", "192.0.2.66"), ("warning", "192.0.2.66"),
    ]  # fmt: skip


async def test_a_session_at_three_far_places_within_a_minute_is_told_of_sockets_too(
    node: NodeScene,
) -> None:
    admin = await node.register("ada")
    await node.call("GET", "/api/v2/me", user=admin, peer="192.0.2.1")
    await node.call("GET", "/api/v2/me", user=admin, peer="198.51.100.1")
    await node.node.doors.admit(upgrade(client="203.0.113.1", user=admin))

    (event,) = await events_of(node, admin, "impossible_speed")
    assert (event["user_id"], event["address"]) == (admin.id, "203.0.113.1")
    assert event["details"]["count"] == IMPOSSIBLE_SPEED.most


async def test_probing_by_sockets_counts_as_probing_by_requests(node: NodeScene) -> None:
    admin = await node.register("ada")
    for number in range(PROBING.most):
        await node.node.doors.admit(upgrade(client="192.0.2.66", ticket=f"guess{number}"))

    (event,) = await events_of(node, admin, "probing")
    right = {"username": "ada", "password": PASSWORD}
    shut_out = await node.call("POST", "/auth/login", right, peer="192.0.2.66")
    assert (event["address"], event["details"]["answer"]) == ("192.0.2.66", "block")
    assert shut_out.status == 429


async def test_failed_logins_are_told_one_by_one(node: NodeScene) -> None:
    admin = await node.register("ada")
    await node.call("POST", "/auth/login", {"username": "eve", "password": "wrong words"})

    (event,) = await events_of(node, admin, "login_failed")
    assert (event["severity"], event["user_id"]) == ("info", None)


async def test_sanctions_and_withdrawn_keys_are_told(node: NodeScene) -> None:
    admin = await node.register("ada")
    ben = await node.register("ben")
    subject = Subject(SubjectKind.USER, ben.id)
    for kind in (SanctionKind.WARNING, SanctionKind.BAN):
        new = NewSanction(subject, kind, "spam")
        await node.node.conduct.sanctions.impose_as_operator(new)
    told = await events_of(node, admin, "sanctioned")
    assert [(e["severity"], e["user_id"], e["details"]["kind"]) for e in told] == [
        ("warning", ben.id, "ban"), ("info", ben.id, "warning"),
    ]  # fmt: skip

    await node.node.accounts.keys.rotate(withdraw=True)
    assert await node.node.audit.events.drain(60)
    lines = await node.node.audit.desk.newest(events=True, limit=20)
    assert [line for line in lines if "keys_withdrawn" in line and "critical" in line]


def test_every_kind_of_event_has_a_severity() -> None:
    assert set(DEFAULT_SEVERITY) == set(Kind)
