"""Who is banned appeals by a door that opens nothing else."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from causerie.foundation.postgres import Database
from tests.integration.accounts.timing import MAX_DEVIATIONS, deviations
from tests.scenes.moderation import BASE, ModerationScene
from tests.scenes.node import PASSWORD, Answer

APPEALS = f"{BASE}/appeals"


async def appeal(scene: ModerationScene, *, peer: str = "192.0.2.5", **more: Any) -> Answer:
    body = {"username": "ben", "password": PASSWORD, **more}
    return await scene.node.call("POST", APPEALS, body, peer=peer)


async def test_the_banned_see_why_and_appeal_once_and_nothing_else_opens(
    scene: ModerationScene,
) -> None:
    ban = await scene.sanction("ban", scene.ben)

    seen = await appeal(scene)
    sent = await appeal(scene, text="It was my cat")
    again = await appeal(scene, text="It really was")
    login = {"username": "ben", "password": PASSWORD}
    elsewhere = await scene.node.call("POST", "/auth/login", login)

    assert (seen.status, seen.json()["id"], seen.json()["appeal"]) == (200, ban["id"], None)
    assert seen.json()["author_id"] is None  # No names of moderators.
    assert "token" not in seen.body.decode()
    assert sent.json()["appeal"]["state"] == "open"
    assert (again.status, again.json()["code"]) == (409, "conflict")
    assert (elsewhere.status, elsewhere.json()["code"]) == (403, "banned")
    assert (await scene.call(scene.ben, "GET", "/api/v2/me")).json()["code"] == "banned"

    path = f"{BASE}/sanctions/{ban['id']}/decision"
    await scene.call(scene.mo, "POST", path, {"granted": True, "reason": "A cat indeed"})
    assert (await scene.node.call("POST", "/auth/login", login)).status == 200


async def test_only_who_could_log_in_hears_anything(scene: ModerationScene) -> None:
    await scene.sanction("ban", scene.ben)

    wrong = await appeal(scene, password="not the password")
    nobody = await appeal(scene, username="nobody-at-all")
    free = await appeal(scene, username="ann")

    assert (wrong.status, wrong.body) == (nobody.status, nobody.body)
    assert wrong.status == 401
    assert (free.status, free.json()["code"]) == (404, "not_found")


async def test_guesses_at_this_door_are_guesses_at_the_login(scene: ModerationScene) -> None:
    await scene.sanction("ban", scene.ben)
    answers = [
        await appeal(scene, password=f"guess {nth}", peer=f"198.51.{nth}.1") for nth in range(9)
    ]
    right = {"username": "ben", "password": PASSWORD}
    login = await scene.node.call("POST", "/auth/login", right, peer="203.0.113.1")

    assert [answer.status for answer in answers] == [401] * 8 + [429]
    assert (login.status, login.json()["code"]) == (429, "rate_limited")


@pytest.mark.parametrize("other", ["ann", "nobody-at-all"])
async def test_time_does_not_tell_who_is_banned_or_there(
    scene: ModerationScene, database: Database, other: str
) -> None:
    await scene.sanction("ban", scene.ben)
    peers = (f"198.51.{nth // 256}.{nth % 256}" for nth in itertools.count())

    async def door(name: str) -> None:
        wrong = {"username": name, "password": "not the password"}
        assert (await appeal(scene, peer=next(peers), **wrong)).status == 401

    async def pause() -> None:
        async with database.connection() as connection:
            await connection.execute("DELETE FROM limits.guesses")

    assert await deviations(door, "ben", other, pause=pause) < MAX_DEVIATIONS
