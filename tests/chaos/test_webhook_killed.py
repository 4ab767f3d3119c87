"""The server is killed in the middle of a delivery: what was said comes again, under the same id."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from causerie.foundation.postgres import EmbeddedPostgres
from tests.chaos.conftest import StartServer
from tests.chaos.load import make_room
from tests.clients import Http, token_for
from tests.fakes.receiver import a_receiver

pytestmark = pytest.mark.long


async def let_leases_end(data: Path) -> None:
    """Whoever had taken a job is dead: what it would be given back in a minute is due now."""
    connection = await asyncpg.connect(EmbeddedPostgres.attach(data).app_dsn)
    try:
        await connection.execute("UPDATE jobs.waiting SET due_at = now()")
    finally:
        await connection.close()


async def test_a_delivery_that_was_cut_comes_again_under_the_same_id(
    start_server: StartServer, users: tuple[int, ...]
) -> None:
    networks = "127.0.0.0/8"
    async with a_receiver() as receiver:
        with start_server(outbound__allowed_networks=networks) as server:
            receiver.answers.append(None)  # It has it all, and says nothing: nobody knows.
            room = await make_room(server, users[:2])
            http = Http(server, token_for(room.members[0]))
            async with http.session:
                hook = {"url": receiver.url, "conversation_id": room.id}
                await http.call("POST", "/api/v2/webhook-endpoints", hook)
                said = {"content": "cut off"}
                await http.call("POST", f"/api/v2/conversations/{room.id}/messages", said)
                await receiver.wait_for(1)

            server.kill()
            await server.start_soon()
            await let_leases_end(server.folder / "data")
            await receiver.wait_for(2)
            http = Http(server, token_for(room.members[0]))
            async with http.session:
                said = {"content": "after it"}
                await http.call("POST", f"/api/v2/conversations/{room.id}/messages", said)
            cut, again, after = await receiver.wait_for(3)

        assert b"cut off" in cut.body
        assert (again.headers["webhook-id"], again.body) == (cut.headers["webhook-id"], cut.body)
        assert b"after it" in after.body
        assert after.headers["webhook-id"] != cut.headers["webhook-id"]
