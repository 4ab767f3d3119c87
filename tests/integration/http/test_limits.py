"""Limits over HTTP and sockets, on a whole node: counted, told, refused, and changed while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from causerie.assembly.settings import Settings
from causerie.foundation.identity import Trust, UserId
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.node import PASSWORD, Answer, NodeScene, User, open_node_scene, quick

pytestmark = pytest.mark.long

LIMITS = "/api/v2/admin/limits"


@pytest.fixture
async def tight(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A node that counts attempts by address, behind one proxy."""
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, limits=replace(settings.limits, auth_attempts_per_minute=10))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened


async def change(scene: NodeScene, admin: User, limit: str, **to: object) -> Answer:
    answer = await scene.call("PATCH", f"{LIMITS}/{limit}", to, user=admin)
    assert answer.status == 200, answer.body
    return answer


def nobody(number: int) -> object:
    """Credentials of a name each, so that only the address is counted together."""
    return {"username": f"nobody{number}", "password": PASSWORD}


async def statuses(
    scene: NodeScene, user: User, times: int, target: str = "/api/v2/me"
) -> list[int]:
    return [(await scene.call("GET", target, user=user)).status for _ in range(times)]


async def test_every_answer_says_how_its_caller_stands(scene: NodeScene) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")
    await change(scene, ada, "api", amount=4)  # Else it is better off after a tenth of a second.
    first = await scene.call("GET", "/api/v2/me", user=bob)
    second = await scene.call("GET", "/api/v2/me", user=bob)

    limit = int(first.headers["x-ratelimit-limit"])
    left = [int(a.headers["x-ratelimit-remaining"]) for a in (first, second)]
    assert (limit, left) == (4, [3, 2])
    assert int(first.headers["x-ratelimit-reset"]) > 1_700_000_000
    assert first.headers["ratelimit-policy"] == '"default";q=4;w=60'
    assert first.headers["ratelimit"] == '"default";r=3;t=15'


async def test_one_too_many_is_a_problem_that_says_when_to_come_again(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    await change(scene, ada, "api", amount=2)
    await statuses(scene, ada, 2)

    refused = await scene.call("GET", "/api/v2/me", user=ada)

    assert refused.status == 429
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["retry-after"] == str(refused.json()["retry_after"])
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.headers["ratelimit"].startswith('"default";r=0;t=')


async def test_attempts_to_get_in_are_counted_by_address(tight: NodeScene) -> None:
    answers = [
        await tight.call("POST", "/auth/login", nobody(number), peer="192.0.2.7")
        for number in range(11)
    ]

    elsewhere = await tight.call("POST", "/auth/login", nobody(1), peer="192.0.2.8")

    assert [a.status for a in answers] == [401] * 10 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"auth";q=10;w=60'
    assert answers[0].headers["x-ratelimit-remaining"] == "9"
    assert elsewhere.status == 401


async def test_what_the_client_says_of_its_address_counts_for_nothing(tight: NodeScene) -> None:
    answers = [
        await tight.call(
            "POST", "/auth/login", nobody(number), headers={"x-forwarded-for": f"192.0.2.{number}"}
        )
        for number in range(11)
    ]

    assert answers[-1].status == 429


async def test_tokens_that_prove_nothing_are_refused_and_good_ones_are_not(
    tight: NodeScene,
) -> None:
    ada = await tight.register("ada")
    await change(tight, ada, "failed_proofs", amount=3)
    mallory = User(0, "mallory", "nonsense")

    assert await statuses(tight, mallory, 5) == [401, 401, 401, 429, 429]
    assert await statuses(tight, ada, 1) == [200]


async def test_probes_are_never_limited(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    await change(scene, ada, "anonymous", amount=1)
    answers = [await scene.call("GET", "/health/live") for _ in range(20)]

    assert {a.status for a in answers} == {200}
    assert "x-ratelimit-limit" not in answers[0].headers


async def test_of_fifty_at_once_exactly_the_allowance_passes(scene: NodeScene) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")
    await change(scene, ada, "api", amount=5)

    answers = await asyncio.gather(*(scene.call("GET", "/api/v2/me", user=bob) for _ in range(50)))

    assert sum(a.status == 200 for a in answers) == 5


async def test_rooms_and_invitations_are_counted(scene: NodeScene) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")
    await change(scene, ada, "rooms", amount=2)
    body = {"kind": "room", "members": [bob.id]}
    made = [
        await scene.call("POST", "/api/v2/conversations", {**body, "name": f"room{n}"}, user=ada)
        for n in range(3)
    ]

    assert [a.status for a in made] == [201, 201, 429]


async def test_a_replay_is_not_counted(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    await change(scene, ada, "rooms", amount=1)
    body = {"kind": "room", "name": "once"}
    made = [
        await scene.call(
            "POST", "/api/v2/conversations", body, user=ada, headers={"idempotency-key": "k"}
        )
        for _ in range(3)
    ]

    assert {a.status for a in made} == {201}


async def test_commands_of_a_socket_are_counted_and_the_socket_stays(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    await change(scene, ada, "joins", amount=1)
    peer = await scene.connect("/ws/v2", ada)
    for ref in (1, 2):
        peer.say({"type": "join", "ref": ref, "data": {"name": "nowhere"}})
    first, second = await peer.hear("error"), await peer.hear("error")

    assert first["data"]["code"] == "not_found"
    assert second["data"]["code"] == "rate_limited"
    assert 30 < second["data"]["retry_after"] <= 60


async def test_a_change_survives_a_restart(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as scene:
        ada = await scene.register("ada")
        await change(scene, ada, "messages", amount=7, factors={"premium": 3.5})

    async with open_node_scene(database, fresh_database.app_dsn, settings) as scene:
        shown = (await scene.call("GET", LIMITS, user=ada)).json()["items"]

    messages = next(item for item in shown if item["action"] == "messages")
    assert messages["changed"] is True
    assert (messages["rule"]["amount"], messages["rule"]["burst"]) == (7, 7)
    assert messages["rule"]["factors"]["premium"] == 3.5
    assert messages["default"]["amount"] == 60


async def test_another_node_follows_within_a_second_or_so(
    scene: NodeScene, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    ada = await scene.register("ada")
    other_database = Database(fresh_database.app_dsn, max_connections=4)
    await other_database.open()
    async with open_node_scene(
        other_database, fresh_database.app_dsn, quick(Settings(), tmp_path)
    ) as other:
        await change(other, ada, "messages", amount=3)
        async with asyncio.timeout(60):
            while scene.node.limits.messages.rule.amount != 3:
                await asyncio.sleep(0.05)  # what is waited for is another process's clock
    await other_database.close()
    shown = (await scene.call("GET", LIMITS, user=ada)).json()["items"]

    assert [item["rule"]["amount"] for item in shown if item["changed"]] == [3]


async def test_a_limit_goes_back_to_its_default(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    await change(scene, ada, "messages", amount=7)

    answer = await scene.call("DELETE", f"{LIMITS}/messages", user=ada)

    assert (answer.json()["changed"], answer.json()["rule"]["amount"]) == (False, 60)


async def test_a_change_happens_once_under_one_key(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    key = {"idempotency-key": "k"}
    await scene.call("PATCH", f"{LIMITS}/messages", {"amount": 7}, user=ada, headers=key)
    await change(scene, ada, "messages", amount=9)

    again = await scene.call("PATCH", f"{LIMITS}/messages", {"amount": 7}, user=ada, headers=key)
    other = await scene.call("PATCH", f"{LIMITS}/messages", {"amount": 8}, user=ada, headers=key)

    assert (again.status, again.json()["rule"]["amount"]) == (200, 9)
    assert (other.status, other.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": -1},
        {"amount": 2**63},
        {"period_seconds": 0},
        {"burst": 0},
        {"factors": {"suspect": 0}},
        {"factors": {"nobody": 1}},
        {"algorithm": "guess"},
        {"scope": "user"},
    ],
)
async def test_a_wrong_change_is_invalid(scene: NodeScene, wrong: object) -> None:
    ada = await scene.register("ada")
    answer = await scene.call("PATCH", f"{LIMITS}/messages", wrong, user=ada)

    assert (answer.status, answer.json()["code"]) == (422, "invalid")


async def test_only_admins_see_and_change_limits(scene: NodeScene) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")

    refused = [
        await scene.call("GET", LIMITS, user=bob),
        await scene.call("PATCH", f"{LIMITS}/messages", {"amount": 0}, user=bob),
        await scene.call("DELETE", f"{LIMITS}/messages", user=bob),
    ]
    unknown = await scene.call("PATCH", f"{LIMITS}/nothing", {"amount": 0}, user=ada)

    assert [a.status for a in refused] == [403, 403, 403]
    assert (unknown.status, unknown.json()["resource"]) == (404, "limit")


async def test_trust_scales_the_limits_of_a_user_within_a_second_or_so(
    scene: NodeScene, database: Database
) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")
    await change(scene, ada, "api", amount=100)

    async with database.connection() as connection:
        await connection.execute(
            "UPDATE accounts.users SET trust = 'premium' WHERE id = $1", bob.id
        )

    async with asyncio.timeout(60):
        while scene.node.limits.trust.of(UserId(bob.id)) is not Trust.PREMIUM:
            await asyncio.sleep(0.02)  # another process might have changed it
    answer = await scene.call("GET", "/api/v2/me", user=bob)
    assert answer.headers["x-ratelimit-limit"] == "400"
    assert scene.node.limits.trust.of(UserId(ada.id)) is Trust.NORMAL


async def test_a_storm_on_a_password_leaves_its_owner_at_home(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    login = {"username": ada.username, "password": PASSWORD}
    wrong = {**login, "password": "another horse"}
    tries = await asyncio.gather(
        *(scene.call("POST", "/auth/login", wrong, peer=f"192.0.2.{n}") for n in range(40))
    )

    strangers = await scene.call("POST", "/auth/login", login, peer="192.0.2.250")
    owners = await scene.call("POST", "/auth/login", login)

    assert sum(answer.status == 401 for answer in tries) <= 10
    assert (strangers.status, strangers.json()["code"]) == (429, "rate_limited")
    assert owners.status == 200


async def test_admins_block_see_and_lift(scene: NodeScene) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")
    room = {"kind": "room", "name": "den"}
    body = {"scope": "user", "subject": str(bob.id), "seconds": 90, "reason": "enough"}
    placed = await scene.call("POST", f"{LIMITS}/blocks", body, user=ada)
    during = await scene.call("POST", "/api/v2/conversations", room, user=bob)
    reading = await scene.call("GET", "/api/v2/me", user=bob)
    listed = await scene.call("GET", f"{LIMITS}/blocks", user=ada)
    lifted = await scene.call("DELETE", f"{LIMITS}/blocks/{placed.json()['id']}", user=ada)
    after = await scene.call("POST", "/api/v2/conversations", room, user=bob)

    assert (placed.status, during.status, reading.status) == (201, 429, 200)
    assert during.headers["retry-after"] == "90"
    assert [item["reason"] for item in listed.json()["items"]] == ["enough"]
    assert lifted.json()["lifted_by"] == ada.id
    assert after.status == 201


async def test_a_blocked_address_cannot_log_in_and_who_is_in_goes_on(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    body = {"scope": "address", "subject": "127.0.0.1", "seconds": 90, "reason": "scans"}
    await scene.call("POST", f"{LIMITS}/blocks", body, user=ada)

    login = await scene.call(
        "POST", "/auth/login", {"username": ada.username, "password": PASSWORD}
    )

    assert (login.status, login.json()["code"]) == (429, "rate_limited")
    assert await statuses(scene, ada, 1) == [200]


async def test_only_admins_see_and_place_blocks(scene: NodeScene) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")
    body = {"scope": "user", "subject": str(ada.id), "seconds": 90, "reason": "no"}
    refused = [
        await scene.call("GET", f"{LIMITS}/blocks", user=bob),
        await scene.call("POST", f"{LIMITS}/blocks", body, user=bob),
        await scene.call("DELETE", f"{LIMITS}/blocks/1", user=bob),
    ]
    unknown = await scene.call("DELETE", f"{LIMITS}/blocks/1", user=ada)

    assert [a.status for a in refused] == [403, 403, 403]
    assert (unknown.status, unknown.json()["resource"]) == (404, "block")


async def test_who_repeats_one_text_is_blocked_and_an_admin_sees_why(scene: NodeScene) -> None:
    ada, bob = await scene.register("ada"), await scene.register("bob")
    await change(scene, ada, "messages", factors={"normal": 10.0})
    room = await scene.call(
        "POST", "/api/v2/conversations", {"kind": "room", "name": "x"}, user=bob
    )
    target = f"/api/v2/conversations/{room.json()['id']}/messages"
    for _ in range(60):
        await scene.call("POST", target, {"content": "buy now"}, user=bob)
    conduct = await scene.call("GET", f"{LIMITS}/conduct?kind=user&subject={bob.id}", user=ada)
    for _ in range(60):
        await scene.call("POST", target, {"content": "buy now"}, user=bob)
    refused = await scene.call("POST", target, {"content": "something else"}, user=bob)
    async with asyncio.timeout(60):
        while not (blocks := await scene.call("GET", f"{LIMITS}/blocks", user=ada)).json()["items"]:
            await asyncio.sleep(0.01)  # for the worker that writes it down

    assert conduct.json()["score"] == 50.0
    assert refused.status == 429
    assert 0 < refused.json()["retry_after"] <= 60
    assert [item["rule"] for item in blocks.json()["items"]] == ["repeating"]


async def test_who_puts_one_text_in_the_place_of_many_is_seen_too(scene: NodeScene) -> None:
    ada = await scene.register("ada")
    await scene.make("/api/v2/conversations", {"kind": "room", "name": "x"}, user=ada)
    for number in range(12):
        target = "/api/v2/conversations/room_1/messages"
        sent = await scene.make(target, {"content": f"words {number}"}, user=ada)
        edited = await scene.call(
            "PATCH", f"/api/v2/messages/{sent['id']}", {"content": "buy now"}, user=ada
        )
        assert edited.status == 200

    conduct = await scene.call("GET", f"{LIMITS}/conduct?kind=user&subject={ada.id}", user=ada)

    assert conduct.json()["score"] == 10.0
