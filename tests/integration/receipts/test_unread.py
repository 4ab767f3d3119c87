"""What is unread, as the server counts it: in one list, with mentions and threads."""

from __future__ import annotations

from tests.integration.receipts.conftest import BASE, Talk


async def test_one_list_has_all_that_is_unread_and_nothing_else(talk: Talk) -> None:
    await talk.say("one")
    await talk.say("@ben two")
    await talk.say("three", to=talk.direct)
    await talk.read(talk.ben, 1, of=talk.direct)

    assert await talk.unread(talk.ben) == {
        "items": [
            {
                "conversation_id": talk.room,
                "read_seq": 0,
                "last_seq": 2,
                "unread": 2,
                "mentions": 1,
                "threads": [],
            }
        ],
        "unread": 2,
        "mentions": 1,
    }
    assert await talk.unread(talk.ann) == {"items": [], "unread": 0, "mentions": 0}


async def test_mentions_follow_edits_and_deletions_and_go_with_reading(talk: Talk) -> None:
    first, second = await talk.say("@ben one"), await talk.say("two")
    third = await talk.say("@room three")
    assert (await talk.unread(talk.ben))["mentions"] == 2

    await talk.call("PATCH", f"/api/v2/messages/{second['id']}", {"content": "@ben @ben"})
    assert (await talk.unread(talk.ben))["mentions"] == 3
    await talk.call("PATCH", f"/api/v2/messages/{first['id']}", {"content": "nobody"})
    await talk.call("DELETE", f"/api/v2/messages/{third['id']}")
    assert (await talk.unread(talk.ben))["mentions"] == 1
    await talk.read(talk.ben, second["seq"])

    assert (await talk.unread(talk.ben))["items"][0]["mentions"] == 0


async def test_threads_that_one_follows_are_counted_by_themselves(talk: Talk) -> None:
    root, other = await talk.say("root", user=talk.ben), await talk.say("other", user=talk.ann)
    await talk.say("a", parent_message_id=root["id"])
    await talk.say("@ben b", parent_message_id=root["id"])
    gone = await talk.say("c", parent_message_id=root["id"])
    await talk.call("DELETE", f"/api/v2/messages/{gone['id']}")
    await talk.say("not followed", parent_message_id=other["id"])

    (room,) = (await talk.unread(talk.ben))["items"]

    assert room["threads"] == [{"message_id": root["id"], "unread": 2, "mentions": 1}]
    await talk.read(talk.ben, 3)
    (room,) = (await talk.unread(talk.ben))["items"]
    assert room["threads"] == [{"message_id": root["id"], "unread": 1, "mentions": 1}]


async def test_all_is_marked_as_read_at_once_and_told_to_all_devices(talk: Talk) -> None:
    for conversation in (talk.room, talk.direct):
        await talk.say("one", to=conversation)
    phone, there = await talk.connect(talk.ben), await talk.connect(talk.ann)
    key = {"idempotency-key": "once"}

    done = await talk.call("POST", "/api/v2/unread/read", user=talk.ben, headers=key)

    assert done.status == 204
    assert (await talk.unread(talk.ben))["items"] == []
    for peer in (phone, there):
        told = {(await peer.hear("read"))["data"]["conversation_id"] for _ in range(2)}
        assert told == {talk.room, talk.direct}
    await talk.say("later")
    again = await talk.call("POST", "/api/v2/unread/read", user=talk.ben, headers=key)
    assert again.status == 204
    assert (await talk.unread(talk.ben))["unread"] == 1


async def test_who_has_read_is_for_members(talk: Talk) -> None:
    await talk.say("one")
    await talk.say("two")
    await talk.read(talk.ben, 1)

    assert await talk.receipts(talk.ann) == {talk.ann.id: 2, talk.ben.id: 1}
    stranger = await talk.call("GET", f"{BASE}/{talk.room}/receipts", user=talk.eve)
    assert stranger.status == 404


async def test_what_the_invisible_read_nobody_sees_then_or_by_asking(talk: Talk) -> None:
    for text in ("one", "two", "three"):
        await talk.say(text)
    await talk.read(talk.ben, 1)
    here, there = await talk.connect(talk.ben), await talk.connect(talk.ann)
    laptop = await talk.connect(talk.ben)
    await talk.ask(here, "set_presence", status="invisible")

    await talk.ask(here, "mark_read", conversation_id=talk.room, seq=2)
    await talk.call("POST", "/api/v2/unread/read", user=talk.ben)

    assert (await laptop.hear("read"))["data"]["seq"] == 2
    assert (await laptop.hear("read"))["data"]["seq"] == 3
    await talk.ask(there, "ping")
    assert [frame for frame in there.heard if frame["type"] == "read"] == []
    assert await talk.receipts(talk.ann) == {talk.ann.id: 3, talk.ben.id: 1}

    await talk.ask(here, "set_presence", status="online")
    assert await talk.receipts(talk.ann) == {talk.ann.id: 3, talk.ben.id: 3}
