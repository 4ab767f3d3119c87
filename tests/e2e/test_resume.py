"""Coming back to a real server: what was missed, then what is new, over real connections."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest

from tests.clients import Client, Http, opened, register
from tests.processes import Causerie, a_causerie


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie() as running:
        yield running


class Room:
    """A room of Ann, who writes, and of readers who come and go."""

    def __init__(self, server: Causerie, name: str) -> None:
        self.server = server
        self.name = name

    async def open(self, readers: int) -> list[str]:
        """Make the room; gives the readers' tokens."""
        ann = await register(self.server, f"ann.{self.name}")
        made = [await register(self.server, f"r{n}.{self.name}") for n in range(readers)]
        self.token: str = ann["access_token"]
        http = Http(self.server, self.token)
        async with http.session:
            members = [user["user"]["id"] for user in made]
            body = {"kind": "room", "name": self.name, "members": members}
            self.id: str = (await http.call("POST", "/api/v2/conversations", body))["id"]
        return [user["access_token"] for user in made]


async def send_many(client: Client, room: str, first: int, count: int) -> None:
    """Send numbered messages without waiting for each."""
    answers = [
        await client.start("send_message", conversation_id=room, content=str(first + n))
        for n in range(count)
    ]
    for answer in answers:
        await answer


@pytest.mark.long
async def test_readers_that_drop_and_come_back_on_and_on_have_everything_once(
    server: Causerie,
) -> None:
    room = Room(server, "restless")
    tokens = await room.open(4)
    total = 600
    readers = [Client(server, token) for token in tokens]

    async def read(reader: Client, seed: int) -> None:
        chance = random.Random(seed)
        await reader.open()
        while reader.last_seq(room.id) < total:
            await asyncio.sleep(chance.uniform(0.01, 0.15))
            if reader.last_seq(room.id) < total:
                await reader.close()
                await reader.open()
                await reader.resume(room.id)
        await reader.close()

    async with (
        opened(server, room.token) as ann,
        asyncio.timeout(240),
        asyncio.TaskGroup() as group,
    ):
        for seed, reader in enumerate(readers):
            group.create_task(read(reader, seed))
        for first in range(1, total + 1, 20):
            await send_many(ann, room.id, first, 20)
            await asyncio.sleep(0.02)

    for reader in readers:
        assert reader.seqs(room.id) == list(range(1, total + 1))
        assert [m["content"] for m in reader.seen[room.id]] == [str(n) for n in range(1, total + 1)]


async def test_what_changed_meanwhile_is_told_by_revs(server: Causerie) -> None:
    room = Room(server, "changing")
    (token,) = await room.open(1)
    reader = Client(server, token)
    await reader.open()
    async with opened(server, room.token) as ann:
        sent = [await ann.send(room.id, text) for text in ("one", "two")]
        await reader.until(room.id, 2)
        await reader.close()
        await ann.call("edit_message", message_id=sent[0]["id"], content="ONE")
        await ann.call("delete_message", message_id=sent[1]["id"])
        await ann.send(room.id, "three")
        await reader.open()

        answer = await reader.call("subscribe", since={room.id: 2}, revs={room.id: 0})

        deleted = await reader.until_event("message_deleted")
        (edited,) = reader.of_kind("message_edited")
    await reader.close()
    assert answer == {room.id: {"last_seq": 3, "rev": 2, "missed": 1, "reset": False}}
    assert (edited["content"], edited["rev"]) == ("ONE", 1)
    assert (deleted["content"], deleted["deleted"], deleted["rev"]) == ("", True, 2)
    assert reader.seqs(room.id) == [1, 2, 3]


async def test_who_missed_too_much_reads_the_history_and_goes_on(server: Causerie) -> None:
    room = Room(server, "long")
    (token,) = await room.open(1)
    reader = Client(server, token)
    await reader.open()
    await reader.close()
    async with opened(server, room.token) as ann:
        for first in range(1, 1201, 200):
            await send_many(ann, room.id, first, 200)
        await reader.open()
        answer = (await reader.call("subscribe", since={room.id: 0}))[room.id]
        history: list[int] = []
        while True:
            page = await reader.call(
                "history",
                conversation_id=room.id,
                after=history[-1] if history else 0,
                limit=1000,
            )
            history += [message["seq"] for message in page["items"]]
            if not page["has_more"]:
                break
        await ann.send(room.id, "new")
        await reader.until(room.id, 1201)
    await reader.close()

    assert (answer["missed"], answer["reset"]) == (1200, True)
    assert history == list(range(1, 1201))
    assert reader.seqs(room.id) == [1201]


@pytest.mark.long
async def test_after_a_restart_a_resume_goes_on_where_it_was(server: Causerie) -> None:
    room = Room(server, "restart")
    (token,) = await room.open(1)
    reader, ann = Client(server, token), Client(server, room.token)
    await reader.open()
    await ann.open()
    await ann.send(room.id, "before")
    await reader.until(room.id, 1)

    await asyncio.to_thread(server.stop)
    assert await reader.gone() == 1012
    await ann.gone()
    await server.start_soon()
    await ann.open()
    await ann.send(room.id, "between")
    await reader.open()
    await reader.resume(room.id)
    await ann.send(room.id, "after")
    await reader.until(room.id, 3)

    assert [m["content"] for m in reader.seen[room.id]] == ["before", "between", "after"]
    await reader.close()
    await ann.close()
