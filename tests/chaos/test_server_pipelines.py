"""Senders who do not wait: order is kept, nothing leaks, and who hangs up loses nothing promised."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import msgspec
import pytest

from tests.chaos.load import Message, Room, make_room, read_history, until
from tests.clients import Client, Refused, opened, token_for
from tests.e2e.conformance.raw_client import TEXT, RawClient, frame
from tests.processes import Causerie

pytestmark = pytest.mark.long

PIPELINED = 5_000
# The bounds of one socket: 256 sends in flight, 1 MB unread, and the kernel's and parser's share.
MAX_GROWTH_BYTES = 10 << 20
STORED_WITHIN_SECONDS = 30.0
IN_FLIGHT = 256


def send_frame(room: Room, number: int) -> bytes:
    data = {
        "conversation_id": room.id,
        "content": f"number {number}",
        "client_id": f"{room.id}.{number}",
    }
    body = {"type": "send_message", "ref": number, "data": data}
    return frame(TEXT, msgspec.json.encode(body), mask=bytes(4))


def numbers_in(history: Sequence[Message]) -> list[int]:
    return [int(message["client_id"].rpartition(".")[2]) for message in history]


async def pipeline_without_reading(server: Causerie, user_id: int, room: Room) -> None:
    """Send all, or as much as is taken; then hang up."""
    with RawClient(("127.0.0.1", server.port), timeout=5) as client:
        client.upgrade("/ws/v2", extra=f"Authorization: Bearer {token_for(user_id)}\r\n")
        frames = b"".join([send_frame(room, number) for number in range(1, PIPELINED + 1)])
        with suppress(OSError):  # Let go, being a slow reader, before all was taken.
            await asyncio.to_thread(client.send, frames)
        await asyncio.sleep(0.5)


async def test_thousands_sent_without_reading_an_answer_are_a_prefix_in_order_and_bounded(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    room = await make_room(lasting_server, users[:1])
    async with opened(lasting_server, token_for(users[0])) as client:
        await client.send(room.id, "warm", client_id=f"{room.id}.0")
    before = lasting_server.resident_bytes()
    await pipeline_without_reading(lasting_server, users[0], room)
    grown = lasting_server.resident_bytes() - before
    stored = numbers_in(await read_history(lasting_server, room))

    assert stored == list(range(len(stored)))
    assert len(stored) > IN_FLIGHT
    assert grown < MAX_GROWTH_BYTES

    # Whoever comes back and sends it all again, and reads this time, completes it.
    async with opened(lasting_server, token_for(users[0])) as client:
        answers = [
            await client.start(
                "send_message",
                conversation_id=room.id,
                content=f"number {number}",
                client_id=f"{room.id}.{number}",
            )
            for number in range(1, PIPELINED + 1)
        ]
        acknowledged = await asyncio.gather(*answers)
    assert [message["seq"] for message in acknowledged] == list(range(2, PIPELINED + 2))


async def test_sends_in_many_rooms_at_once_keep_each_room_in_the_senders_order(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    rooms = [await make_room(lasting_server, users[:2]) for _ in range(20)]
    clients = [Client(lasting_server, token_for(user)) for user in users[:2]]
    for client in clients:
        await client.open()
    answers = [
        await client.start("send_message", conversation_id=room.id, content=f"{who} {number}")
        for number in range(50)
        for room in rooms
        for who, client in enumerate(clients)
    ]
    await asyncio.gather(*answers)
    histories = [await read_history(lasting_server, room) for room in rooms]
    for client in clients:
        await client.close()

    for history in histories:
        assert [message["seq"] for message in history] == list(range(1, 101))
        for who in range(2):
            said = [m["content"] for m in history if m["content"].startswith(f"{who} ")]
            assert said == [f"{who} {number}" for number in range(50)]


async def test_who_hangs_up_in_the_middle_of_sending_leaves_a_prefix_and_no_session(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    room = await make_room(lasting_server, users[:2])
    async with opened(lasting_server, token_for(users[1])) as reader:
        for start in (0, 100, 200):
            with RawClient(("127.0.0.1", lasting_server.port)) as client:
                client.upgrade("/ws/v2", extra=f"Authorization: Bearer {token_for(users[0])}\r\n")
                client.send(b"".join([send_frame(room, start + n) for n in range(100)]))
                client.send(send_frame(room, 999)[:-5])  # cut inside a frame
        await reader.call("ping")
        history = await settled_history(lasting_server, room)
        await until(lambda: len(reader.seqs(room.id)) >= len(history), seconds=60)
        seen = reader.seen.get(room.id, [])

    assert 999 not in numbers_in(history)
    assert seen[: len(history)] == history  # Somebody's last words may have come after it was read.
    for start in (0, 100, 200):
        of_socket = [n for n in numbers_in(history) if start <= n < start + 100]
        assert of_socket == list(range(start, start + len(of_socket)))


async def settled_history(server: Causerie, room: Room) -> list[Message]:
    """Wait until nothing more comes: sends of a socket that is gone may still be on their way."""
    before: list[Message] | None = None
    now = await read_history(server, room)
    ends_at = time.monotonic() + STORED_WITHIN_SECONDS
    while now != before and time.monotonic() < ends_at:
        await asyncio.sleep(0.3)
        before, now = now, await read_history(server, room)
    return now


async def test_refused_sends_take_no_place_among_those_in_flight(
    lasting_server: Causerie, users: Sequence[int]
) -> None:
    room = await make_room(lasting_server, users[:1])
    strange = await make_room(lasting_server, users[1:2])
    async with opened(lasting_server, token_for(users[0])) as client:
        await client.send(room.id, "first", client_id=f"{room.id}.key")
        refused = [
            await client.start("send_message", conversation_id=where, content=content, **more)
            for _ in range(IN_FLIGHT)
            for where, content, more in (
                (room.id, " ", {}),  # empty
                (room.id, "x" * 5000, {}),  # too long
                (strange.id, "hello", {}),  # not a member
                (room.id, "other", {"client_id": f"{room.id}.key"}),  # the key of another
            )
        ]
        outcomes = await asyncio.gather(*refused, return_exceptions=True)
        accepted = [
            await client.start("send_message", conversation_id=room.id, content=f"{number}")
            for number in range(2 * IN_FLIGHT)
        ]
        acknowledged = await asyncio.gather(*accepted)

    codes = [outcome.code if isinstance(outcome, Refused) else None for outcome in outcomes]
    assert codes == ["invalid", "too_large", "forbidden", "conflict"] * IN_FLIGHT
    assert [message["seq"] for message in acknowledged] == list(range(2, 2 * IN_FLIGHT + 2))
