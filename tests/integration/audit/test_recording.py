from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from causerie.audit import Kind, Severity
from causerie.foundation.identity import Caller, UserId
from causerie.foundation.postgres import Connection, DriverError, name_caller
from causerie.foundation.postgres.database import connect
from tests.databases import FreshDatabase
from tests.integration.audit.conftest import TrailScene
from tests.scenes.node import NodeScene

PLAIN_NAMES = [
    "audit_logs",
    "security_events",
    "audit_by_user",
    "audit_by_table_daily",
    "audit_critical",
]


async def last_entry(scene: TrailScene) -> dict[str, object]:
    row = await scene.superuser.fetchrow("SELECT * FROM audit_logs ORDER BY id DESC LIMIT 1")
    assert row is not None
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 - a record is no mapping


async def test_an_entry_is_there_with_the_commit_and_goes_with_the_rollback(
    scene: TrailScene,
) -> None:
    with pytest.raises(DriverError):  # noqa: PT012 - the transaction is what fails
        async with scene.database.transaction() as tx:
            await scene.trail.trail.record(tx, action="a.b", target="x:1")
            await tx.execute("SELECT 1 / 0")
    async with scene.database.transaction() as tx:
        await name_caller(tx, Caller(UserId(5), "192.0.2.1"))
        await scene.trail.trail.record(
            tx, action="c.d", target="x:2", severity=Severity.CRITICAL, before={"n": 1}
        )

    entry = await last_entry(scene)
    assert (entry["id"], entry["user_id"], entry["actor"], entry["address"]) == (
        1, 5, "user:5", "192.0.2.1",
    )  # fmt: skip
    assert (entry["action"], entry["target"], entry["severity"], entry["before"]) == (
        "c.d", "x:2", "critical", '{"n": 1}',
    )  # fmt: skip


async def test_transactions_at_once_make_one_chain_without_holes(scene: TrailScene) -> None:
    await asyncio.gather(*(scene.record(5) for _ in range(8)))

    verdict = await scene.trail.notary.verify()
    assert verdict.is_sound
    assert verdict.rows["audit_logs"] == 40


async def test_transactions_that_lock_crosswise_do_not_wait_for_the_chain(
    scene: TrailScene,
) -> None:
    ids = [
        await scene.superuser.fetchval(
            "INSERT INTO accounts.users (username, display_name) VALUES ($1, $1) RETURNING id", name
        )
        for name in ("ann", "bob")
    ]
    change = "UPDATE accounts.users SET role = 'moderator' WHERE id = $1"
    has_recorded = asyncio.Event()

    async def first() -> None:
        async with scene.database.transaction() as tx:
            await tx.execute(change, ids[0])
            has_recorded.set()
            await asyncio.shield(second_done)
            await tx.execute(change, ids[1])

    async def second() -> None:
        await has_recorded.wait()
        async with scene.database.transaction() as tx:
            await tx.execute(change, ids[1])

    second_done = asyncio.ensure_future(second())
    await asyncio.wait_for(first(), 60)

    assert await scene.findings() == []


async def test_everything_is_reachable_by_its_plain_name(scene: TrailScene) -> None:
    await scene.record(2)
    async with scene.database.connection() as app:
        rows = {name: len(await app.fetch(f"SELECT * FROM {name}")) for name in PLAIN_NAMES}

    assert rows == {
        "audit_logs": 2,
        "security_events": 0,
        "audit_by_user": 1,
        "audit_by_table_daily": 0,
        "audit_critical": 0,
    }


@pytest.mark.parametrize("role", ["app", "owner"])
async def test_neither_role_may_change_what_is_written(
    scene: TrailScene, fresh_database: FreshDatabase, role: str
) -> None:
    await scene.record(1)
    await scene.superuser.execute(
        "SELECT audit.raise_events(ARRAY[now()], ARRAY['probing'], ARRAY['warning'],"
        " ARRAY[NULL::bigint], ARRAY['192.0.2.1'], ARRAY['{}'])"
    )
    session = await connect(fresh_database.app_dsn if role == "app" else fresh_database.owner_dsn)
    statements = [
        statement.format(table)
        for table, column in {
            "audit_logs": "hash",
            "security_events": "hash",
            "checkpoints": "hashes",
            "archives": "hash",
        }.items()
        for statement in (
            f"UPDATE audit.{{}} SET {column} = ''",
            "DELETE FROM audit.{}",
            "TRUNCATE audit.{}",
        )
    ]
    try:
        for statement in statements:
            with pytest.raises(DriverError, match=r"permission denied|append-only"):
                await session.execute(statement)
    finally:
        await session.close()


async def test_the_app_role_writes_through_the_function_only(
    scene: TrailScene, fresh_database: FreshDatabase
) -> None:
    app = await connect(fresh_database.app_dsn)
    try:
        with pytest.raises(DriverError, match="permission denied"):
            await app.execute("INSERT INTO audit.pending (actor, action) VALUES ('x', 'y')")
        with pytest.raises(DriverError, match="permission denied"):
            await app.execute("INSERT INTO audit.audit_logs (id, actor) VALUES (1, 'x')")
        with pytest.raises(DriverError, match="permission denied"):
            await app.execute("SELECT audit.watch('accounts.users', 'id', 'info', '{role}')")
        await app.execute("SELECT audit.record('a.b', 'x:1', 'info', NULL, NULL)")
    finally:
        await app.close()

    assert (await last_entry(scene))["actor"] == "database:causerie_app"


async def test_what_the_owner_inserts_by_hand_is_chained_like_all_else(
    scene: TrailScene, fresh_database: FreshDatabase
) -> None:
    await scene.record(1)
    owner = await connect(fresh_database.owner_dsn)
    try:
        await owner.execute(
            "INSERT INTO audit.audit_logs (id, created_at, actor, action, severity, previous, hash)"
            " VALUES (77, now(), 'user:1', 'made.up', 'info', '', '')"
        )
    finally:
        await owner.close()

    assert (await last_entry(scene))["id"] == 2
    assert await scene.findings() == []


async def changed_by(psql: Connection, scene: TrailScene, statement: str) -> dict[str, object]:
    await psql.execute(statement)
    return await last_entry(scene)


async def test_a_change_by_psql_is_recorded_with_who_made_it_and_without_the_secret(
    scene: TrailScene, fresh_database: FreshDatabase
) -> None:
    psql = await connect(fresh_database.owner_dsn)
    try:
        made = await changed_by(
            psql,
            scene,
            "INSERT INTO accounts.users (username, display_name, password_hash)"
            " VALUES ('ann', 'Ann', 'secret-hash')",
        )
        promoted = await changed_by(psql, scene, "UPDATE accounts.users SET role = 'admin'")
        reset = await changed_by(psql, scene, "UPDATE accounts.users SET password_hash = 'other'")
        renamed = await changed_by(psql, scene, "UPDATE accounts.users SET display_name = 'A'")
        allowed = await changed_by(
            psql, scene, "INSERT INTO accounts.role_permissions VALUES ('guest', 'users.manage')"
        )
        removed = await changed_by(psql, scene, "DELETE FROM accounts.users")
    finally:
        await psql.close()

    target = made["target"]
    assert made["actor"] == "database:causerie_owner"
    assert (made["action"], made["before"], made["table_name"]) == (
        "accounts.users.insert", None, "accounts.users",
    )  # fmt: skip
    assert msgspec.json.decode(str(made["after"])) == {
        "role": "user",
        "trust": "normal",
        "is_trust_pinned": False,
        "password_hash": "(new)",
    }
    assert (promoted["target"], promoted["before"], promoted["after"]) == (
        target, '{"role": "user"}', '{"role": "admin"}',
    )  # fmt: skip
    assert (reset["before"], reset["after"]) == (
        '{"password_hash": "(old)"}', '{"password_hash": "(new)"}',
    )  # fmt: skip
    assert renamed["id"] == reset["id"]  # Nothing that is watched has changed.
    assert (allowed["severity"], allowed["target"]) == ("critical", "role_permissions:guest")
    assert (removed["action"], removed["after"]) == ("accounts.users.delete", None)


async def test_a_truncation_is_recorded(scene: TrailScene, fresh_database: FreshDatabase) -> None:
    psql = await connect(fresh_database.owner_dsn)
    try:
        entry = await changed_by(psql, scene, "TRUNCATE accounts.signing_keys")
    finally:
        await psql.close()

    assert (entry["action"], entry["severity"]) == ("accounts.signing_keys.truncate", "critical")


async def test_admins_list_what_was_done_and_by_whom_and_others_do_not(node: NodeScene) -> None:
    admin = await node.register("ada")
    user = await node.register("bob")
    await node.node.accounts.service.change_role("bob", "moderator")

    page = (await node.call("GET", "/api/v2/audit/logs?limit=1", user=admin)).json()
    rest = (
        await node.call("GET", f"/api/v2/audit/logs?before={page['items'][0]['id']}", user=admin)
    ).json()
    of_bob = (
        await node.call("GET", f"/api/v2/audit/logs?target=users:{user.id}", user=admin)
    ).json()
    refused = await node.call("GET", "/api/v2/audit/logs", user=user)

    assert page["has_more"]
    assert page["items"][0]["after"] == {"role": "moderator"}
    assert not rest["has_more"]
    assert [item["action"] for item in of_bob["items"]] == [
        "accounts.users.update",
        "accounts.users.insert",
    ]
    assert of_bob["items"][1]["address"] == "127.0.0.1"
    assert (refused.status, refused.json()["code"]) == (403, "forbidden")


async def test_a_wrong_filter_is_refused(node: NodeScene) -> None:
    admin = await node.register("ada")
    wrong = ("limit=0", "limit=501", "before=0", "severity=loud", "since=2026-01-01T00:00:00")

    answers = [await node.call("GET", f"/api/v2/audit/logs?{w}", user=admin) for w in wrong]

    assert {answer.json()["code"] for answer in answers} == {"invalid"}


async def test_events_reach_the_table_without_anyone_waiting(node: NodeScene) -> None:
    admin = await node.register("ada")
    node.node.audit.events.raise_(Kind.PROBING, address="192.0.2.9", details={"paths": 40})

    assert await node.node.audit.events.drain(60)
    events = (await node.call("GET", "/api/v2/audit/security-events", user=admin)).json()
    assert events["items"][0]["kind"] == "probing"
    assert events["items"][0]["details"] == {"paths": 40}
    assert events["items"][0]["address"] == "192.0.2.9"


async def test_the_data_folder_remembers_how_far_was_signed(
    scene: TrailScene, tmp_path: Path
) -> None:
    await scene.record(2)
    await scene.trail.notary.sign_new()

    assert (tmp_path / "audit.checkpoint").stat().st_mode & 0o777 == 0o600
