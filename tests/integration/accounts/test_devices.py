"""One's sessions: listed, ended, and what a change of the password leaves of them."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from causerie.accounts import Change, CredentialsChanged, SessionRevoked
from causerie.foundation.identity import UserId
from tests.integration.accounts.account_scene import PASSWORD, AccountScene, Answer
from tests.integration.accounts.factor_scene import set_up
from tests.integration.accounts.token_scene import parts_of

NEW = "another horse, another staple"


async def _login(scene: AccountScene, **more: str) -> dict[str, str]:
    body = {"username": "ada", "password": PASSWORD, **more}
    answer = await scene.call("POST", "/auth/login", body)
    found: dict[str, str] = answer.json()
    return found


async def _sessions(scene: AccountScene, token: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = (
        await scene.call("GET", "/auth/sessions", token=token)
    ).json()["items"]
    return items


async def test_each_session_shows_its_device_its_address_and_its_times(
    scene: AccountScene,
) -> None:
    first = (await scene.register("ada", device_name="Kitchen tablet")).json()["access_token"]
    scene.clock.advance(60)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    body = {"username": "ada", "password": PASSWORD}
    await scene.call(
        "POST", "/auth/login", body, headers={"user-agent": firefox}, peer="2001:db8::7"
    )
    await scene.register("bob")

    items = await _sessions(scene, first)

    shown = [(i["device_name"], i["ip"], i["created_at"], i["current"]) for i in items]
    assert shown == [
        ("Firefox on Linux", "2001:db8::7", "2026-01-31T12:01:00.000Z", False),
        ("Kitchen tablet", "192.0.2.7", "2026-01-31T12:00:00.000Z", True),
    ]
    assert items[1]["id"] == parts_of(first)[1]["sid"]


async def test_activity_is_noted_for_requests_and_open_sockets(scene: AccountScene) -> None:
    asking = (await scene.register("ada")).json()["access_token"]
    connected, idle = [(await _login(scene))["access_token"] for _ in range(2)]
    scene.service.devices.watch_sockets(lambda: [parts_of(connected)[1]["sid"], "a stranger's"])

    scene.clock.advance(600)
    await scene.me(asking)
    await scene.service.keep_up()
    scene.clock.advance(290)
    await scene.me(asking)
    scene.clock.advance(10)
    await scene.service.keep_up()

    seen = {i["id"]: i["last_active_at"] for i in await _sessions(scene, asking)}
    assert [seen[parts_of(token)[1]["sid"]] for token in (asking, connected, idle)] == [
        "2026-01-31T12:15:00.000Z",
        "2026-01-31T12:00:00.000Z",
        "2026-01-31T12:00:00.000Z",
    ]
    scene.clock.advance(1)
    await scene.service.keep_up()
    seen = {i["id"]: i["last_active_at"] for i in await _sessions(scene, asking)}
    assert seen[parts_of(connected)[1]["sid"]] == "2026-01-31T12:15:01.000Z"


async def test_an_ended_session_proves_nothing_and_renews_nothing(scene: AccountScene) -> None:
    mine = (await scene.register("ada")).json()["access_token"]
    lost = await _login(scene)
    sid = parts_of(lost["access_token"])[1]["sid"]

    ended = await scene.call("DELETE", f"/auth/sessions/{sid}", token=mine)
    again = await scene.call("DELETE", f"/auth/sessions/{sid}", token=mine)

    assert (ended.status, again.status) == (204, 404)
    assert scene.announced[-1] == SessionRevoked(UserId(1), sid)
    assert (await scene.me(lost["access_token"])).status == 401
    assert (await scene.refresh(lost["refresh_token"])).status == 401
    assert [item["current"] for item in await _sessions(scene, mine)] == [True]


async def test_who_ends_a_session_elsewhere_says_again_who_it_is(scene: AccountScene) -> None:
    mine = (await scene.register("ada")).json()["access_token"]
    other = (await _login(scene))["access_token"]
    path = f"/auth/sessions/{parts_of(other)[1]['sid']}"
    scene.clock.advance(301)

    refused = [await scene.call("DELETE", at, token=mine) for at in (path, "/auth/sessions")]
    kept = await scene.me(other)
    await scene.call("POST", "/auth/step-up", {"password": PASSWORD}, token=mine)
    ended = await scene.call("DELETE", path, token=mine)

    assert [answer.code for answer in refused] == ["step_up_required"] * 2
    assert (kept.status, ended.status) == (200, 204)


async def test_who_leaves_a_device_ends_its_session_without_a_word(scene: AccountScene) -> None:
    mine = (await scene.register("ada")).json()["access_token"]
    scene.clock.advance(301)

    ended = await scene.call("DELETE", f"/auth/sessions/{parts_of(mine)[1]['sid']}", token=mine)

    assert ended.status == 204
    assert (await scene.me(mine)).status == 401


async def test_nobody_ends_the_sessions_of_others(scene: AccountScene) -> None:
    ada = (await scene.register("ada")).json()["access_token"]
    bob = (await scene.register("bob")).json()["access_token"]

    for sid in (parts_of(bob)[1]["sid"], "unknown", "x" * 300, "%00", "%C3%A9"):
        answer = await scene.call("DELETE", f"/auth/sessions/{sid}", token=ada)

        assert (answer.status, answer.code) == (404, "not_found")
    assert (await scene.me(bob)).status == 200


async def test_all_other_sessions_end_at_once(scene: AccountScene) -> None:
    mine = (await scene.register("ada")).json()["access_token"]
    others = [(await _login(scene))["access_token"] for _ in range(3)]

    answer = await scene.call("DELETE", "/auth/sessions", token=mine)

    assert answer.status == 204
    statuses = [(await scene.me(token)).status for token in (mine, *others)]
    assert statuses == [200, 401, 401, 401]


async def test_a_login_never_takes_over_a_session_that_was_there_before(
    scene: AccountScene,
) -> None:
    planted = (await scene.register("eve")).json()
    await scene.register("ada")
    body = {"username": "ada", "password": PASSWORD}

    login = await scene.call(
        "POST",
        "/auth/login?session_id=x&sid=x",
        body,
        token=planted["access_token"],
        headers={"cookie": "session=x; sid=x"},
    )

    claims = parts_of(login.json()["access_token"])[1]
    assert claims["sid"] != parts_of(planted["access_token"])[1]["sid"]
    assert len(claims["sid"]) == 22
    assert (await scene.me(planted["access_token"])).json()["username"] == "eve"


async def _change(scene: AccountScene, token: str, **body: str) -> Answer:
    body = {"current_password": PASSWORD, "new_password": NEW, **body}
    return await scene.call("POST", "/auth/password", body, token=token)


async def test_who_manages_users_ends_all_sessions_of_somebody(scene: AccountScene) -> None:
    admin = (await scene.register("root")).json()["access_token"]
    ada = (await scene.register("ada")).json()
    eve = (await scene.register("eve")).json()["access_token"]
    others = f"/auth/users/{ada['user']['id']}/sessions"

    by_eve = await scene.call("DELETE", others, token=eve)
    by_admin = await scene.call("DELETE", others, token=admin)
    nobodys = await scene.call("DELETE", "/auth/users/999/sessions", token=admin)
    scene.clock.advance(301)
    late = await scene.call("DELETE", others, token=admin)

    assert (by_eve.status, by_eve.code) == (403, "forbidden")
    assert (by_admin.status, nobodys.status) == (204, 404)
    assert (late.status, late.code) == (401, "step_up_required")
    assert (await scene.me(ada["access_token"])).status == 401
    assert (await scene.refresh(ada["refresh_token"])).status == 401
    assert (await scene.login("ada")).status == 200


async def test_a_new_password_ends_all_other_sessions(scene: AccountScene) -> None:
    mine = (await scene.register("ada")).json()
    other = await _login(scene)
    ticket = await scene.call("POST", "/auth/ticket", token=other["access_token"])

    answer = await _change(scene, mine["access_token"])

    assert answer.status == 204
    assert (await scene.me(mine["access_token"])).status == 200
    assert (await scene.refresh(mine["refresh_token"])).status == 200
    assert (await scene.me(other["access_token"])).status == 401
    assert (await scene.refresh(other["refresh_token"])).status == 401
    assert [(await scene.login("ada", p)).status for p in (PASSWORD, NEW)] == [401, 200]
    told = [event for event in scene.announced if isinstance(event, CredentialsChanged)]
    assert told == [CredentialsChanged(UserId(1), Change.PASSWORD_CHANGED, "192.0.2.7")]
    assert ticket.status == 200
    with pytest.raises(Exception, match="ticket"):
        await scene.service.redeem_ticket(ticket.json()["ticket"])


@pytest.mark.parametrize("new", ["short", "password", "x" * 129, "null\0null"])
async def test_a_new_password_is_held_to_the_same_rules(scene: AccountScene, new: str) -> None:
    token = (await scene.register("ada")).json()["access_token"]

    answer = await _change(scene, token, new_password=new)

    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["new_password"]


async def test_changing_takes_the_old_password_and_few_guesses_at_it(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]

    answers = await asyncio.gather(
        *(
            scene.call(
                "POST",
                "/auth/password",
                {"current_password": f"guess {i}", "new_password": NEW},
                token=token,
                peer="198.51.100.1",
            )
            for i in range(20)
        )
    )

    # A thief elsewhere gets those for strangers; the owner at home has two left.
    assert Counter(answer.status for answer in answers) == {401: 8, 429: 12}
    assert (await scene.login("ada")).status == 200


async def test_changing_takes_a_code_where_two_factor_is_on(scene: AccountScene) -> None:
    factor = await set_up(scene)

    without = await _change(scene, factor.token)
    with_code = await _change(scene, factor.token, code=factor.phone.code())

    assert (without.status, without.code) == (401, "two_factor_required")
    assert with_code.status == 204


async def test_of_many_changes_at_once_the_last_one_holds_and_none_is_torn(
    scene: AccountScene,
) -> None:
    token = (await scene.register("ada")).json()["access_token"]

    answers = await asyncio.gather(
        *(_change(scene, token, new_password=f"horse number {i}") for i in range(5))
    )

    assert Counter(answer.status for answer in answers)[204] >= 1
    logins = [(await scene.login("ada", f"horse number {i}")).status for i in range(5)]
    assert Counter(logins) == {200: 1, 401: 4}
