"""Reports: made once, decided once, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from causerie.accounts import Permission
from causerie.foundation.clock import SystemClock
from causerie.foundation.identity import MessageId, Principal, UserId
from causerie.foundation.jobs import Job, JobQueue, Never
from causerie.moderation.model.following import (
    FOLLOWING_JOB,
    Consequence,
    Decider,
    Decision,
    Order,
    Punish,
    Remove,
    decider_of,
    deeds_of,
)
from causerie.moderation.model.reports import Report, ReportState
from causerie.moderation.model.sanctions import SanctionKind
from causerie.moderation.store import PostgresReports
from tests.scenes.moderation import BASE, ModerationScene
from tests.scenes.node import User

REPORTS = f"{BASE}/reports"
DECISIONS = f"{REPORTS}/decisions"


async def message_of(scene: ModerationScene, content: str = "rude words") -> int:
    answer = await scene.say(scene.ben, content)
    assert answer.status == 201, answer.body
    return int(answer.json()["id"])


async def report(scene: ModerationScene, message_id: int, **more: Any) -> Any:
    body = {"reason": "abuse", "message_id": message_id, **more}
    return await scene.call(scene.ann, "POST", REPORTS, body)


async def queue(scene: ModerationScene, query: str = "") -> list[Any]:
    items: list[Any] = (await scene.call(scene.mo, "GET", f"{REPORTS}?{query}")).json()["items"]
    return items


async def test_a_message_is_reported_once_by_each_with_what_it_said(
    scene: ModerationScene,
) -> None:
    message = await message_of(scene)
    answers = await scene.at_once(
        10, (scene.ann, REPORTS, {"reason": "abuse", "message_id": message})
    )
    by_mo = await scene.call(
        scene.mo, "POST", REPORTS, {"reason": "spam", "message_id": message, "comment": "again"}
    )

    assert sorted(a.status for a in answers) == [200] * 9 + [201]
    assert len({a.json()["id"] for a in answers}) == 1
    assert by_mo.status == 201
    found = await queue(scene, "state=open")
    assert [(r["content"], r["user_id"], r["comment"]) for r in found] == [
        ("rude words", scene.ben.id, "again"),
        ("rude words", scene.ben.id, ""),
    ]
    assert [r["id"] for r in await queue(scene, "reason=spam")] == [by_mo.json()["id"]]


async def test_what_cannot_be_reported(scene: ModerationScene) -> None:
    message = await message_of(scene)
    outsider = await scene.node.register("eve")

    async def code(who: Any, **body: Any) -> str:
        answer = await scene.call(who, "POST", REPORTS, {"reason": "spam", **body})
        return str(answer.json().get("code"))

    assert await code(outsider, message_id=message) == "not_found"
    assert await code(scene.ben, message_id=message) == "invalid"  # one's own
    assert await code(scene.ann, user_id=10**9) == "not_found"
    assert await code(scene.ann) == "invalid"
    assert await code(scene.ann, message_id=message, user_id=scene.ben.id) == "invalid"
    assert await code(scene.ann, user_id=scene.ben.id, comment="x" * 1001) == "invalid"


async def test_many_who_decide_at_once_decide_each_report_once(scene: ModerationScene) -> None:
    reports = [(await report(scene, await message_of(scene))).json()["id"] for _ in range(3)]
    mute = {"kind": "mute", "seconds": 3600}
    uphold = {"ids": reports, "upheld": True, "reason": "rude", "sanction": mute}
    answers = await scene.at_once(
        10,
        (scene.mo, DECISIONS, uphold),
        (scene.ada, DECISIONS, {**uphold, "sanction": {"kind": "warning"}}),
    )
    await scene.followed()

    decided = [r["id"] for a in answers for r in a.json()["items"]]
    assert sorted(decided) == sorted(reports)
    listed = await scene.call(scene.mo, "GET", f"{BASE}/sanctions?user_id={scene.ben.id}")
    assert len(listed.json()["items"]) == 1  # for three reports of one user
    assert {r["state"] for r in await queue(scene)} == {"upheld"}


async def test_upholding_deletes_and_follows_the_ladder_where_no_sanction_is_named(
    scene: ModerationScene,
) -> None:
    message = await message_of(scene, "a free prize")
    number = (await report(scene, message)).json()["id"]
    body = {"ids": [number], "upheld": True, "reason": "rude", "delete_messages": True}
    await scene.call(scene.mo, "POST", DECISIONS, body)
    await scene.followed()

    path = f"/api/v2/conversations/{scene.room}/messages"
    (kept,) = (await scene.call(scene.ann, "GET", path)).json()["items"]
    assert kept["deleted"]
    listed = await scene.call(scene.mo, "GET", f"{BASE}/sanctions?user_id={scene.ben.id}")
    assert [(s["kind"], s["rule"]) for s in listed.json()["items"]] == [
        ("warning", "report_upheld")
    ]
    (seen,) = await queue(scene)
    assert (seen["content"], seen["decided_by"], seen["decision"]) == (
        "a free prize",
        scene.mo.id,
        "rude",
    )


async def decide_and_die(
    scene: ModerationScene, decision: Decision, *, by: User
) -> Sequence[Report]:
    """Decide as a node does that dies with the commit: nobody there does what follows."""
    names = frozenset({Permission.SANCTION_USERS, Permission.DELETE_ANY_MESSAGE})
    principal = Principal(UserId(by.id), by.username, "moderator", "", "", frozenset(names))

    def orders(decided: Sequence[Report]) -> list[Order]:
        decider = decider_of(principal, address="192.0.2.77")
        return [Order(deed, decider) for deed in deeds_of(decision, decided)]

    store = PostgresReports(scene.database, JobQueue(scene.database, SystemClock()))
    return await store.decide(
        decision.ids,
        ReportState.UPHELD,
        by=principal.user_id,
        decision=decision.reason,
        now=SystemClock().now(),
        orders=orders,
        key=None,
    )


async def test_what_a_node_decided_that_died_then_follows_from_another_once(
    scene: ModerationScene,
) -> None:
    message = await message_of(scene)
    number = (await report(scene, message)).json()["id"]
    mute = Consequence(SanctionKind.MUTE, 3600)
    decision = Decision([number], True, "rude", mute, deletes_messages=True)

    decided = await decide_and_die(scene, decision, by=scene.mo)
    await scene.followed()
    # And of one that died with the deeds done, before it could say so: all of them come again.
    decider = Decider(UserId(scene.mo.id), "mo", "moderator", (Permission.SANCTION_USERS,), "")
    for deed in deeds_of(decision, decided):
        if not isinstance(deed, Remove):
            await scene.node.node.conduct.following.follow(job_of(Order(deed, decider)))

    listed = await scene.call(scene.mo, "GET", f"{BASE}/sanctions?user_id={scene.ben.id}")
    assert [(s["kind"], s["author_id"]) for s in listed.json()["items"]] == [("mute", scene.mo.id)]
    path = f"/api/v2/conversations/{scene.room}/messages"
    (kept,) = (await scene.call(scene.ann, "GET", path)).json()["items"]
    assert kept["deleted"]
    told = (await scene.call(scene.ann, "GET", "/api/v2/notifications")).json()["items"]
    assert [(n["kind"], "against the rules" in n["text"]) for n in told] == [
        ("report_decided", True)
    ]
    query = "/api/v2/audit/logs?action=moderation.sanctions.insert"
    (entry,) = (await scene.call(scene.ada, "GET", query)).json()["items"]
    assert (entry["user_id"], entry["address"]) == (scene.mo.id, "192.0.2.77")


async def test_the_ladders_points_count_once_however_often_the_job_runs(
    scene: ModerationScene,
) -> None:
    number = (await report(scene, await message_of(scene))).json()["id"]
    decision = Decision([number], True, "rude")
    decided = await decide_and_die(scene, decision, by=scene.mo)
    await scene.followed()
    decider = Decider(UserId(scene.mo.id), "mo", "moderator", (), "")
    punish = next(deed for deed in deeds_of(decision, decided) if isinstance(deed, Punish))

    for _ in range(3):
        await scene.node.node.conduct.following.follow(job_of(Order(punish, decider)))

    assert await scene.node.node.conduct.sanctions.points(UserId(scene.ben.id)) < 2.01


async def test_a_deed_that_is_refused_is_kept_for_the_operator_and_not_tried_for_ever(
    scene: ModerationScene,
) -> None:
    decider = Decider(UserId(scene.ann.id), "ann", "user", (), "")
    order = Order(Remove(MessageId(10**9)), decider)

    with pytest.raises(Never, match="not_found"):
        await scene.node.node.conduct.following.follow(job_of(order))


def job_of(order: Order) -> Job:
    return Job(
        id=1,
        kind=FOLLOWING_JOB,
        payload=msgspec.json.encode(order).decode(),
        destination=None,
        key=None,
        attempts=2,
        created_at=SystemClock().now(),
    )


async def test_who_reports_too_often_waits(scene: ModerationScene) -> None:
    message = await message_of(scene)
    limit = await scene.call(
        scene.ada, "PATCH", "/api/v2/admin/limits/reports", {"amount": 1, "burst": 1}
    )

    answers = [await report(scene, message) for _ in range(2)]

    assert limit.status == 200
    assert [answer.status for answer in answers] == [201, 429]


async def test_decisions_teach_the_classifier(
    scene: ModerationScene,
) -> None:
    message = await message_of(scene, "rude but not that rude")
    number = (await report(scene, message)).json()["id"]
    body = {"ids": [number], "upheld": False, "reason": "fine"}
    await scene.call(scene.mo, "POST", DECISIONS, body)
    await scene.followed()

    async with scene.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT topic::text, is_positive, taught_by FROM moderation.lessons"
        )
    assert [tuple(row) for row in rows] == [("abuse", False, scene.mo.id)]
    assert (await scene.say(scene.ben)).status == 201


async def test_who_may_work_on_reports(scene: ModerationScene) -> None:
    number = (await report(scene, await message_of(scene))).json()["id"]
    body = {"ids": [number], "upheld": True, "reason": "rude"}
    about_an_admin = await scene.call(
        scene.ann, "POST", REPORTS, {"reason": "abuse", "user_id": scene.ada.id}
    )
    theirs = {**body, "ids": [number, about_an_admin.json()["id"]]}

    assert (await scene.call(scene.ann, "GET", REPORTS)).status == 403
    assert (await scene.call(scene.ann, "POST", DECISIONS, body)).status == 403
    assert (await scene.call(scene.mo, "POST", DECISIONS, theirs)).status == 403
    assert {r["state"] for r in await queue(scene)} == {"open"}
    mistakes: list[dict[str, Any]] = [
        {"ids": []},
        {"ids": [0]},
        {"ids": list(range(1, 102))},
        {"reason": " "},
    ]
    for wrong in mistakes:
        answer = await scene.call(scene.mo, "POST", DECISIONS, {**body, **wrong})
        assert answer.json()["code"] == "invalid"


async def test_a_socket_reports_as_http_does(scene: ModerationScene) -> None:
    message = await message_of(scene)
    peer = await scene.node.connect("/ws/v2", scene.ann)
    await peer.hear("hello")

    async def ask(**data: Any) -> Any:
        peer.say({"type": "report", "ref": 1, "data": data})
        while True:
            frame = await peer.hear_next()
            if frame["type"] in {"ack", "error"}:
                return frame["data"]

    first = await ask(message_id=message, reason="abuse", comment="rude", client_id="k")
    again = await ask(message_id=message, reason="abuse", comment="rude", client_id="k")
    by_http = await report(scene, message)
    wrong = [
        (await ask(**data))["code"]
        for data in (
            {"message_id": message, "reason": "boredom"},
            {"message_id": message},
            {"reason": "spam"},
            {"message_id": 10**9, "reason": "spam"},
            {"message_id": message, "reason": "spam", "client_id": "é"},
            {"message_id": message, "reason": "spam", "client_id": "k"},
        )
    ]

    assert first == again == by_http.json()
    assert first.keys() == {"id", "state", "created_at"}
    assert [(r["id"], r["comment"]) for r in await queue(scene)] == [(first["id"], "rude")]
    assert wrong == ["invalid", "invalid", "invalid", "not_found", "invalid", "conflict"]


async def test_who_works_on_reports_learns_who_the_numbers_are_and_nobody_else(
    scene: ModerationScene,
) -> None:
    path = f"{BASE}/users?id={scene.ann.id}&id={scene.ben.id}&id=999999"
    known = await scene.call(scene.mo, "GET", path)
    others = await scene.call(scene.ann, "GET", path)
    nobody = await scene.call(scene.mo, "GET", f"{BASE}/users")
    odd = await scene.call(scene.mo, "GET", f"{BASE}/users?id=0")
    many = await scene.call(
        scene.mo, "GET", f"{BASE}/users?" + "&".join(f"id={n}" for n in range(1, 102))
    )

    assert {one["id"]: one["username"] for one in known.json()["items"]} == {
        scene.ann.id: "ann",
        scene.ben.id: "ben",
    }
    assert (others.status, others.json()["code"]) == (403, "forbidden")
    assert {answer.json()["code"] for answer in (nobody, odd, many)} == {"invalid"}
