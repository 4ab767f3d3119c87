"""Sanctions by hand and by the ladder: in force at once, kept, appealed and lifted once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from causerie.foundation.identity import UserId
from tests.fakes.peer import FakePeer
from tests.scenes.moderation import BASE, ModerationScene

pytestmark = pytest.mark.long


def codes(answers: list[Any]) -> Counter[Any]:
    return Counter(a.json().get("code", a.status) for a in answers)


async def test_a_mute_silences_at_once_and_says_why_and_for_how_long(
    scene: ModerationScene,
) -> None:
    peer = await scene.on_socket(scene.ben)
    mute = await scene.sanction("mute", scene.ben, seconds=3600, reason="too loud")

    told = (await peer.hear("sanction"))["data"]
    assert told["id"] == mute["id"]
    assert (told["kind"], told["reason"], told["active"]) == ("mute", "too loud", True)
    assert told["until"] == mute["until"]
    assert (await scene.say(scene.ben)).json()["code"] == "muted"
    assert (mute["author_id"], mute["subject_id"]) == (scene.mo.id, scene.ben.id)


async def test_a_ban_closes_sockets_and_lifting_it_lets_in_again(scene: ModerationScene) -> None:
    peer = await scene.on_socket(scene.ben)
    ban = await scene.sanction("ban", scene.ben)
    refused = await scene.say(scene.ben)
    path = f"{BASE}/sanctions/{ban['id']}/lift"
    lifted = await scene.call(scene.mo, "POST", path, {"reason": "a mistake"})

    assert (await peer.wait_closed(), peer.heard[-1]["type"]) == (4403, "sanction")
    assert refused.json()["code"] == "banned"
    assert (lifted.json()["active"], lifted.json()["lifted"]["reason"]) == (False, "a mistake")
    assert (await scene.say(scene.ben)).status == 201


async def test_a_lifted_mute_leaves_the_longer_one(scene: ModerationScene) -> None:
    longer = await scene.sanction("mute", scene.ben)
    shorter = await scene.sanction("mute", scene.ben, seconds=60)
    path = f"{BASE}/sanctions/{shorter['id']}/lift"
    await scene.call(scene.mo, "POST", path, {"reason": "enough"})

    assert (await scene.say(scene.ben)).json()["code"] == "muted"
    path = f"{BASE}/sanctions/{longer['id']}/lift"
    await scene.call(scene.mo, "POST", path, {"reason": "enough"})
    assert (await scene.say(scene.ben)).status == 201


async def test_a_warning_is_told_and_forbids_nothing(scene: ModerationScene) -> None:
    peer = await scene.on_socket(scene.ben)
    await scene.sanction("warning", scene.ben)

    assert (await peer.hear("sanction"))["data"]["kind"] == "warning"
    assert (await scene.say(scene.ben)).status == 201


async def test_a_kick_puts_out_of_the_room_and_is_kept_once(scene: ModerationScene) -> None:
    first = await scene.sanction("kick", scene.ben, conversation_id=scene.room, key="k")
    await scene.call(
        scene.ann,
        "POST",
        f"/api/v2/conversations/{scene.room}/members",
        {"user_ids": [scene.ben.id]},
    )
    again = await scene.sanction("kick", scene.ben, conversation_id=scene.room, key="k")

    assert first["conversation_id"] == scene.room
    assert again == first
    assert (await scene.say(scene.ben)).status == 201  # The replay has not put them out again.


async def test_who_may_sanction_whom(scene: ModerationScene) -> None:
    by_a_user = await scene.sanction("mute", scene.ben, by=scene.ann)
    of_oneself = await scene.sanction("mute", scene.mo)
    of_an_admin = await scene.sanction("ban", scene.ada)
    of_nobody = await scene.call(
        scene.mo, "POST", f"{BASE}/sanctions", {"user_id": 10**9, "kind": "ban", "reason": "x"}
    )
    of_a_moderator = await scene.sanction("mute", scene.mo, by=scene.ada)

    refused = [by_a_user, of_oneself, of_an_admin]
    assert [answer["code"] for answer in refused] == ["forbidden"] * 3
    assert (of_nobody.status, of_nobody.json()["resource"]) == (404, "user")
    assert of_a_moderator["active"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("warning", {"seconds": 5}),
        ("mute", {"seconds": 0}),
        ("mute", {"seconds": 10**12}),
        ("ban", {"conversation_id": "room_1"}),
        ("kick", {}),
        ("ban", {"reason": "  "}),
        ("ban", {"reason": "x" * 1001}),
        ("ban", {"reason": "\x00"}),
        ("ban", {"points": -1}),
        ("fine", {}),
    ],
)
async def test_what_cannot_be_is_refused(
    scene: ModerationScene, kind: str, more: dict[str, Any]
) -> None:
    assert (await scene.sanction(kind, scene.ben, **more))["code"] == "invalid"


async def test_many_who_lift_at_once_lift_once(scene: ModerationScene) -> None:
    peer = await scene.on_socket(scene.ben)
    mute = await scene.sanction("mute", scene.ben)
    path = f"{BASE}/sanctions/{mute['id']}/lift"
    answers = await scene.at_once(
        25, (scene.mo, path, {"reason": "a"}), (scene.ada, path, {"reason": "b"})
    )

    assert codes(answers) == {200: 1, "conflict": 49}
    assert [f["data"]["active"] for f in await told(peer, 2)] == [True, False]
    assert sanctions_heard(peer) == 2


async def test_an_appeal_is_made_once_and_decided_once(scene: ModerationScene) -> None:
    mute = await scene.sanction("mute", scene.ben)
    path = f"{BASE}/sanctions/{mute['id']}"
    appeals = await scene.at_once(50, (scene.ben, f"{path}/appeal", {"text": "I did not"}))
    waiting = await scene.call(scene.mo, "GET", f"{BASE}/sanctions?appealed=true")
    decisions = await scene.at_once(
        25,
        (scene.mo, f"{path}/decision", {"granted": True, "reason": "right"}),
        (scene.ada, f"{path}/decision", {"granted": False, "reason": "no"}),
    )

    assert codes(appeals) == {200: 1, "conflict": 49}
    assert [s["appeal"]["text"] for s in waiting.json()["items"]] == ["I did not"]
    assert codes(decisions) == {200: 1, "conflict": 49}
    (decided,) = [d.json() for d in decisions if d.status == 200]
    can_speak = (await scene.say(scene.ben)).status == 201
    assert (decided["appeal"]["state"] == "granted") is can_speak


async def test_a_sanction_is_shown_to_whom_it_is_about_without_names_and_to_no_other(
    scene: ModerationScene,
) -> None:
    mute = await scene.sanction("mute", scene.ben)
    path = f"{BASE}/sanctions/{mute['id']}"
    mine = (await scene.call(scene.ben, "GET", f"{BASE}/sanctions/mine")).json()

    assert [(s["id"], s["author_id"]) for s in mine["items"]] == [(mute["id"], None)]
    assert (await scene.call(scene.ben, "GET", path)).json()["author_id"] is None
    assert (await scene.call(scene.mo, "GET", path)).json()["author_id"] == scene.mo.id
    assert (await scene.call(scene.ann, "GET", path)).status == 404
    assert (await scene.call(scene.ann, "POST", f"{path}/appeal", {"text": "x"})).status == 404
    assert (await scene.call(scene.ann, "GET", f"{BASE}/sanctions")).status == 403


async def test_lists_are_filtered_and_paged(scene: ModerationScene) -> None:
    kinds = ["warning", "mute", "warning", "ban"]
    made = [await scene.sanction(kind, scene.ben) for kind in kinds]
    await scene.sanction("warning", scene.ann)

    async def listed(query: str) -> tuple[list[int], bool]:
        page = (await scene.call(scene.mo, "GET", f"{BASE}/sanctions?{query}")).json()
        return [s["id"] for s in page["items"]], page["has_more"]

    ids = [s["id"] for s in made]
    whose = f"user_id={scene.ben.id}"
    assert await listed(whose) == (ids[::-1], False)
    assert await listed(f"{whose}&limit=2") == ([ids[3], ids[2]], True)
    assert await listed(f"{whose}&limit=2&before={ids[2]}") == ([ids[1], ids[0]], False)
    assert await listed(f"{whose}&kind=warning") == ([ids[2], ids[0]], False)
    assert await listed(f"{whose}&active=true") == ([ids[3], ids[1]], False)


async def test_breaches_climb_the_ladder(scene: ModerationScene) -> None:
    service = scene.node.node.conduct.sanctions
    followed = [
        await service.record_breach(UserId(scene.ben.id), "abuse", reason="abuse") for _ in range(5)
    ]

    kinds = [s.kind.value for s in followed if s is not None]
    assert kinds == ["warning", "mute", "ban", "ban", "ban"]
    assert all(s.rule == "abuse" and s.author is None for s in followed if s is not None)
    assert followed[-1] is not None
    assert scene.node.node.accounts.restrictions.is_banned(UserId(scene.ben.id))
    assert await service.record_breach(UserId(scene.ben.id), "unheard_of", reason="x") is None


async def test_the_ladder_is_changed_by_admins_at_run_time(scene: ModerationScene) -> None:
    body = {"rungs": [{"points": 1, "kind": "mute", "seconds": 60}], "half_life_seconds": 3600}
    by_a_moderator = await scene.call(scene.mo, "PUT", f"{BASE}/ladder", body)
    by_an_admin = await scene.call(scene.ada, "PUT", f"{BASE}/ladder", body)
    service = scene.node.node.conduct.sanctions
    followed = await service.record_breach(UserId(scene.ben.id), "flooding", reason="fast")

    assert by_a_moderator.status == 403
    assert by_an_admin.json()["rungs"] == body["rungs"]
    assert followed is not None
    assert followed.kind == "mute"


async def told(peer: FakePeer, count: int) -> list[Any]:
    return [await peer.hear("sanction") for _ in range(count)]


def sanctions_heard(peer: FakePeer) -> int:
    return sum(frame["type"] == "sanction" for frame in peer.heard)
