"""Presence, typing and profiles at two whole nodes that share a Valkey."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.pair import Pair, connect, hear_of, open_pair

pytestmark = pytest.mark.long


@pytest.fixture
async def pair(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Pair]:
    async with open_pair(database, fresh_database, tmp_path) as pair:
        yield pair


async def test_who_is_at_one_node_is_seen_and_seen_typing_at_the_other(pair: Pair) -> None:
    ben = await connect(pair.other, pair.ben)
    # Until it follows the room there, nothing is brought to it.
    await connect(pair.other, pair.cat)
    await hear_of(ben, pair.cat, "online")

    ann = await connect(pair.one, pair.ann)
    await hear_of(ben, pair.ann, "online")
    asked = await pair.status(pair.other, pair.ann, seen_by=pair.ben)
    ann.say({"type": "typing", "data": {"conversation_id": pair.room, "typing": True}})
    typing = (await ben.hear("typing"))["data"]

    assert asked == "online"
    assert typing == {"conversation_id": pair.room, "user_id": pair.ann.id, "typing": True}


async def test_invisible_at_one_node_is_invisible_at_both(pair: Pair) -> None:
    ben = await connect(pair.other, pair.ben)
    phone = await connect(pair.one, pair.ann)
    laptop = await connect(pair.other, pair.ann)
    await hear_of(ben, pair.ann, "online")

    phone.say({"type": "set_presence", "ref": 1, "data": {"status": "invisible"}})
    await phone.hear("ack")
    await hear_of(ben, pair.ann, "offline")
    await hear_of(laptop, pair.ann, "invisible")

    assert await pair.status(pair.other, pair.ann, seen_by=pair.ben) == "offline"
    assert await pair.status(pair.other, pair.ann, seen_by=pair.ann) == "invisible"


async def test_a_profile_is_told_at_both_nodes(pair: Pair) -> None:
    ben = await connect(pair.other, pair.ben)
    await pair.other.call("GET", "/api/v2/users?username=ann", user=pair.ben)

    await pair.one.call("PATCH", "/api/v2/me", {"status_text": "out"}, user=pair.ann)

    assert (await ben.hear("user_updated"))["data"]["status_text"] == "out"


async def test_who_comes_into_one_conversation_at_two_nodes_is_introduced(pair: Pair) -> None:
    dan = await pair.one.register("dan")
    ben, friend = await connect(pair.other, pair.ben), await connect(pair.one, dan)

    body = {"kind": "direct", "members": [pair.ben.id]}
    await pair.one.call("POST", "/api/v2/conversations", body, user=dan)

    heard = [await hear_of(ben, dan, "online"), await hear_of(friend, pair.ben, "online")]
    assert [seen["user_id"] for seen in heard] == [dan.id, pair.ben.id]
