"""The audit trail on a real database, and a superuser who tampers with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from causerie.assembly.settings import Settings
from causerie.audit.wiring import AuditTrail, build
from causerie.foundation.crypto import MasterKey
from causerie.foundation.postgres import Connection, Database
from causerie.foundation.postgres.database import connect
from tests.databases import FreshDatabase, PostgresForTests
from tests.fakes.clock import FakeClock
from tests.scenes.node import NodeScene, open_node_scene, quick


class TrailScene:
    """A trail, its database, and whoever rules that database."""

    def __init__(self, trail: AuditTrail, database: Database, superuser: Connection) -> None:
        self.trail = trail
        self.database = database
        self.superuser = superuser

    async def record(self, count: int, *, action: str = "rooms.renamed") -> None:
        """Record so many entries, each in a transaction of its own."""
        for nth in range(count):
            async with self.database.transaction() as tx:
                await self.trail.trail.record(
                    tx, action=action, target=f"room:{nth}", after={"name": f"room-{nth}"}
                )

    async def tamper(self, *statements: str) -> None:
        """Change what nobody may change, as a superuser for whom no trigger fires."""
        async with self.superuser.transaction():
            await self.superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await self.superuser.execute(statement)

    async def rehash(self, first_id: int) -> None:
        """Compute the chain anew from a row on, as somebody would who hides a change."""
        await self.tamper(
            f"""
            DO $$ DECLARE r record; v_previous bytea; BEGIN
                SELECT coalesce((SELECT hash FROM audit.audit_logs WHERE id < {first_id}
                    ORDER BY id DESC LIMIT 1), sha256('audit_logs')) INTO v_previous;
                FOR r IN SELECT * FROM audit.audit_logs WHERE id >= {first_id} ORDER BY id LOOP
                    UPDATE audit.audit_logs a SET previous = v_previous, hash = audit.digest(
                        v_previous, a.id::text, audit.moment(a.created_at), a.user_id::text,
                        a.actor, a.action, a.table_name, a.target, a.address, a.severity::text,
                        a.before::text, a.after::text)
                    WHERE a.id = r.id RETURNING a.hash INTO v_previous;
                END LOOP;
            END $$
            """
        )

    async def findings(self) -> list[str]:
        """What a check says."""
        return [str(finding) for finding in (await self.trail.notary.verify()).findings]


@pytest.fixture
async def scene(
    database: Database,
    fresh_database: FreshDatabase,
    postgres: PostgresForTests,
    tmp_path: Path,
) -> AsyncIterator[TrailScene]:
    dsn = postgres.server.supervisor_dsn.replace("/postgres?", f"/{fresh_database.name}?")
    superuser = await connect(dsn)
    # What the migrations themselves have left on record is not what is told of here.
    async with superuser.transaction():
        await superuser.execute("SET LOCAL session_replication_role = replica")
        await superuser.execute("DELETE FROM audit.audit_logs")
    trail = build(
        database,
        MasterKey(bytes(32)),
        data_dir=tmp_path,
        permission="audit.read",
        clock=FakeClock(),
    )
    try:
        yield TrailScene(trail, database, superuser)
    finally:
        await superuser.close()


@pytest.fixture
async def node(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[NodeScene]:
    """A whole node on a database of its own."""
    settings = quick(Settings(), tmp_path)
    async with open_node_scene(database, fresh_database.app_dsn, settings) as opened:
        yield opened
