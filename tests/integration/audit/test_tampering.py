"""Each way to tamper with the chain as a superuser, and the row that is named for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from causerie.audit import ArchiveRefused, Chain
from causerie.audit.wiring import build_archivist
from causerie.foundation.crypto import MasterKey
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.fakes.clock import FakeClock
from tests.integration.audit.conftest import TrailScene

CHANGED = "changed, or put there by hand"
MASTER = MasterKey(bytes(32))  # as the scene's
COLUMNS = "id, created_at, user_id, actor, action, table_name, target, address, severity, before, after, previous, hash"


async def test_a_chain_that_nobody_touched_is_whole(scene: TrailScene) -> None:
    await scene.record(3)
    await scene.trail.notary.sign_new()
    await scene.record(2)

    verdict = await scene.trail.notary.verify()

    assert verdict.is_sound
    assert verdict.rows["audit_logs"] == 5
    assert verdict.unsigned["audit_logs"] == 2


@pytest.mark.parametrize("is_signed", [True, False])
async def test_a_changed_row_is_named_whatever_was_changed(
    scene: TrailScene, *, is_signed: bool
) -> None:
    changes = [
        "created_at = created_at - interval '1 day'",
        "user_id = 7",
        "actor = 'user:7'",
        "action = 'rooms.deleted'",
        "table_name = 'rooms'",
        "target = NULL",
        "address = '192.0.2.1'",
        "severity = 'warning'",
        "before = '{}'",
        "after = NULL",
        "hash = sha256('mine')",
    ]
    await scene.record(2 * len(changes) + 1)
    if is_signed:
        await scene.trail.notary.sign_new()

    for nth, change in enumerate(changes, 1):
        await scene.tamper(f"UPDATE audit.audit_logs SET {change} WHERE id = {2 * nth}")

    assert await scene.findings() == [
        f"audit_logs: row {2 * nth}: {CHANGED}" for nth in range(1, len(changes) + 1)
    ]


async def test_a_changed_row_is_named_where_its_hash_was_computed_anew(scene: TrailScene) -> None:
    await scene.record(5)

    await scene.tamper("UPDATE audit.audit_logs SET action = 'nothing' WHERE id = 3")
    await scene.tamper(
        "UPDATE audit.audit_logs a SET hash = audit.digest(a.previous, a.id::text,"
        " audit.moment(a.created_at), a.user_id::text, a.actor, a.action, a.table_name, a.target,"
        " a.address, a.severity::text, a.before::text, a.after::text) WHERE id = 3"
    )

    assert await scene.findings() == [f"audit_logs: row 3: {CHANGED}"]


async def test_a_changed_row_is_named_where_the_whole_chain_was_computed_anew(
    scene: TrailScene,
) -> None:
    await scene.record(6)
    await scene.trail.notary.sign_new()

    await scene.tamper("UPDATE audit.audit_logs SET action = 'nothing' WHERE id = 3")
    await scene.rehash(3)

    assert await scene.findings() == [
        f"audit_logs: row 3: {CHANGED}",
        "audit_logs: rows 4 to 6: content as it was, hashes computed anew to hide another change",
    ]


@pytest.mark.parametrize("is_signed", [True, False])
async def test_a_deleted_row_is_named(scene: TrailScene, *, is_signed: bool) -> None:
    await scene.record(5)
    if is_signed:
        await scene.trail.notary.sign_new()

    await scene.tamper("DELETE FROM audit.audit_logs WHERE id = 2")

    assert await scene.findings() == ["audit_logs: row 2: deleted"]


async def test_a_deleted_first_row_is_named(scene: TrailScene) -> None:
    await scene.record(3)

    await scene.tamper("DELETE FROM audit.audit_logs WHERE id = 1")

    assert await scene.findings() == ["audit_logs: row 1: deleted"]


async def test_a_deletion_that_was_closed_up_is_named(scene: TrailScene) -> None:
    await scene.record(5)
    await scene.trail.notary.sign_new()

    await scene.tamper(
        "DELETE FROM audit.audit_logs WHERE id = 2",
        # In two steps: a row must not come upon the number of one that has not moved yet.
        "UPDATE audit.audit_logs SET id = -id WHERE id > 2",
        "UPDATE audit.audit_logs SET id = -id - 1 WHERE id < 0",
    )
    await scene.rehash(1)

    findings = await scene.findings()
    assert findings[0] == f"audit_logs: row 2: {CHANGED}"
    assert "audit_logs: row 5: cut off from the end (or an older backup was restored)" in findings


async def test_an_inserted_row_is_named(scene: TrailScene) -> None:
    await scene.record(5)
    await scene.trail.notary.sign_new()

    await scene.tamper(
        "UPDATE audit.audit_logs SET id = id + 100 WHERE id > 2",
        f"INSERT INTO audit.audit_logs ({COLUMNS}) SELECT 3, {COLUMNS.removeprefix('id, ')}"
        " FROM audit.audit_logs WHERE id = 2",
        "UPDATE audit.audit_logs SET id = id - 99 WHERE id > 100",
    )
    await scene.rehash(3)

    assert (await scene.findings())[0] == f"audit_logs: row 3: {CHANGED}"


async def test_a_row_put_at_the_end_by_hand_is_named(scene: TrailScene) -> None:
    await scene.record(3)

    await scene.tamper(
        f"INSERT INTO audit.audit_logs ({COLUMNS}) SELECT 4, {COLUMNS.removeprefix('id, ')}"
        " FROM audit.audit_logs WHERE id = 3"
    )

    assert await scene.findings() == [f"audit_logs: row 4: {CHANGED}"]


async def test_a_row_put_before_the_first_is_named(scene: TrailScene) -> None:
    await scene.record(2)

    await scene.tamper(
        f"INSERT INTO audit.audit_logs ({COLUMNS}) SELECT -5, {COLUMNS.removeprefix('id, ')}"
        " FROM audit.audit_logs WHERE id = 2"
    )

    assert await scene.findings() == [f"audit_logs: row -5: {CHANGED}"]


async def test_rows_that_changed_places_are_named(scene: TrailScene) -> None:
    await scene.record(5)
    await scene.trail.notary.sign_new()

    await scene.tamper(
        "UPDATE audit.audit_logs SET id = 99 WHERE id = 2",
        "UPDATE audit.audit_logs SET id = 2 WHERE id = 4",
        "UPDATE audit.audit_logs SET id = 4 WHERE id = 99",
    )
    await scene.rehash(1)

    findings = await scene.findings()
    assert f"audit_logs: row 2: {CHANGED}" in findings
    assert f"audit_logs: row 4: {CHANGED}" in findings
    assert not any("row 3" in finding and CHANGED in finding for finding in findings)


async def test_a_tail_that_was_cut_off_is_named_by_the_checkpoints(scene: TrailScene) -> None:
    await scene.record(6)
    await scene.trail.notary.sign_new()

    await scene.tamper("DELETE FROM audit.audit_logs WHERE id > 4")

    assert await scene.findings() == [
        "audit_logs: rows 5 to 6: cut off from the end (or an older backup was restored)"
    ]


async def test_a_tail_cut_off_with_its_checkpoints_is_named_by_the_data_folder(
    scene: TrailScene,
) -> None:
    await scene.record(4)
    await scene.trail.notary.sign_new()
    await scene.record(2)
    await scene.trail.notary.sign_new()

    await scene.tamper(
        "DELETE FROM audit.audit_logs WHERE id > 4",
        "DELETE FROM audit.checkpoints WHERE last_id > 4",
    )

    assert await scene.findings() == [
        "audit_logs: rows 5 to 6: cut off from the end (or an older backup was restored)"
    ]


async def test_a_tail_that_grew_again_after_it_was_cut_off_is_named(scene: TrailScene) -> None:
    await scene.record(6)
    await scene.trail.notary.sign_new()

    await scene.tamper("DELETE FROM audit.audit_logs WHERE id > 4", "DELETE FROM audit.checkpoints")
    await scene.record(4, action="rooms.other")
    told = await scene.trail.notary.sign_new()

    assert [finding.first_id for finding in told] == [6]
    assert f"audit_logs: row 6: {CHANGED}" in await scene.findings()


async def test_a_forged_checkpoint_is_found(scene: TrailScene) -> None:
    await scene.record(3)
    await scene.trail.notary.sign_new()

    await scene.tamper(
        "UPDATE audit.audit_logs SET action = 'nothing' WHERE id = 2",
    )
    await scene.rehash(2)
    await scene.tamper(
        "UPDATE audit.checkpoints SET hashes ="
        " (SELECT string_agg(hash, '' ORDER BY id) FROM audit.audit_logs)"
    )

    findings = await scene.findings()
    assert (
        "audit_logs: rows 1 to 3: the checkpoint is missing or was not signed with this server's key"
        in findings
    )


async def test_a_checkpoint_taken_from_the_middle_is_found(scene: TrailScene) -> None:
    for _ in range(3):
        await scene.record(2)
        await scene.trail.notary.sign_new()

    await scene.tamper("DELETE FROM audit.checkpoints WHERE first_id = 3")

    assert await scene.findings() == [
        "audit_logs: rows 3 to 4: the checkpoint is missing or was not signed with this server's key"
    ]


async def test_security_events_are_a_chain_of_their_own(scene: TrailScene) -> None:
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        await scene.superuser.execute(
            "SELECT audit.raise_events(ARRAY[now()], ARRAY['probing'], ARRAY['warning'],"
            " ARRAY[NULL::bigint], ARRAY[$1], ARRAY['{}'])",
            address,
        )
    await scene.trail.notary.sign_new()

    await scene.tamper("UPDATE audit.security_events SET address = NULL WHERE id = 2")

    assert await scene.findings() == [f"security_events: row 2: {CHANGED}"]


async def test_what_was_wrong_when_it_was_signed_stays_wrong(scene: TrailScene) -> None:
    await scene.record(4)
    await scene.tamper("UPDATE audit.audit_logs SET action = 'nothing' WHERE id = 2")

    told = await scene.trail.notary.sign_new()

    assert [str(finding) for finding in told] == [f"audit_logs: row 2: {CHANGED}"]
    assert await scene.trail.notary.sign_new() == []
    assert await scene.findings() == [f"audit_logs: row 2: {CHANGED}"]


async def test_what_was_archived_leaves_a_chain_that_is_whole_and_a_file_that_is_checked(
    scene: TrailScene, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    owner = Database(fresh_database.owner_dsn, max_connections=1)
    await owner.open()
    archivist = build_archivist(owner, MASTER, data_dir=tmp_path, clock=FakeClock())
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    files: list[list[bytes]] = []
    try:
        for _ in range(2):
            await scene.record(4)
            files.append([])
            done = await archivist.write(Chain.LOGS, before=tomorrow, write=files[-1].append)
            assert done is not None
            await archivist.remove(done)
        await scene.record(2)
        whole = await scene.findings()
        checked = [await archivist.check(Chain.LOGS, b"".join(lines)) for lines in files]
        changed = b"".join(files[0]).replace(b"room:1", b"room:9")
        with pytest.raises(ArchiveRefused, match="row 2: changed"):
            await archivist.check(Chain.LOGS, changed)
        with pytest.raises(ArchiveRefused, match="not all of it"):
            await archivist.check(Chain.LOGS, b"".join(files[0][:-1]))
        await scene.tamper("UPDATE audit.archives SET last_id = last_id + 1 WHERE last_id > 5")
    finally:
        await owner.close()

    assert whole == []
    assert [sentence.split(":")[1] for sentence in checked] == [" rows 1 to 4, as they were signed",
        " rows 5 to 9, as they were signed"]  # fmt: skip
    assert await scene.findings() != []


async def test_a_chain_that_is_not_whole_is_not_archived(
    scene: TrailScene, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    await scene.record(3)
    await scene.tamper("UPDATE audit.audit_logs SET action = 'nothing' WHERE id = 2")
    owner = Database(fresh_database.owner_dsn, max_connections=1)
    await owner.open()
    archivist = build_archivist(owner, MASTER, data_dir=tmp_path, clock=FakeClock())
    try:
        with pytest.raises(ArchiveRefused, match="row 2"):
            await archivist.write(
                Chain.LOGS, before=datetime.now(UTC) + timedelta(days=1), write=lambda _: None
            )
    finally:
        await owner.close()
