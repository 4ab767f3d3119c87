"""Registration by invitation: who may invite, and what a code opens, how often, and for how long."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from causerie.accounts.model import Registration
from causerie.foundation.postgres import Database
from tests.integration.accounts.account_scene import PASSWORD, AccountScene, Answer
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.timing import MAX_DEVIATIONS, deviations


@pytest.fixture
async def invited(open_scene: Opener) -> AccountScene:
    """A server that takes invited people only."""
    return await open_scene(registration=Registration.INVITE)


async def _admin(scene: AccountScene) -> str:
    return str((await scene.register("ada")).json()["access_token"])


async def _invite(scene: AccountScene, token: str, **body: object) -> Answer:
    return await scene.call("POST", "/auth/invitations", body, token=token)


async def _code(scene: AccountScene, token: str, **body: object) -> str:
    made = await _invite(scene, token, **body)
    assert made.status == 201
    return str(made.json()["code"])


async def test_who_has_a_code_makes_an_account_once(
    invited: AccountScene, database: Database
) -> None:
    admin = await _admin(invited)
    code = await _code(invited, admin, note="for Bob")

    answers = [await invited.register(name, invitation=code) for name in ("bob", "eve")]

    assert [answer.status for answer in answers] == [201, 403]
    assert answers[0].json()["user"]["role"] == "user"
    listed = (await invited.call("GET", "/auth/invitations", token=admin)).json()["items"]
    assert [(one["note"], one["uses"], one["max_uses"]) for one in listed] == [("for Bob", 1, 1)]
    async with database.connection() as connection:
        stored = await connection.fetchval(
            "SELECT string_agg(t::text, '') FROM accounts.invitations t"
        )
        audited = await connection.fetch(
            "SELECT action, after::text FROM audit.audit_logs"
            " WHERE table_name = 'accounts.invitations' ORDER BY id"
        )
    assert code not in stored
    assert len(audited) == 2
    assert code not in str(audited)


async def test_a_code_for_several_opens_as_often_as_it_says_however_many_race(
    invited: AccountScene,
) -> None:
    admin = await _admin(invited)
    one, three = await _code(invited, admin), await _code(invited, admin, uses=3)

    for code, uses in ((one, 1), (three, 3)):
        answers = await asyncio.gather(
            *(invited.register(f"user{uses}_{i}", invitation=code) for i in range(50))
        )
        assert Counter(answer.status for answer in answers) == {201: uses, 403: 50 - uses}


async def test_a_name_that_is_taken_spends_no_use(invited: AccountScene) -> None:
    code = await _code(invited, await _admin(invited))

    taken = await invited.register("ADA", invitation=code)
    weak = await invited.register("bob", "password", invitation=code)
    bob = await invited.register("bob", invitation=code)

    assert (taken.status, weak.status, bob.status) == (409, 422, 201)


async def test_all_that_a_code_can_be_wrong_by_is_answered_alike(invited: AccountScene) -> None:
    admin = await _admin(invited)
    spent, revoked, expired = [await _code(invited, admin) for _ in range(3)]
    await invited.register("bob", invitation=spent)
    listed = (await invited.call("GET", "/auth/invitations", token=admin)).json()["items"]
    ended = await invited.call("DELETE", f"/auth/invitations/{listed[1]['id']}", token=admin)
    late = await _code(invited, admin, expires_in_days=8)
    invited.clock.advance(7 * 24 * 3600)
    bad = [spent, revoked, expired, "", "x" * 43, "x" * 100_000, "é", late.swapcase()]

    answers = [await invited.register("carl", invitation=code) for code in bad]
    # Nor does a bad one tell which names are taken.
    answers.append(await invited.register("ada", invitation=spent))

    assert ended.status == 204
    told = {(answer.status, answer.json()["code"], answer.json()["detail"]) for answer in answers}
    assert told == {(403, "forbidden", "This invitation is not good, or no longer")}
    assert (await invited.register("carl", invitation=late)).status == 201


async def test_time_does_not_tell_a_code_that_was_used_from_one_that_never_was(
    invited: AccountScene,
) -> None:
    spent = await _code(invited, await _admin(invited))
    await invited.register("bob", invitation=spent)

    async def door(code: str) -> None:
        assert (await invited.register("carl", invitation=code)).status == 403

    assert await deviations(door, spent, spent.swapcase()) < MAX_DEVIATIONS


async def test_who_may_not_invite_neither_makes_nor_sees_nor_ends_any(
    invited: AccountScene,
) -> None:
    admin = await _admin(invited)
    code = await _code(invited, admin, uses=2)
    bob = (await invited.register("bob", invitation=code)).json()["access_token"]
    number = (await invited.call("GET", "/auth/invitations", token=admin)).json()["items"][0]["id"]

    answers = [
        await _invite(invited, bob),
        await invited.call("GET", "/auth/invitations", token=bob),
        await invited.call("DELETE", f"/auth/invitations/{number}", token=bob),
    ]

    assert [answer.status for answer in answers] == [403] * 3


async def test_who_may_invite_but_not_manage_users_has_their_own_only(
    invited: AccountScene,
) -> None:
    admin = await _admin(invited)
    code = await _code(invited, admin, uses=2)
    number = (await invited.call("GET", "/auth/invitations", token=admin)).json()["items"][0]["id"]
    bob = (await invited.register("bob", invitation=code)).json()["access_token"]
    await invited.service.change_permissions("user", frozenset({"users.invite"}))
    own = (await _invite(invited, bob)).json()["invitation"]["id"]

    listed = (await invited.call("GET", "/auth/invitations", token=bob)).json()["items"]
    foreign = await invited.call("DELETE", f"/auth/invitations/{number}", token=bob)
    by_admin = await invited.call("DELETE", f"/auth/invitations/{own}", token=admin)
    again = await invited.call("DELETE", f"/auth/invitations/{own}", token=bob)

    assert [one["id"] for one in listed] == [own]
    assert (foreign.status, by_admin.status, again.status) == (404, 204, 404)


async def test_an_invitation_takes_a_proof_that_is_minutes_old(invited: AccountScene) -> None:
    admin = await _admin(invited)
    invited.clock.advance(301)

    assert (await _invite(invited, admin)).code == "step_up_required"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"uses": 0}, "uses"),
        ({"uses": 1001}, "uses"),
        ({"uses": 1 << 70}, "uses"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 366}, "expires_in_days"),
        ({"note": "x" * 101}, "note"),
        ({"note": "a\nb"}, "note"),
        ({"role": "admin"}, "role"),
    ],
)
async def test_what_cannot_be_is_named(
    invited: AccountScene, body: dict[str, object], field: str
) -> None:
    answer = await _invite(invited, await _admin(invited), **body)

    assert (answer.status, answer.code) in {(422, "invalid"), (400, "invalid")}
    assert field in answer.body.decode()


async def test_of_one_person_only_so_many_live(invited: AccountScene, database: Database) -> None:
    admin = await _admin(invited)
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO accounts.invitations (code_hash, note, max_uses, created_by, created_at,"
            " expires_at) SELECT n::text::bytea, '', 1, 1, $1::timestamptz, $1::timestamptz + interval '1 day'"
            " FROM generate_series(1, 100) n",
            invited.clock.now(),
        )

    assert (await _invite(invited, admin)).code == "conflict"
    invited.clock.advance(24 * 3600)
    admin = (await invited.login("ada", PASSWORD)).json()["access_token"]
    assert (await _invite(invited, admin)).status == 201


async def test_a_code_is_looked_at_only_where_registration_is_by_invitation(
    open_scene: Opener, invited: AccountScene
) -> None:
    code = await _code(invited, await _admin(invited))
    closed = await open_scene(registration=Registration.CLOSED)
    opened = await open_scene()

    answers = [await scene.register("bob", invitation=code) for scene in (closed, opened)]

    assert [answer.status for answer in answers] == [403, 201]
    assert (await invited.register("carl", invitation=code)).status == 201


async def test_what_ended_long_ago_is_forgotten(invited: AccountScene, database: Database) -> None:
    await _code(invited, await _admin(invited), expires_in_days=1)
    left = []
    for days in (30, 2):
        invited.clock.advance(days * 24 * 3600)
        await invited.service.keep_up()
        async with database.connection() as connection:
            left.append(await connection.fetchval("SELECT count(*) FROM accounts.invitations"))

    assert left == [1, 0]
