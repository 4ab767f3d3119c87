"""A thread is read by itself, in step on all devices, and counted as it is."""

from __future__ import annotations

from typing import Any

from causerie.foundation.postgres import Database
from causerie.messages import wiring as messages_wiring
from causerie.receipts.service.recount import Recounter
from causerie.receipts.store.positions import PostgresPositions
from tests.integration.receipts.conftest import Talk
from tests.integration.receipts.test_drift import drift_found


async def threads(talk: Talk) -> list[dict[str, Any]]:
    items = (await talk.unread(talk.ann))["items"]
    return [thread for item in items for thread in item["threads"]]


async def read_thread(talk: Talk, root: int, seq: int, *, key: str = "") -> Any:
    headers = {"idempotency-key": key} if key else {}
    path = f"/api/v2/messages/{root}/thread/read"
    return await talk.call("POST", path, {"seq": seq}, headers=headers)


async def test_what_is_read_in_its_thread_is_read_on_all_devices(talk: Talk) -> None:
    root = await talk.say("who comes?")
    first = await talk.say("me", user=talk.ben, parent_message_id=root["id"])
    await talk.say("@ann too", user=talk.ben, parent_message_id=root["id"])
    await talk.say("by the way", user=talk.ben)
    phone, laptop = await talk.connect(talk.ann), await talk.connect(talk.ann)
    before = (await talk.unread(talk.ann))["items"][0]

    place = {"conversation_id": talk.room, "parent_message_id": root["id"]}
    position = await talk.ask(phone, "mark_read", seq=first["seq"], **place)
    told = (await laptop.hear("thread_read"))["data"]

    assert (before["unread"], before["mentions"]) == (3, 1)
    assert before["threads"] == [{"message_id": root["id"], "unread": 2, "mentions": 1}]
    assert position == {"read_seq": first["seq"], "unread": 1}
    assert told == {
        "message_id": root["id"],
        "conversation_id": talk.room,
        "seq": first["seq"],
        "unread": 1,
    }
    assert await threads(talk) == [{"message_id": root["id"], "unread": 1, "mentions": 1}]


async def test_a_thread_read_to_its_end_calls_nobody(talk: Talk) -> None:
    root = await talk.say("who comes?")
    last = await talk.say("@ann?", user=talk.ben, parent_message_id=root["id"])

    answer = await read_thread(talk, root["id"], last["seq"] + 1000)
    after = (await talk.unread(talk.ann))["items"][0]

    assert answer.json() == {"read_seq": last["seq"], "unread": 0}
    # The conversation's own position is where it was.
    assert (after["unread"], after["mentions"], after["threads"]) == (1, 0, [])


async def test_a_position_never_goes_back_and_moves_once_per_key(talk: Talk) -> None:
    root = await talk.say("who comes?")
    first = await talk.say("me", user=talk.ben, parent_message_id=root["id"])
    second = await talk.say("and me", user=talk.ben, parent_message_id=root["id"])

    once = await read_thread(talk, root["id"], first["seq"], key="once")
    await read_thread(talk, root["id"], second["seq"])
    again = await read_thread(talk, root["id"], first["seq"], key="once")
    back = await read_thread(talk, root["id"], first["seq"])
    other = await read_thread(talk, root["id"], second["seq"], key="once")

    assert once.json() == {"read_seq": first["seq"], "unread": 1}
    assert again.json() == back.json() == {"read_seq": second["seq"], "unread": 0}
    assert other.json()["code"] == "conflict"


async def test_a_thread_of_others_is_not_there(talk: Talk) -> None:
    root = await talk.say("who comes?")
    peer = await talk.connect(talk.ann)

    path = f"/api/v2/messages/{root['id']}/thread/read"
    stranger = await talk.call("POST", path, {"seq": 1}, user=talk.eve)
    elsewhere = {"conversation_id": talk.direct, "parent_message_id": root["id"], "seq": 1}
    peer.say({"type": "mark_read", "ref": 1, "data": elsewhere})
    refused = await peer.hear("error")

    assert stranger.json()["code"] == "not_found"
    assert refused["data"]["code"] == "not_found"


async def test_the_recount_covers_threads(talk: Talk, database: Database) -> None:
    root = await talk.say("who comes?")
    first = await talk.say("me", user=talk.ben, parent_message_id=root["id"])
    await talk.say("@ann?", user=talk.ben, parent_message_id=root["id"])
    await read_thread(talk, root["id"], first["seq"])
    recounter = Recounter(PostgresPositions(database), messages_wiring.tallies(database))
    before = await drift_found(recounter)

    async with database.connection() as connection:
        await connection.execute("DELETE FROM messages.replies WHERE seq > $1", first["seq"])

    assert before == 0
    assert await drift_found(recounter) == 1
