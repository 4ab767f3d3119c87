"""Register, log in, renew, log out: the doors as PROTOCOL lists them."""

from __future__ import annotations

import pytest

from causerie.accounts import Registration
from causerie.accounts.events import SessionRevoked, UserRegistered
from tests.integration.accounts.account_scene import PASSWORD, AccountScene
from tests.integration.accounts.conftest import Opener


async def test_an_account_comes_with_tokens(scene: AccountScene) -> None:
    answer = await scene.register("Ada", email="ada@example.org")

    assert answer.status == 201
    body = answer.json()
    assert set(body) == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert body["user"] == {
        "id": 1,
        "username": "Ada",
        "display_name": "Ada",
        "role": "admin",
        "created_at": "2026-01-31T12:00:00.000Z",
    }


async def test_the_first_account_is_admin_and_later_ones_are_users(scene: AccountScene) -> None:
    first = await scene.register("ada")
    second = await scene.register("bob")

    roles = [answer.json()["user"]["role"] for answer in (first, second)]
    assert roles == ["admin", "user"]
    registered = [e for e in scene.announced if isinstance(e, UserRegistered)]
    assert [event.is_founder for event in registered] == [True, False]


async def test_a_name_is_taken_in_every_case(scene: AccountScene) -> None:
    await scene.register("Ada")

    again = await scene.register("aDA")

    assert (again.status, again.code) == (409, "conflict")


async def test_a_user_logs_in_under_the_name_in_any_case(scene: AccountScene) -> None:
    await scene.register("Ada")

    answer = await scene.login("ADA")

    assert answer.status == 200
    assert answer.json()["user"]["username"] == "Ada"
    assert (await scene.me(answer.json()["access_token"])).json() == answer.json()["user"]


async def test_a_code_is_passed_over_without_a_second_factor(scene: AccountScene) -> None:
    await scene.register("ada")

    body = {"username": "ada", "password": PASSWORD, "code": "123456"}
    answer = await scene.call("POST", "/auth/login", body)

    assert answer.status == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada", "another password"), ("nobody", PASSWORD), ("no such name!", PASSWORD), ("", "")],
)
async def test_a_login_is_refused_alike_whatever_is_wrong(
    scene: AccountScene, username: str, password: str
) -> None:
    await scene.register("ada")

    answer = await scene.login(username, password)

    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.json()["detail"] == "The username or the password is wrong"


async def test_a_refresh_gives_new_tokens_for_the_same_session(scene: AccountScene) -> None:
    first = (await scene.register("ada")).json()

    answer = await scene.refresh(first["refresh_token"])

    assert answer.status == 200
    second = answer.json()
    assert second["user"] == first["user"]
    assert second["refresh_token"] != first["refresh_token"]
    principals = [
        await scene.service.authenticate_bearer(body["access_token"]) for body in (first, second)
    ]
    assert principals[0].session == principals[1].session
    assert principals[0].token != principals[1].token


async def test_a_logout_ends_the_session_at_once(scene: AccountScene) -> None:
    login = (await scene.register("ada")).json()
    other = (await scene.login("ada")).json()
    assert (await scene.me(login["access_token"])).status == 200

    answer = await scene.call("POST", "/auth/logout", token=login["access_token"])

    assert (answer.status, answer.body) == (204, b"")
    refused = await scene.me(login["access_token"])
    assert (refused.status, refused.json()["detail"]) == (401, "The access token was revoked")
    assert (await scene.refresh(login["refresh_token"])).status == 401
    assert (await scene.me(other["access_token"])).status == 200
    revoked = [event for event in scene.announced if isinstance(event, SessionRevoked)]
    assert len(revoked) == 1


async def test_a_logout_holds_on_a_node_that_did_not_hear_of_it(open_scene: Opener) -> None:
    here, there = await open_scene(), await open_scene()
    token = (await here.register("ada")).json()["access_token"]

    await here.call("POST", "/auth/logout", token=token)

    assert (await there.me(token)).status == 401


async def test_tokens_outlive_a_restart(open_scene: Opener) -> None:
    before = await open_scene()
    token = (await before.register("ada")).json()["access_token"]

    after = await open_scene()

    assert (await after.me(token)).status == 200


async def test_a_user_is_found_by_the_exact_name(scene: AccountScene) -> None:
    body = (await scene.register("Ada.L")).json()
    token = body["access_token"]

    found = await scene.call("GET", "/api/v2/users?username=ada.l", token=token)
    part = await scene.call("GET", "/api/v2/users?username=ada", token=token)
    odd = await scene.call("GET", "/api/v2/users?username=%F0%9F%98%80", token=token)
    unnamed = await scene.call("GET", "/api/v2/users", token=token)

    assert found.json() == {"items": [body["user"]]}
    assert part.json() == odd.json() == {"items": []}
    assert (unnamed.status, unnamed.code) == (422, "invalid")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/auth/logout"),
        ("POST", "/auth/ticket"),
        ("GET", "/api/v2/me"),
        ("GET", "/api/v2/users?username=a"),
    ],
)
async def test_who_does_not_say_who_they_are_is_refused(
    scene: AccountScene, method: str, path: str
) -> None:
    answer = await scene.call(method, path)

    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("registration", "reason"), [("invite", "needs an invitation"), ("closed", "is closed")]
)
async def test_only_the_first_account_gets_past_a_closed_door(
    open_scene: Opener, registration: str, reason: str
) -> None:
    scene = await open_scene(registration=Registration(registration))

    first = await scene.register("ada")
    second = await scene.register("bob")

    assert first.json()["user"]["role"] == "admin"
    assert (second.status, second.code) == (403, "forbidden")
    assert reason in second.json()["detail"]


async def test_attempts_are_limited_by_address(open_scene: Opener) -> None:
    scene = await open_scene(attempts_per_minute=3)
    for _ in range(3):
        assert (await scene.login("ada")).status == 401

    refused = await scene.login("ada")

    assert (refused.status, refused.code) == (429, "rate_limited")
    assert refused.json()["retry_after"] == 20
    assert refused.headers["retry-after"] == "20"
    elsewhere = await scene.call(
        "POST", "/auth/login", {"username": "a", "password": "b"}, peer="192.0.2.8"
    )
    assert elsewhere.status == 401


async def test_a_refresh_is_not_counted_as_an_attempt(open_scene: Opener) -> None:
    scene = await open_scene(attempts_per_minute=1)
    token = (await scene.register("ada")).json()["refresh_token"]

    for _ in range(3):
        answer = await scene.refresh(token)
        token = answer.json()["refresh_token"]

    assert answer.status == 200
