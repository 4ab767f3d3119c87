"""The server is killed while messages that were scheduled go: each is there, once."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.conftest import IS_FULL, StartServer
from tests.chaos.load import Message, Room, make_room, read_history
from tests.clients import Http, token_for
from tests.processes import Causerie

pytestmark = pytest.mark.long

MESSAGES = 90 if IS_FULL else 30  # A user has a hundred waiting at most.
KILLS = 8 if IS_FULL else 1
SCHEDULED_WITHIN_SECONDS = 6.0
SENT_WITHIN_SECONDS = 60.0


async def schedule_all(server: Causerie, room: Room) -> list[str]:
    """Schedule them closely one after the other; gives what they say."""
    begins = datetime.now(UTC) + timedelta(seconds=SCHEDULED_WITHIN_SECONDS)
    texts = [f"at its time {n}" for n in range(MESSAGES)]
    http = Http(server, token_for(room.members[0]))
    async with http.session, asyncio.TaskGroup() as group:
        for n, text in enumerate(texts):
            send_at = (begins + timedelta(milliseconds=50 * n)).isoformat()
            body = {"conversation_id": room.id, "content": text, "send_at": send_at}
            group.create_task(http.call("POST", "/api/v2/scheduled-messages", body))
    return texts


async def sent(server: Causerie, room: Room, count: int) -> list[Message]:
    """Wait until as many are there; gives all that are."""
    ends_at = time.monotonic() + SENT_WITHIN_SECONDS
    while len(messages := await read_history(server, room)) < count:
        assert time.monotonic() < ends_at, f"{len(messages)} of {count} were sent"
        await asyncio.sleep(0.02)
    return messages


async def test_what_is_scheduled_is_sent_once_however_often_the_server_dies(
    start_server: StartServer, users: tuple[int, ...]
) -> None:
    with start_server(limits__max_messages_per_minute=0) as server:
        room = await make_room(server, users[:2])
        texts = await schedule_all(server, room)

        for kill in range(1, KILLS + 1):
            await sent(server, room, kill * MESSAGES // (KILLS + 2))
            server.kill()
            await server.start_soon()
        messages = await sent(server, room, MESSAGES)

        assert sorted(m["content"] for m in messages) == sorted(texts)
        assert [m["seq"] for m in messages] == list(range(1, MESSAGES + 1))
        http = Http(server, token_for(room.members[0]))
        async with http.session:
            assert await http.call("GET", "/api/v2/scheduled-messages") == {"items": []}
