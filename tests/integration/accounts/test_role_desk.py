"""Roles as data: changed by admins while the server runs, and by nobody past their own."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from causerie.accounts import Permission
from tests.integration.accounts.account_scene import AccountScene, Answer
from tests.integration.accounts.conftest import Opener

MINE = "/api/v2/me/permissions"


@pytest.fixture
async def admin(scene: AccountScene) -> str:
    return str((await scene.register("ada")).json()["access_token"])


@pytest.fixture
async def bob(scene: AccountScene, admin: str) -> str:
    return str((await scene.register("bob")).json()["access_token"])


async def _put(scene: AccountScene, token: str, role: str, *permissions: str) -> Answer:
    body = {"permissions": list(permissions)}
    return await scene.call("PUT", f"/auth/roles/{role}", body, token=token)


async def _assign(scene: AccountScene, token: str, user_id: int, role: str) -> Answer:
    return await scene.call("PUT", f"/auth/users/{user_id}/role", {"role": role}, token=token)


async def _permissions(scene: AccountScene, token: str) -> frozenset[str]:
    return (await scene.service.authenticate_bearer(token)).permissions


async def test_a_role_of_ones_own_is_made_given_and_taken_away(
    scene: AccountScene, admin: str, bob: str
) -> None:
    made = await _put(scene, admin, "helper", "messages.send", "users.sanction")
    given = await _assign(scene, admin, 2, "helper")
    allowed = await _permissions(scene, bob)
    in_use = await scene.call("DELETE", "/auth/roles/helper", token=admin)
    await _assign(scene, admin, 2, "user")
    removed = await scene.call("DELETE", "/auth/roles/helper", token=admin)

    assert made.json() == {"name": "helper", "permissions": ["messages.send", "users.sanction"]}
    assert given.json()["role"] == "helper"
    assert allowed == {"messages.send", "users.sanction"}
    assert [answer.status for answer in (in_use, removed)] == [409, 204]
    listed = (await scene.call("GET", "/auth/roles", token=admin)).json()
    assert {role["name"] for role in listed["items"]} == {"admin", "moderator", "user", "guest"}
    assert listed["permissions"] == sorted(Permission)


async def test_what_a_role_loses_its_users_lose_at_once(
    scene: AccountScene, admin: str, bob: str
) -> None:
    assert Permission.SEND_MESSAGES in await _permissions(scene, bob)

    await _put(scene, admin, "user")

    assert await _permissions(scene, bob) == frozenset()


async def test_all_are_told_what_they_themselves_may_do_now(
    scene: AccountScene, admin: str, bob: str
) -> None:
    before = await scene.call("GET", MINE, token=bob)
    await _put(scene, admin, "helper", "users.sanction", "reports.review")
    await _assign(scene, admin, 2, "helper")
    after = await scene.call("GET", MINE, token=bob)

    permissions = ["conversations.create", "messages.mention_everyone", "messages.send"]
    assert before.json() == {"role": "user", "permissions": permissions}
    assert after.json() == {"role": "helper", "permissions": ["reports.review", "users.sanction"]}
    everything = (await scene.call("GET", MINE, token=admin)).json()["permissions"]
    assert everything == sorted(Permission)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/auth/roles", None),
        ("PUT", "/auth/roles/user", {"permissions": ["roles.manage"]}),
        ("DELETE", "/auth/roles/guest", None),
        ("PUT", "/auth/users/2/role", {"role": "admin"}),
    ],
)
async def test_a_user_makes_nobody_an_admin(
    scene: AccountScene, bob: str, method: str, path: str, body: object
) -> None:
    answer = await scene.call(method, path, body, token=bob)

    assert (answer.status, answer.code) == (403, "forbidden")
    assert (await scene.me(bob)).json()["role"] == "user"


async def test_who_manages_users_or_roles_gives_no_more_than_their_own(
    scene: AccountScene, admin: str, bob: str
) -> None:
    await _put(scene, admin, "staff", "users.manage", "roles.manage", "messages.send")
    await _assign(scene, admin, 2, "staff")

    refused = [
        await _assign(scene, bob, 2, "admin"),
        await _assign(scene, bob, 1, "guest"),
        await _put(scene, bob, "staff", "users.manage", "roles.manage", "server.observe"),
        await _put(scene, bob, "admin", "users.manage", "roles.manage"),
        await scene.call("DELETE", "/auth/roles/moderator", token=bob),
    ]
    allowed = await _put(scene, bob, "guest")

    assert {(answer.status, answer.code) for answer in refused} == {(403, "forbidden")}
    assert allowed.status == 200


async def test_the_last_admin_stays_and_can_manage(scene: AccountScene, admin: str) -> None:
    answers = [
        await _assign(scene, admin, 1, "user"),
        await _put(scene, admin, "admin", "messages.send"),
        await scene.call("DELETE", "/auth/roles/admin", token=admin),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(409, "conflict")}
    assert (await scene.me(admin)).json()["role"] == "admin"


async def test_of_two_admins_who_dismiss_one_another_one_stays(
    open_scene: Opener, scene: AccountScene, admin: str, bob: str
) -> None:
    await _assign(scene, admin, 2, "admin")
    other = await open_scene()

    await asyncio.gather(_assign(scene, admin, 2, "user"), _assign(other, bob, 1, "user"))

    users = await scene.service._users.get_many([1, 2])  # type: ignore[list-item] # plain ids
    assert Counter(user.role for user in users) == {"admin": 1, "user": 1}


async def test_changing_roles_needs_a_fresh_proof(scene: AccountScene, admin: str) -> None:
    scene.clock.advance(300)

    for answer in (
        await _put(scene, admin, "guest"),
        await _assign(scene, admin, 1, "user"),
        await scene.call("DELETE", "/auth/roles/guest", token=admin),
    ):
        assert (answer.status, answer.code) == (401, "step_up_required")


@pytest.mark.parametrize(
    ("role", "permissions", "status"),
    [
        ("Admin", [], 422),
        ("a" * 33, [], 422),
        ("x'; DROP TABLE", [], 422),
        ("helper", ["fly"], 422),
        ("helper", ["\ud800"], 400),
    ],
)
async def test_what_is_no_role_is_refused(
    scene: AccountScene, admin: str, role: str, permissions: list[str], status: int
) -> None:
    import json

    body = json.dumps({"permissions": permissions}).encode()

    answer = await scene.call("PUT", f"/auth/roles/{role}", body, token=admin)

    assert answer.code == "invalid"
    assert answer.status in {400, 422}


async def test_nobody_and_nothing_gets_a_role(scene: AccountScene, admin: str) -> None:
    missing = await _assign(scene, admin, 99, "user")
    unknown = await _assign(scene, admin, 1, "king")

    assert (missing.status, missing.code) == (404, "not_found")
    assert (unknown.status, unknown.code) == (422, "invalid")
