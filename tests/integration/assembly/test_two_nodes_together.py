"""Two whole nodes: they know of each other's people, and what both could do is done once.

And where they lose each other nobody goes on with something that is not so any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.pair import Pair, connect, open_pair


@pytest.fixture
async def pair(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Pair]:
    async with open_pair(database, fresh_database, tmp_path) as pair:
        yield pair


async def test_who_is_taken_in_at_the_other_node_follows_though_redis_is_away(pair: Pair) -> None:
    ben = await connect(pair.other, pair.ben)
    await pair.lose_each_other()

    body = {"kind": "room", "name": "shed", "members": [pair.ben.id]}
    made = (await pair.one.call("POST", "/api/v2/conversations", body, user=pair.ann)).json()
    told = (await ben.hear("conversation_created"))["data"]
    path = f"/api/v2/conversations/{made['id']}/messages"
    await pair.one.call("POST", path, {"content": "hello"}, user=pair.ann)
    message = (await ben.hear("message"))["data"]

    assert (told["id"], message["content"]) == (made["id"], "hello")


async def test_what_has_no_number_is_told_when_redis_is_back(pair: Pair) -> None:
    one, room = pair.one, f"/api/v2/conversations/{pair.room}"
    laptop, ben = await connect(pair.other, pair.ann), await connect(pair.other, pair.ben)
    said = await one.call("POST", f"{room}/messages", {"content": "one"}, user=pair.ben)
    await laptop.hear("message")
    await pair.lose_each_other()

    await one.call("PUT", f"{room}/draft", {"content": "Dear Ben"}, user=pair.ann)
    await one.call("PUT", "/api/v2/me/preferences/theme", {"value": "dark"}, user=pair.ann)
    phone = await connect(one, pair.ann)
    seq = said.json()["seq"]
    phone.say({"type": "mark_read", "ref": 1, "data": {"conversation_id": pair.room, "seq": seq}})
    phone.say({"type": "set_presence", "ref": 2, "data": {"status": "busy"}})
    await phone.hear("ack")
    await phone.hear("ack")
    await one.call("POST", f"{room}/messages", {"content": "@ben come"}, user=pair.ann)
    await phone.hear("message")
    await pair.find_each_other()

    heard: dict[str, Any] = {}
    while not {"draft", "preference", "read", "presence"} <= heard.keys():
        frame = await laptop.hear_next()
        if frame["data"].get("user_id", pair.ann.id) == pair.ann.id:
            heard[frame["type"]] = frame["data"]
    notice = (await ben.hear("notification"))["data"]

    assert heard["draft"]["content"] == "Dear Ben"
    assert heard["preference"]["value"] == "dark"
    # What one has said oneself is read.
    assert (heard["read"]["user_id"], heard["read"]["seq"]) == (pair.ann.id, seq + 1)
    assert (heard["presence"]["user_id"], heard["presence"]["status"]) == (pair.ann.id, "busy")
    assert notice["text"] == "@ben come"
    assert [frame["type"] for frame in ben.heard].count("notification") == 1


async def test_who_looks_at_one_node_is_known_to_look_at_the_other(pair: Pair) -> None:
    # Else they would be sent a push or a letter of what they see.
    watching = pair.one.node.notifications.sockets
    before = await watching.is_looking(UserId(pair.ben.id))
    ben = await connect(pair.other, pair.ben)
    async with asyncio.timeout(10):
        while not await watching.is_looking(UserId(pair.ben.id)):
            await asyncio.sleep(0.02)
    ben.close(1000)
    async with asyncio.timeout(10):
        while await watching.is_looking(UserId(pair.ben.id)):
            await asyncio.sleep(0.02)

    assert not before
