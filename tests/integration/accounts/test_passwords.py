"""Passwords at the door: what is refused, what an older system left, what time gives away."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import bcrypt
import pytest

from causerie.accounts import ImportedUser, Registration
from causerie.foundation.crypto import PasswordHashes
from causerie.foundation.postgres import Database
from tests.integration.accounts.account_scene import PASSWORD, AccountScene
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.timing import MAX_DEVIATIONS, a_window_of, deviations

BREACHED = "a cow, a clasp, a nail"


@pytest.mark.parametrize(
    ("password", "field"),
    [
        ("short77", "password"),
        ("x" * 7, "password"),
        ("long" * 33, "password"),
        ("password", "password"),
        ("PassWord1", "password"),
        ("ada.lovelace", "password"),
        ("causeriecauserie", "password"),
        ("12345678", "password"),
        ("aaaaaaaaaaaa", "password"),
        ("null\0null", "password"),
    ],
)
async def test_a_bad_password_is_refused_by_field(
    scene: AccountScene, password: str, field: str
) -> None:
    answer = await scene.register("Ada.Lovelace", password)

    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "password", ["eight ch", "ééééééé!", "🔑🗝️🔒🔓🔐🚪🏠🏡", "x" * 128, "   spaces   ", "abcdefgh1"]
)
async def test_a_fair_password_needs_no_composition(scene: AccountScene, password: str) -> None:
    assert (await scene.register("ada", password)).status == 201

    assert (await scene.login("ada", password)).status == 200
    assert (await scene.login("ada", password.upper() + "!")).status == 401


async def test_a_password_of_a_breach_is_nobodys_again(open_scene: Opener, tmp_path: Path) -> None:
    file = tmp_path / "breached.txt"
    file.write_text(f"{hashlib.sha1(BREACHED.encode()).hexdigest().upper()}:7\n")
    scene = await open_scene(breached_passwords=file)
    token = (await scene.register("ada")).json()["access_token"]
    change = {"current_password": PASSWORD, "new_password": BREACHED}

    at_registration = await scene.register("bob", BREACHED)
    at_change = await scene.call("POST", "/auth/password", change, token=token)

    fields = [answer.json()["errors"][0]["field"] for answer in (at_registration, at_change)]
    assert [at_registration.status, at_change.status] == [422, 422]
    assert fields == ["password", "new_password"]
    assert (await scene.login("ada")).status == 200


async def test_a_bcrypt_hash_opens_the_account_and_becomes_argon2(
    scene: AccountScene, database: Database
) -> None:
    old = bcrypt.hashpw(b"from the old days", bcrypt.gensalt(4)).decode()
    await scene.service.import_users([(1, ImportedUser("ada", password_hash=old))])

    refused = await scene.login("ada", "from the new days")
    first = await scene.login("ada", "from the old days")
    stored = await _hash_of(database)
    second = await scene.login("ada", "from the old days")

    assert [answer.status for answer in (refused, first, second)] == [401, 200, 200]
    assert stored.startswith("$argon2id$")


async def test_a_password_of_any_length_opens_an_old_account(scene: AccountScene) -> None:
    # bcrypt looked at 72 bytes, and older systems let longer passwords pass.
    long = "é" * 100
    old = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    await scene.service.import_users([(1, ImportedUser("ada", password_hash=old))])

    assert (await scene.login("ada", long)).status == 200
    assert (await scene.login("ada", long)).status == 200


async def test_todays_parameters_replace_yesterdays(open_scene: Opener, database: Database) -> None:
    await (await open_scene(password_iterations=1)).register("ada")

    answer = await (await open_scene(password_iterations=2)).login("ada")

    assert answer.status == 200
    assert ",t=2," in await _hash_of(database)


async def test_an_account_without_a_password_cannot_log_in(scene: AccountScene) -> None:
    await scene.service.import_users([(1, ImportedUser("ada"))])

    for password in (PASSWORD, "", "None"):
        assert (await scene.login("ada", password)).status == 401


async def test_time_does_not_tell_who_has_an_account(open_scene: Opener) -> None:
    scene = await open_scene(password_memory_kib=8192, password_iterations=1)
    await scene.register("ada")

    differs = await deviations(_guess_in(scene), "ada", "nobody", pause=a_window_of(scene.clock))

    assert differs < MAX_DEVIATIONS


async def test_time_would_tell_a_few_looks_into_a_table(scene: AccountScene) -> None:
    await scene.register("ada")

    async def door(name: str) -> None:
        assert (await scene.call("POST", "/auth/passkeys/login/options")).status == 200
        for _ in range(4 if name == "ada" else 0):
            await scene.service.find_by_username(name)

    assert await deviations(door, "ada", "nobody") > MAX_DEVIATIONS


@pytest.mark.parametrize("registration", [Registration.CLOSED, Registration.INVITE])
async def test_time_does_not_tell_who_has_an_account_where_nobody_may_register(
    open_scene: Opener, registration: Registration
) -> None:
    await (await open_scene()).register("ada")
    scene = await open_scene(registration=registration)

    async def door(name: str) -> None:
        assert (await scene.register(name)).status == 403

    assert await deviations(door, "ada", "nobody") < MAX_DEVIATIONS


async def test_time_does_not_tell_the_accounts_of_an_older_system(open_scene: Opener) -> None:
    scene = await open_scene(bcrypt_cost=6)
    await scene.register("ada")
    old = bcrypt.hashpw(b"from the old days", bcrypt.gensalt(6)).decode()
    await scene.service.import_users([(1, ImportedUser("bob", password_hash=old))])

    pause = a_window_of(scene.clock)
    differs = [
        await deviations(_guess_in(scene), "bob", name, pause=pause) for name in ("ada", "nobody")
    ]

    assert max(differs) < MAX_DEVIATIONS


async def test_the_work_of_both_kinds_ends_with_the_last_old_hash(scene: AccountScene) -> None:
    passwords = scene.service._passwords
    assert isinstance(passwords, PasswordHashes)
    old = bcrypt.hashpw(b"from the old days", bcrypt.gensalt(4)).decode()
    await scene.service.import_users([(1, ImportedUser("bob", password_hash=old))])
    assert passwords._are_old_expected

    await scene.login("bob", "from the old days")
    await scene.service.keep_up()

    assert not passwords._are_old_expected


def _guess_in(scene: AccountScene) -> Callable[[str], Awaitable[None]]:
    async def guess(name: str) -> None:
        assert (await scene.login(name, "wrong password")).status == 401

    return guess


async def _hash_of(database: Database) -> str:
    async with database.connection() as connection:
        return str(await connection.fetchval("SELECT password_hash FROM accounts.users"))
