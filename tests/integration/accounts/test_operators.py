"""What an operator does to accounts: imports, roles, permissions, tokens by hand."""

from __future__ import annotations

import asyncio
import json

import pytest

from causerie.accounts import ImportReport, Permission, RejectedLine, read_csv, read_jsonl
from causerie.accounts.errors import RoleInUse, RoleIsKnown
from causerie.accounts.model import DEFAULT_PERMISSIONS
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from tests.integration.accounts.account_scene import PASSWORD, AccountScene
from tests.integration.accounts.conftest import Opener

ARGON2 = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$Q2hlYXAgaGFzaCBmb3IgdGVzdHMu"


async def test_the_seed_is_the_catalogue(database: Database) -> None:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT role, permission FROM accounts.role_permissions")
        roles = await connection.fetch("SELECT name FROM accounts.roles")

    stored = {(row["role"], row["permission"]) for row in rows}
    assert stored == {(r.value, p.value) for r, ps in DEFAULT_PERMISSIONS.items() for p in ps}
    assert {row["name"] for row in roles} == {role.value for role in DEFAULT_PERMISSIONS}


async def test_lines_become_accounts_once(scene: AccountScene) -> None:
    lines = [
        json.dumps({"username": "ada", "password": PASSWORD, "display_name": "Ada L."}),
        "",
        json.dumps({"username": "bob", "role": "moderator"}),
        json.dumps({"username": "ADA"}),
    ]

    first = await scene.service.import_users(read_jsonl(lines))
    again = await scene.service.import_users(read_jsonl(lines))

    assert first == ImportReport(created=2, existing=1, rejected_count=0, rejected=())
    assert again == ImportReport(created=0, existing=3, rejected_count=0, rejected=())
    ada = (await scene.login("ada")).json()["user"]
    assert (ada["display_name"], ada["role"]) == ("Ada L.", "user")
    bob = await scene.service.find_by_username("bob")
    assert bob is not None
    assert (bob.display_name, bob.role) == ("bob", "moderator")


async def test_csv_is_read_by_its_first_line(scene: AccountScene) -> None:
    lines = [
        "username,role,password,display_name\n",
        "ada,,,\n",
        'bob,guest,"a, horse ""x""",Bob\n',
    ]

    report = await scene.service.import_users(read_csv(lines))

    assert (report.created, report.rejected) == (2, ())
    assert (await scene.login("bob", 'a, horse "x"')).json()["user"]["role"] == "guest"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "truncated"),
        ("[]", "object"),
        ('{"username": "a b"}', "username: Must be"),
        ('{"name": "ada"}', "name"),
        ('{"username": "ada", "passwd": "x"}', "passwd"),
        ('{"username": "ada", "password": "password"}', "password: Is one of the first"),
        (
            '{"username": "ada", "password_hash": "5f4dcc3b5aa765d6"}',
            "Argon2 (PHC string) or bcrypt",
        ),
        ('{"username": "ada", "role": "owner"}', "There is no role 'owner'"),
        ('{"username": "ada", "display_name": ""}', "display_name: Must be"),
        ('{"username": "ada", "email": "nowhere"}', "email: Must be"),
        (
            f'{{"username": "ada", "password": "{PASSWORD}", "password_hash": "{ARGON2}"}}',
            "Must not stand beside a password",
        ),
    ],
)
async def test_a_line_that_cannot_be_is_named_and_the_others_go_on(
    scene: AccountScene, line: str, reason: str
) -> None:
    report = await scene.service.import_users(read_jsonl(['{"username": "eve"}', line]))

    assert (report.created, report.rejected_count) == (1, 1)
    (rejected,) = report.rejected
    assert rejected.line == 2
    assert reason in rejected.reason
    assert isinstance(rejected, RejectedLine)


async def test_thousands_without_passwords_come_in_seconds(scene: AccountScene) -> None:
    lines = [json.dumps({"username": f"user{i}"}) for i in range(5000)]

    report = await asyncio.wait_for(scene.service.import_users(read_jsonl(lines)), 60)

    assert report.created == 5000


async def test_two_imports_of_one_file_at_once_make_each_account_once(open_scene: Opener) -> None:
    nodes = [await open_scene(), await open_scene()]
    lines = [json.dumps({"username": f"user{i}"}) for i in range(600)]

    reports = await asyncio.gather(
        nodes[0].service.import_users(read_jsonl(lines)),
        nodes[1].service.import_users(read_jsonl(reversed(lines))),
    )

    assert sum(report.created for report in reports) == 600
    assert sum(report.existing for report in reports) == 600


async def test_a_server_with_imported_users_is_not_empty(scene: AccountScene) -> None:
    await scene.service.import_users(read_jsonl(['{"username": "ada"}']))

    assert (await scene.register("eve")).json()["user"]["role"] == "user"


async def test_a_role_changes_what_the_next_request_may(scene: AccountScene) -> None:
    await scene.register("ada")
    token = (await scene.register("bob")).json()["access_token"]
    before = await scene.service.authenticate_bearer(token)
    assert (await scene.service.get_user(before.user_id)).role == "user"

    await scene.service.change_role("BOB", "moderator")

    after = await scene.service.authenticate_bearer(token)
    assert not before.may(Permission.DELETE_ANY_MESSAGE)
    assert after.may(Permission.DELETE_ANY_MESSAGE)
    assert (await scene.me(token)).json()["role"] == "moderator"


async def test_unknown_roles_and_users_are_refused(scene: AccountScene) -> None:
    await scene.register("ada")

    with pytest.raises(Invalid, match="no role 'king'"):
        await scene.service.change_role("ada", "king")
    with pytest.raises(NotFound, match="user"):
        await scene.service.change_role("nobody", "guest")
    with pytest.raises(Invalid, match="no permission 'fly'"):
        await scene.service.change_permissions("guest", frozenset({"fly"}))
    with pytest.raises(Invalid, match="no role 'king'"):
        await scene.service.change_permissions("king", frozenset())


async def test_a_role_is_made_once_and_removed_while_nobody_has_it(
    open_scene: Opener,
) -> None:
    here, there = await open_scene(), await open_scene()
    await here.register("ada")
    desk = here.service.role_desk
    await desk.make_as_operator("helper", frozenset({Permission.SEND_MESSAGES}))
    await there.service.look_at_roles()
    await there.service.change_role("ada", "helper")

    with pytest.raises(RoleIsKnown):
        await desk.make_as_operator("helper", frozenset())
    with pytest.raises(RoleInUse):
        await desk.remove_as_operator("helper")
    await there.service.change_role("ada", "admin")
    await desk.remove_as_operator("helper")

    assert "helper" not in here.service.roles()


async def test_no_role_is_made_or_removed_that_may_not_be(scene: AccountScene) -> None:
    desk = scene.service.role_desk

    with pytest.raises(Invalid, match="role"):
        await desk.make_as_operator("Not A Name", frozenset())
    with pytest.raises(Invalid, match="permission"):
        await desk.make_as_operator("helper", frozenset({"fly"}))
    with pytest.raises(RoleInUse):
        await desk.remove_as_operator("guest")
    with pytest.raises(NotFound, match="role"):
        await desk.remove_as_operator("king")


async def test_permissions_are_data_that_change_at_run_time(open_scene: Opener) -> None:
    here, there = await open_scene(), await open_scene()
    await here.register("ada")
    token = (await here.register("bob")).json()["access_token"]
    for node in (here, there):
        principal = await node.service.authenticate_bearer(token)
        assert principal.may(Permission.CREATE_CONVERSATIONS)

    await here.service.change_permissions("user", frozenset({Permission.SEND_MESSAGES}))
    await there.service.keep_up()

    for node in (here, there):
        principal = await node.service.authenticate_bearer(token)
        assert principal.permissions == {"messages.send"}


async def test_all_of_a_role_share_one_set(scene: AccountScene) -> None:
    await scene.register("ada")
    tokens = [(await scene.register(name)).json()["access_token"] for name in ("bob", "eve")]

    first, second = [await scene.service.authenticate_bearer(token) for token in tokens]

    assert first.permissions is second.permissions


async def test_an_operator_gets_tokens_without_passwords(scene: AccountScene) -> None:
    await scene.service.import_users(read_jsonl(['{"username": "ada"}', '{"username": "bob"}']))

    tokens = await scene.service.mint_access_tokens(["BOB", "ada"], seconds=60)

    names = [(await scene.me(token)).json()["username"] for token in tokens]
    assert names == ["bob", "ada"]
    with pytest.raises(NotFound):
        await scene.service.mint_access_tokens(["ada", "nobody"], seconds=60)
    scene.clock.advance(90)
    assert (await scene.me(tokens[0])).status == 401


async def test_the_directory_gives_those_that_exist(scene: AccountScene) -> None:
    await scene.register("ada")
    await scene.register("bob")

    found = await scene.service.directory.get_many([UserId(2), UserId(1), UserId(9), UserId(1)])

    assert {number: user.username for number, user in found.items()} == {1: "ada", 2: "bob"}
    with pytest.raises(NotFound):
        await scene.service.get_user(UserId(9))


async def test_other_slices_reach_names_by_a_function(
    scene: AccountScene, database: Database
) -> None:
    await scene.register("ada")

    async with database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM accounts.names_of($1)", [1, 7])

    assert [tuple(row) for row in rows] == [(1, "ada", "ada")]
