"""Two nodes that write to one trail and sign it, each with a data folder of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from causerie.audit.model import Chain, Checkpoint
from causerie.audit.store import StoredChains
from causerie.audit.wiring import build
from causerie.foundation.crypto import MasterKey
from causerie.foundation.postgres import Database
from tests.fakes.clock import FakeClock
from tests.integration.audit.conftest import TrailScene

EACH = 30
ROUNDS = 12


@pytest.fixture
def other(scene: TrailScene, database: Database, tmp_path: Path) -> TrailScene:
    trail = build(
        database,
        MasterKey(bytes(32)),
        data_dir=tmp_path / "other",
        permission="audit.read",
        clock=FakeClock(),
    )
    return TrailScene(trail, database, scene.superuser)


async def sign(node: TrailScene, *, times: int = 1) -> list[str]:
    found = [await node.trail.notary.sign_new() for _ in range(times)]
    return [str(finding) for findings in found for finding in findings]


async def signatures(scene: TrailScene) -> list[Checkpoint]:
    return list(await StoredChains(scene.database).checkpoints(Chain.LOGS))


async def test_two_nodes_that_write_and_sign_at_once_leave_one_whole_chain(
    scene: TrailScene, other: TrailScene
) -> None:
    *_, seen, seen_by_other = await asyncio.gather(
        scene.record(EACH), other.record(EACH), sign(scene, times=ROUNDS), sign(other, times=ROUNDS)
    )
    await asyncio.gather(sign(scene), sign(other))
    verdicts = [await node.trail.notary.verify() for node in (scene, other)]
    signed = await signatures(scene)

    assert seen == seen_by_other == []
    assert [verdict.findings for verdict in verdicts] == [(), ()]
    assert {verdict.rows["audit_logs"] for verdict in verdicts} == {2 * EACH}
    assert {verdict.unsigned["audit_logs"] for verdict in verdicts} == {0}
    assert [c.first_id for c in signed[1:]] == [c.last_id + 1 for c in signed[:-1]]


async def test_what_two_nodes_sign_at_once_is_signed_once(
    scene: TrailScene, other: TrailScene
) -> None:
    await scene.record(3)
    await asyncio.gather(sign(scene), sign(other))

    assert len(await signatures(scene)) == 1
