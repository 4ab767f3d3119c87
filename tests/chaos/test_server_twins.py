"""The same send on ten sockets at once happens once, and all ten hear the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from tests.chaos.conftest import StartServer
from tests.chaos.load import Message, make_room, read_history
from tests.clients import opened, token_for
from tests.processes import Causerie

SOCKETS = 10
TIMES = 5


async def send_on_all(
    server: Causerie, users: Sequence[int]
) -> tuple[list[list[Message]], list[Message]]:
    """Give the answers to each of the sends, and the history."""
    room = await make_room(server, users[:1])
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(opened(server, token_for(users[0])))
            for _ in range(SOCKETS)
        ]
        answers = [
            await asyncio.gather(
                *(
                    socket.send(room.id, f"number {number}", client_id=f"{room.id}.{number}")
                    for socket in sockets
                )
            )
            for number in range(TIMES)
        ]
    return answers, await read_history(server, room)


async def test_the_same_send_on_ten_sockets_is_one_message_and_ten_equal_answers(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    answers, history = await send_on_all(lasting_server, users)

    assert [message["seq"] for message in history] == list(range(1, TIMES + 1))
    assert answers == [[message] * SOCKETS for message in history]


@pytest.mark.long
async def test_control_a_server_that_stores_no_keys_is_seen(
    start_server: StartServer, users: Sequence[int]
) -> None:
    with start_server("forgets_keys") as server:
        answers, history = await send_on_all(server, users)

    assert len(history) == TIMES * SOCKETS
    assert answers[0][0] != answers[0][1]
