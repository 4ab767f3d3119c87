"""API keys: made by people, used by programs, limited to their scopes, void at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from causerie.accounts import Permission, SessionRevoked
from causerie.foundation.errors import Unauthenticated
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from tests.integration.accounts.account_scene import PASSWORD, AccountScene, Answer
from tests.integration.accounts.conftest import Opener

PATH = "/auth/api-keys"


@pytest.fixture
async def token(scene: AccountScene) -> str:
    """Ada's; she is the server's admin."""
    return str((await scene.register("ada")).json()["access_token"])


async def _make(scene: AccountScene, token: str, **body: Any) -> Answer:
    body = {"name": "backup script", "scopes": ["messages.send"], **body}
    return await scene.call("POST", PATH, body, token=token)


async def test_a_key_acts_as_its_owner_within_its_scopes(scene: AccountScene, token: str) -> None:
    made = await _make(scene, token)
    key = made.json()["key"]

    principal = await scene.service.authenticate_bearer(key)

    assert made.status == 201
    assert key.startswith("causerie_")
    assert (await scene.me(key)).json()["username"] == "ada"
    mine = await scene.call("GET", "/api/v2/me/permissions", token=key)
    assert mine.json() == {"role": "admin", "permissions": ["messages.send"]}
    assert principal.permissions == {Permission.SEND_MESSAGES}
    assert (principal.role, principal.api_key) == ("admin", "1")
    listed = (await scene.call("GET", PATH, token=token)).json()["items"]
    assert listed == [
        {
            "id": 1,
            "user_id": 1,
            "name": "backup script",
            "hint": key[:13],
            "scopes": ["messages.send"],
            "created_at": "2026-01-31T12:00:00.000Z",
            "expires_at": None,
            "last_used_at": "2026-01-31T12:00:00.000Z",
        }
    ]


async def test_a_key_never_has_more_than_its_owners_role(scene: AccountScene, token: str) -> None:
    bob = (await scene.register("bob")).json()["access_token"]
    refused = await _make(scene, bob, scopes=["users.manage"])
    unknown = await _make(scene, bob, scopes=["everything"])
    key = (await _make(scene, bob, scopes=["messages.send", "conversations.create"])).json()["key"]
    assert len((await scene.service.authenticate_bearer(key)).permissions) == 2

    await scene.service.change_role("bob", "guest")

    assert (refused.status, unknown.status) == (422, 422)
    assert (await scene.service.authenticate_bearer(key)).permissions == {Permission.SEND_MESSAGES}


async def test_a_key_is_void_from_its_revocation_and_its_expiry_on(
    open_scene: Opener, scene: AccountScene, token: str
) -> None:
    other = await open_scene()
    keys = [(await _make(scene, token, expires_in_days=1)).json() for _ in range(2)]
    for made in keys:
        assert (await scene.me(made["key"])).status == 200
        assert (await other.me(made["key"])).status == 200

    revoked = await scene.call("DELETE", f"{PATH}/{keys[0]['api_key']['id']}", token=token)
    again = await scene.call("DELETE", f"{PATH}/{keys[0]['api_key']['id']}", token=token)

    assert (revoked.status, again.status) == (204, 404)
    assert scene.announced[-1] == SessionRevoked(UserId(1), "key:1")
    assert [(await scene.me(made["key"])).status for made in keys] == [401, 200]
    other.clock.advance(61)
    assert (await other.me(keys[0]["key"])).status == 401
    scene.clock.advance(24 * 3600)
    assert (await scene.me(keys[1]["key"])).status == 401


async def test_a_revocation_beats_a_proof_that_is_under_way(
    scene: AccountScene, token: str
) -> None:
    made = (await _make(scene, token)).json()

    await asyncio.gather(
        *(scene.me(made["key"]) for _ in range(5)),
        scene.call("DELETE", f"{PATH}/{made['api_key']['id']}", token=token),
        *(scene.me(made["key"]) for _ in range(5)),
    )

    assert (await scene.me(made["key"])).status == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", PATH, {"name": "more", "scopes": []}),
        ("GET", PATH, None),
        ("DELETE", f"{PATH}/1", None),
        ("POST", "/auth/bots", {"username": "robot"}),
        ("POST", "/auth/step-up", {"password": PASSWORD}),
        ("POST", "/auth/password", {"current_password": PASSWORD, "new_password": "x" * 9}),
        ("POST", "/auth/2fa/enable", None),
        ("GET", "/auth/sessions", None),
        ("DELETE", "/auth/sessions", None),
        ("POST", "/auth/logout", None),
        ("POST", "/auth/ticket", None),
    ],
)
async def test_a_key_changes_nothing_that_proves_its_owner(
    scene: AccountScene, token: str, method: str, path: str, body: object
) -> None:
    key = (await _make(scene, token, scopes=["users.manage"])).json()["key"]

    answer = await scene.call(method, path, body, token=key)

    assert (answer.status, answer.code) == (403, "forbidden")


async def test_making_a_key_needs_a_fresh_proof(scene: AccountScene, token: str) -> None:
    scene.clock.advance(300)

    stale = await _make(scene, token)
    await scene.call("POST", "/auth/step-up", {"password": PASSWORD}, token=token)
    fresh = await _make(scene, token)

    assert (stale.status, stale.code) == (401, "step_up_required")
    assert fresh.status == 201


async def test_a_bot_has_no_password_and_lives_by_its_keys(scene: AccountScene, token: str) -> None:
    bob = (await scene.register("bob")).json()["access_token"]
    bot = await scene.call("POST", "/auth/bots", {"username": "robot"}, token=token)
    forbidden = await scene.call("POST", "/auth/bots", {"username": "robot2"}, token=bob)
    bot_id = bot.json()["id"]

    made = await _make(scene, token, user_id=bot_id)
    strangers = [
        await _make(scene, bob, user_id=bot_id),
        await _make(scene, token, user_id=2),  # Bob is a person
        await scene.call("GET", f"{PATH}?user_id={bot_id}", token=bob),
    ]

    assert (bot.status, forbidden.status, made.status) == (201, 403, 201)
    assert [answer.status for answer in strangers] == [403, 404, 403]
    assert (await scene.me(made.json()["key"])).json()["username"] == "robot"
    for password in ("", "None", PASSWORD):
        assert (await scene.login("robot", password)).status == 401
    revoked = await scene.call("DELETE", f"{PATH}/{made.json()['api_key']['id']}", token=bob)
    assert revoked.status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 10**9}, "expires_in_days"),
        ({"scopes": ["messages.send", "\0"]}, "scopes[1]"),
        ({"key_hash": "x"}, "key_hash"),
        ({"created_by": 2}, "created_by"),
    ],
)
async def test_a_wrong_body_is_refused_by_field(
    scene: AccountScene, token: str, body: dict[str, object], field: str
) -> None:
    answer = await _make(scene, token, **body)

    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_what_is_no_key_proves_nothing(scene: AccountScene, token: str) -> None:
    key = (await _make(scene, token)).json()["key"]

    for wrong in (key[:-1], key + "A", key.swapcase(), "causerie_", "causerie_" + "x" * 5000):
        with pytest.raises(Unauthenticated):
            await scene.service.authenticate_bearer(wrong)


async def test_what_is_stored_opens_nothing(
    scene: AccountScene, token: str, database: Database
) -> None:
    key = (await _make(scene, token)).json()["key"]

    async with database.connection() as connection:
        stored = await connection.fetchval("SELECT k::text FROM accounts.api_keys k")

    assert key not in stored
    assert key.encode().hex() not in stored


async def test_the_operators_revocation_of_a_user_voids_the_keys(
    scene: AccountScene, token: str
) -> None:
    bob = (await scene.register("bob")).json()["access_token"]
    key = (await _make(scene, bob)).json()["key"]

    await scene.service.revoke_user(UserId(2))

    assert (await scene.me(key)).status == 401
