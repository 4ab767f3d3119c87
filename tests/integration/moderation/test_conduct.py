"""What follows from conduct by itself: refusals and floods climb the ladder, trust follows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from causerie.limits import Offence, Scope, Subject
from causerie.moderation.jobs import keep_reputations
from tests.scenes.moderation import BASE, ModerationScene

SPAM = "WINNER!! You have won a free prize of 1000 pounds, call 09061701461 now to claim http://win.example"


async def until(scene: ModerationScene, condition: Any) -> Any:
    """Give what a condition gives once it gives something."""
    async with asyncio.timeout(60):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
    return found


async def reputation(
    scene: ModerationScene, path: str = "/api/v2/moderation/reputations/mine"
) -> Any:
    return (await scene.call(scene.ben, "GET", path)).json()


async def uncounted(scene: ModerationScene) -> int:
    async with scene.database.connection() as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM moderation.verdicts WHERE is_refused AND NOT is_counted"
            )
        )


async def test_what_the_filter_refuses_climbs_the_ladder(scene: ModerationScene) -> None:
    for number in range(3):
        answer = await scene.say(scene.ben, f"{SPAM} {number}")
        assert (answer.status, answer.json()["code"]) == (422, "refused")

    async def no_more_waits() -> bool:
        shown = await reputation(scene)
        return any(
            part["what"] == "messages_refused" and part["count"] == 3 for part in shown["parts"]
        )

    await until(scene, no_more_waits)
    mine = (await scene.call(scene.ben, "GET", f"{BASE}/sanctions/mine")).json()["items"]
    assert mine == []

    await scene.say(scene.ben, SPAM)

    async def warned() -> Any:
        return (await scene.call(scene.ben, "GET", f"{BASE}/sanctions/mine")).json()["items"]

    (warning,) = await until(scene, warned)
    assert (warning["kind"], warning["rule"]) == ("warning", "filtered")
    # A warning mutes nobody.
    assert (await scene.say(scene.ben, "sorry")).status == 201


async def test_a_refusal_counts_once_however_many_look(scene: ModerationScene) -> None:
    sanctions = scene.node.node.conduct.sanctions
    async with scene.database.connection() as connection:
        await connection.execute(
            "INSERT INTO moderation.verdicts"
            " (conversation_id, author_id, is_refused, findings, refused_text)"
            " SELECT 1, CASE WHEN n = 5 THEN 999 ELSE $1 END, true, '[]', 'x'"
            " FROM generate_series(1, 8) n",
            scene.ben.id,
        )

    found = await asyncio.gather(*(sanctions.count_refusal() for _ in range(20)))

    assert sum(found) <= 8  # The worker may have taken some.

    async def counted() -> bool:
        return await uncounted(scene) == 0

    await until(scene, counted)
    # Seven of Ben's; whoever is gone is passed over.
    assert await sanctions.points(UserId(scene.ben.id)) == pytest.approx(3.5, abs=0.01)


async def test_a_sanction_is_felt_by_the_trust_at_once(scene: ModerationScene) -> None:
    before = await reputation(scene)
    mute = await scene.sanction("mute", scene.ben, seconds=600, points=4)

    async def suspected() -> bool:
        standing = await scene.call(scene.mo, "GET", f"{BASE}/users/{scene.ben.id}/reputation")
        return bool(standing.json()["trust"] == "suspect")

    await until(scene, suspected)
    lifted = await scene.call(
        scene.mo, "POST", f"{BASE}/sanctions/{mute['id']}/lift", {"reason": "enough"}
    )

    assert (before["score"], before["trust"]) == (50, "normal")
    assert lifted.status in {200, 201}

    async def trusted() -> bool:
        return bool((await reputation(scene))["trust"] == "normal")

    await until(scene, trusted)


async def test_a_block_for_flooding_is_a_breach(scene: ModerationScene) -> None:
    whom = Subject(Scope.USER, str(scene.ben.id))

    scene.node.node.limits.service.blocks.offend(
        Offence(whom, "flooding", 120.0, "1,001 refused sends in a minute")
    )

    async def points() -> float:
        return await scene.node.node.conduct.sanctions.points(UserId(scene.ben.id))

    assert await until(scene, points) == pytest.approx(1.0, abs=0.01)


async def test_trust_by_hand_is_not_changed_by_the_score(scene: ModerationScene) -> None:
    path = f"{BASE}/users/{scene.ben.id}/trust"

    refused = await scene.call(scene.mo, "PUT", path, {"trust": "premium"})
    pinned = (await scene.call(scene.ada, "PUT", path, {"trust": "premium"})).json()
    await scene.sanction("mute", scene.ben, seconds=600, points=9)
    still = await reputation(scene)
    unpinned = (await scene.call(scene.ada, "PUT", path, {"trust": None})).json()

    assert (refused.status, refused.json()["code"]) == (403, "forbidden")
    assert (pinned["trust"], pinned["pinned"]) == ("premium", True)
    assert (still["trust"], still["pinned"]) == ("premium", True)
    assert (unpinned["trust"], unpinned["pinned"]) == ("suspect", False)


async def test_everybody_is_reckoned_round_after_round(
    scene: ModerationScene, database: Database
) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE accounts.users SET created_at = now() - interval '31 days' WHERE id = $1",
            scene.ben.id,
        )
    service = scene.node.node.conduct.reputations

    running = [  # As two nodes do at once.
        asyncio.create_task(keep_reputations(service, round_seconds=0, pause_seconds=0))
        for _ in range(2)
    ]

    async def verified() -> bool:
        async with database.connection() as connection:
            trust = await connection.fetchval(
                "SELECT trust FROM accounts.users WHERE id = $1", scene.ben.id
            )
        return bool(trust == "verified")

    assert await until(scene, verified)
    assert not any(task.done() for task in running)
    for task in running:
        task.cancel()


async def test_a_reputation_is_for_oneself_and_moderators(scene: ModerationScene) -> None:
    path = f"{BASE}/users/{scene.ben.id}/reputation"

    others = await scene.call(scene.ann, "GET", path)
    nobodys = await scene.call(scene.mo, "GET", f"{BASE}/users/999/reputation")
    shown = await scene.call(scene.mo, "GET", path)

    assert (others.status, others.json()["code"]) == (403, "forbidden")
    assert (nobodys.status, nobodys.json()["code"]) == (404, "not_found")
    assert shown.json()["user_id"] == scene.ben.id
