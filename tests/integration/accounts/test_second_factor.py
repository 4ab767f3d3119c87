"""Two-factor at the door: switched on and off, asked for, and attacked."""

from __future__ import annotations

import asyncio
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest

from causerie.accounts import Change, CodeRefused, CredentialsChanged
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from causerie.limits import GuessesExhausted
from tests.integration.accounts.account_scene import PASSWORD, AccountScene
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.factor_scene import Authenticator, FactorScene, set_up

MANY = 50
DAY_SECONDS = 24 * 3600


@pytest.fixture
async def factor(scene: AccountScene) -> FactorScene:
    return await set_up(scene)


async def test_an_authenticator_is_set_up_by_secret_address_and_picture(
    scene: AccountScene,
) -> None:
    token = (await scene.register("ada")).json()["access_token"]

    answer = await scene.call("POST", "/auth/2fa/enable", token=token)
    picture = await scene.call("GET", "/auth/2fa/qr.png", token=token)

    body = answer.json()
    uri = urlsplit(body["otpauth_uri"])
    assert set(body) == {"secret", "otpauth_uri", "qr_svg"}
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/causerie:ada")
    assert parse_qs(uri.query) == {"secret": [body["secret"]], "issuer": ["causerie"]}
    assert body["qr_svg"].startswith("<svg ")
    assert picture.body.startswith(b"\x89PNG")
    assert (picture.headers["content-type"], picture.headers["cache-control"]) == (
        "image/png",
        "no-store",
    )
    # Proposed is not in force.
    assert (await scene.login("ada")).status == 200


async def test_a_login_asks_for_a_code_and_takes_one(factor: FactorScene) -> None:
    without = await factor.login()
    wrong = await factor.login(factor.phone.wrong_code())
    right = await factor.login(factor.phone.code())

    assert (without.status, without.code) == (401, "two_factor_required")
    assert (wrong.status, wrong.code) == (401, "unauthenticated")
    assert right.status == 200
    assert factor.scene.announced[-2:] == [
        CredentialsChanged(UserId(1), Change.TWO_FACTOR_ENABLED, "192.0.2.7"),
        CodeRefused(UserId(1), "192.0.2.7", is_replay=False),
    ]


async def test_who_has_not_the_password_does_not_hear_of_the_code(factor: FactorScene) -> None:
    for code in (None, factor.phone.code(), factor.phone.wrong_code()):
        answer = await factor.login(code, password="not hers at all")

        assert (answer.status, answer.code) == (401, "unauthenticated")
    # And the code that came with the wrong password is not spent.
    assert (await factor.login(factor.phone.code())).status == 200


async def test_a_code_opens_once_and_neighbours_of_its_step_open_too(factor: FactorScene) -> None:
    earlier, now, later, far = (factor.phone.code(steps) for steps in (-1, 0, 1, 2))

    # The earlier one was spent by switching two-factor on.
    statuses = [(await factor.login(code)).status for code in (earlier, now, now, later, far)]

    assert statuses == [401, 200, 401, 200, 401]


@pytest.mark.parametrize("kind", ["totp", "backup"])
async def test_of_fifty_logins_with_one_code_one_gets_in(
    open_scene: Opener, factor: FactorScene, kind: str
) -> None:
    code = factor.phone.code() if kind == "totp" else factor.backup_codes[0]
    nodes = [factor.scene, await open_scene()]
    nodes[1].clock.advance(30)
    body = {"username": "ada", "password": PASSWORD, "code": code}

    answers = await asyncio.gather(
        *(nodes[i % 2].call("POST", "/auth/login", body) for i in range(MANY))
    )

    assert Counter(answer.status for answer in answers)[200] == 1
    assert {answer.status for answer in answers} <= {200, 401, 429}


async def test_of_fifty_confirmations_one_gives_backup_codes(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]
    secret = (await scene.call("POST", "/auth/2fa/enable", token=token)).json()["secret"]
    body = {"code": Authenticator(scene, secret).code()}

    answers = await asyncio.gather(
        *(scene.call("POST", "/auth/2fa/verify", body, token=token) for _ in range(MANY))
    )

    assert Counter(answer.status for answer in answers)[200] == 1
    left = (await scene.call("GET", "/auth/2fa", token=token)).json()
    assert left == {"enabled": True, "backup_codes_left": 10}


async def test_a_backup_code_opens_once_however_it_is_typed(factor: FactorScene) -> None:
    first, second = factor.backup_codes[:2]

    statuses = [
        (await factor.login(code)).status
        for code in (first, first, second.replace("-", " ").lower(), second)
    ]

    assert statuses == [200, 401, 200, 401]
    assert len(set(factor.backup_codes)) == 10


async def test_new_backup_codes_void_the_old_ones(factor: FactorScene) -> None:
    stale = await factor.call("/auth/2fa/backup-codes") if _age(factor, 300) else None
    renewed = await factor.call(
        "/auth/2fa/backup-codes", {"password": PASSWORD, "code": factor.phone.code()}
    )

    assert stale is not None
    assert (stale.status, stale.code) == (401, "step_up_required")
    assert len(renewed.json()["backup_codes"]) == 10
    assert (await factor.login(factor.backup_codes[0])).status == 401
    assert (await factor.login(renewed.json()["backup_codes"][0])).status == 200


async def test_of_guesses_from_everywhere_few_are_evaluated_and_the_owner_gets_in(
    open_scene: Opener, factor: FactorScene, database: Database
) -> None:
    wrong = {"username": "ada", "password": PASSWORD, "code": factor.phone.wrong_code()}
    other = await open_scene()
    other.clock.advance(30)

    answers = await asyncio.gather(
        *(
            (factor.scene, other)[i % 2].call("POST", "/auth/login", wrong, peer=f"198.51.100.{i}")
            for i in range(MANY)
        )
    )
    body = {"username": "ada", "password": PASSWORD, "code": factor.phone.code()}
    abroad = await factor.scene.call("POST", "/auth/login", body, peer="203.0.113.5")
    at_home = await factor.login(factor.phone.code())
    another_way = await factor.login(factor.backup_codes[0])

    # Two of the ten are kept for where the owner has been before.
    assert Counter(answer.status for answer in answers) == {401: 8, 429: MANY - 8}
    assert (abroad.status, abroad.code) == (429, "rate_limited")
    assert 0 < abroad.json()["retry_after"] <= 900
    assert (at_home.status, another_way.status) == (200, 200)
    assert any(isinstance(event, GuessesExhausted) for event in factor.scene.announced)
    factor.clock.advance(901)
    assert (await factor.login(factor.phone.code())).status == 200


async def test_right_codes_do_not_count_as_guesses(factor: FactorScene) -> None:
    for _ in range(12):
        assert (await factor.login(factor.phone.code())).status == 200
        factor.clock.advance(30)


@pytest.mark.parametrize("jump_seconds", [-3600, -2 * DAY_SECONDS, 3600, 2 * DAY_SECONDS])
async def test_a_clock_that_jumps_there_and_back_locks_nobody_out_and_replays_nothing(
    factor: FactorScene, jump_seconds: int
) -> None:
    before = factor.phone.code()
    assert (await factor.login(before)).status == 200
    for _ in range(10):
        await factor.login(factor.phone.wrong_code())

    factor.clock.advance(jump_seconds)
    during = factor.phone.code()
    assert (await factor.login(during)).status == 200
    assert (await factor.login(during)).status == 401
    for _ in range(10):
        await factor.login(factor.phone.wrong_code())
    await factor.scene.service.keep_up()
    factor.clock.advance(-jump_seconds + 901)

    assert (await factor.login(factor.phone.code())).status == 200
    factor.clock.advance(-901)
    assert (await factor.login(before)).status == 401


async def test_disabling_takes_the_password_and_a_code(factor: FactorScene) -> None:
    path, code = "/auth/2fa/disable", factor.phone.code()
    wrong = [
        await factor.call(path, {"password": "not hers", "code": code}),
        await factor.call(path, {"password": PASSWORD, "code": factor.phone.wrong_code()}),
        await factor.call(path, {"password": PASSWORD}),
    ]
    right = await factor.call(path, {"password": PASSWORD, "code": code})

    assert [answer.status for answer in wrong] == [401, 401, 422]
    assert right.status == 204
    assert (await factor.login()).status == 200
    again = await factor.call(path, {"password": PASSWORD, "code": factor.backup_codes[0]})
    assert (again.status, again.code) == (409, "conflict")


async def test_enabling_needs_a_fresh_login_or_the_password(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]
    path = "/auth/2fa/enable"
    scene.clock.advance(299)
    fresh = await scene.call("POST", path, token=token)
    scene.clock.advance(1)

    stale = await scene.call("POST", path, token=token)
    wrong = await scene.call("POST", path, {"password": "not hers"}, token=token)
    proven = await scene.call("POST", path, {"password": PASSWORD}, token=token)

    assert fresh.status == 200
    assert (stale.status, stale.code) == (401, "step_up_required")
    assert (wrong.status, wrong.code) == (401, "unauthenticated")
    assert proven.status == 200
    assert (await scene.call("POST", path, token=token)).status == 200


async def test_renewed_tokens_are_no_fresh_login(scene: AccountScene) -> None:
    first = (await scene.register("ada")).json()
    scene.clock.advance(300)

    renewed = (await scene.refresh(first["refresh_token"])).json()["access_token"]
    stale = await scene.call("POST", "/auth/2fa/enable", token=renewed)
    minted = (await scene.service.mint_access_tokens(["ada"], seconds=60))[0]
    vouched = await scene.call("POST", "/auth/2fa/enable", token=minted)

    assert (stale.code, vouched.code) == ("step_up_required", "step_up_required")


async def test_a_step_up_is_as_strong_as_a_login_and_holds_for_its_session_only(
    factor: FactorScene,
) -> None:
    other = (await factor.login(factor.phone.code())).json()["access_token"]
    _age(factor, 300)
    password_only = await factor.call("/auth/step-up", {"password": PASSWORD})
    both = await factor.call("/auth/step-up", {"password": PASSWORD, "code": factor.phone.code()})

    assert (password_only.status, password_only.code) == (401, "two_factor_required")
    assert both.status == 204
    assert (await factor.call("/auth/2fa/backup-codes")).status == 200
    elsewhere = await factor.scene.call("POST", "/auth/2fa/backup-codes", token=other)
    assert elsewhere.code == "step_up_required"


async def test_a_thief_of_a_token_gets_few_tries_at_the_password(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]

    answers = [
        await scene.call(
            "POST", "/auth/step-up", {"password": f"guess {i}"}, token=token, peer="198.51.100.1"
        )
        for i in range(12)
    ]

    assert [answer.status for answer in answers] == [401] * 8 + [429] * 4
    # And no more at the login, from there: it is one password, with one count.
    body = {"username": "ada", "password": PASSWORD}
    there = await scene.call("POST", "/auth/login", body, peer="198.51.100.1")
    assert there.status == 429
    assert (await scene.login("ada")).status == 200  # The owner's place has two left.


async def test_a_proposal_is_void_after_a_while_and_replaced_by_the_next(
    scene: AccountScene,
) -> None:
    token = (await scene.register("ada")).json()["access_token"]
    first, second = [
        Authenticator(
            scene, (await scene.call("POST", "/auth/2fa/enable", token=token)).json()["secret"]
        )
        for _ in range(2)
    ]
    replaced = await scene.call("POST", "/auth/2fa/verify", {"code": first.code()}, token=token)
    scene.clock.advance(901)
    token = (await scene.login("ada")).json()["access_token"]
    late = await scene.call("POST", "/auth/2fa/verify", {"code": second.code()}, token=token)

    assert (replaced.status, late.status) == (401, 409)


async def test_a_server_that_does_not_offer_it_says_so_and_asks_who_has_it_on(
    open_scene: Opener, factor: FactorScene
) -> None:
    scene = await open_scene(enable_2fa=False)
    scene.clock.advance(30)
    bob = (await scene.register("bob")).json()["access_token"]

    for path, body in (("enable", None), ("verify", {"code": "000000"})):
        answer = await scene.call("POST", f"/auth/2fa/{path}", body, token=bob)

        assert (answer.status, answer.code) == (501, "unsupported")
    assert (await scene.login("ada")).code == "two_factor_required"


async def test_what_is_stored_opens_nothing(factor: FactorScene, database: Database) -> None:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT a::text AS row FROM accounts.authenticators a"
            " UNION ALL SELECT b::text FROM accounts.backup_codes b"
        )

    stored = " ".join(row["row"] for row in rows)
    secret = factor.phone._totp.secret
    for told in (secret, *factor.backup_codes, factor.backup_codes[0].replace("-", "")):
        assert told not in stored
        assert told.encode().hex() not in stored


def _age(factor: FactorScene, seconds: float) -> bool:
    factor.clock.advance(seconds)
    return True
