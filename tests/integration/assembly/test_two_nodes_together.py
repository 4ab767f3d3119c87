"""Two whole nodes: they know of each other's people, what one refuses both refuse at once, and what
both could do is done once.

And where they lose each other nobody goes on with something that is not so any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from causerie.gateway.closing import BANNED, UNAUTHENTICATED
from causerie.gateway.ports import Admitted, Refused
from tests.databases import FreshDatabase
from tests.scenes.pair import Pair, connect, open_pair

# What is told of oneself and has no number.
OWN = {
    "draft", "preference", "presence", "read", "scheduled_message", "thread_attended", "thread_read",
    "user_updated",
}  # fmt: skip


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


async def live_on(pair: Pair, root: int) -> dict[str, Any]:
    """Have Ann do over HTTP what is told and has no number; gives Ben's answer in a thread."""
    one, ann, thread = pair.one, pair.ann, f"/api/v2/messages/{root}/thread"
    room = f"/api/v2/conversations/{pair.room}"
    await one.call("PUT", f"{room}/draft", {"content": "Dear Ben"}, user=ann)
    await one.call("PUT", "/api/v2/me/preferences/theme", {"value": "dark"}, user=ann)
    await one.call("PUT", thread, {"attention": "following"}, user=ann)
    answer = {"content": "two", "parent_message_id": root}
    answered = (await one.call("POST", f"{room}/messages", answer, user=pair.ben)).json()
    await one.call("POST", f"{thread}/read", {"seq": answered["seq"]}, user=ann)
    moment = rfc3339(datetime.now(UTC) + timedelta(hours=1))
    later = {"conversation_id": pair.room, "content": "later", "send_at": moment}
    await one.call("POST", "/api/v2/scheduled-messages", later, user=ann)
    await one.call("PATCH", "/api/v2/me", {"display_name": "Dear Ann"}, user=ann)
    return dict(answered)


async def test_what_has_no_number_is_told_when_redis_is_back(pair: Pair) -> None:
    one, room = pair.one, f"/api/v2/conversations/{pair.room}"
    laptop, ben = await connect(pair.other, pair.ann), await connect(pair.other, pair.ben)
    said = await one.call("POST", f"{room}/messages", {"content": "one"}, user=pair.ben)
    await laptop.hear("message")
    await pair.lose_each_other()

    phone = await connect(one, pair.ann)
    seq = said.json()["seq"]
    phone.say({"type": "mark_read", "ref": 1, "data": {"conversation_id": pair.room, "seq": seq}})
    phone.say({"type": "set_presence", "ref": 2, "data": {"status": "busy"}})
    await phone.hear("ack")
    await phone.hear("ack")
    await one.call("POST", f"{room}/messages", {"content": "@ben come"}, user=pair.ann)
    await phone.hear("message")
    answered = await live_on(pair, said.json()["id"])
    await pair.find_each_other()

    heard: dict[str, Any] = {}
    while not heard.keys() >= OWN:
        frame = await laptop.hear_next()
        if frame["data"].get("user_id", pair.ann.id) == pair.ann.id:
            heard[frame["type"]] = frame["data"]
    notice = (await ben.hear("notification"))["data"]

    assert (heard["draft"]["content"], heard["preference"]["value"]) == ("Dear Ben", "dark")
    # What one has said oneself is read.
    assert (heard["read"]["user_id"], heard["read"]["seq"]) == (pair.ann.id, seq + 1)
    assert (heard["presence"]["user_id"], heard["presence"]["status"]) == (pair.ann.id, "busy")
    assert heard["thread_attended"]["attention"] == "following"
    assert (heard["thread_read"]["seq"], heard["thread_read"]["unread"]) == (answered["seq"], 0)
    assert heard["scheduled_message"]["content"] == "later"
    assert heard["user_updated"]["display_name"] == "Dear Ann"
    assert notice["text"] == "@ben come"
    assert [frame["type"] for frame in ben.heard].count("notification") == 1


async def test_who_looks_at_one_node_is_known_to_look_at_the_other(pair: Pair) -> None:
    # Else they would be sent a push or a letter of what they see.
    watching = pair.one.node.notifications.sockets
    before = await watching.is_looking(UserId(pair.ben.id))
    ben = await connect(pair.other, pair.ben)
    async with asyncio.timeout(60):
        while not await watching.is_looking(UserId(pair.ben.id)):
            await asyncio.sleep(0.02)
    ben.close(1000)
    async with asyncio.timeout(60):
        while await watching.is_looking(UserId(pair.ben.id)):
            await asyncio.sleep(0.02)

    assert not before


async def test_a_logout_at_one_node_closes_the_sockets_at_the_other(pair: Pair) -> None:
    ben, cat = await connect(pair.other, pair.ben), await connect(pair.other, pair.cat)
    await pair.one.call("POST", "/auth/logout", user=pair.ben)
    code = await ben.wait_closed()
    refused = await pair.other.call("GET", "/api/v2/me", user=pair.ben)

    assert (code, refused.status) == (UNAUTHENTICATED.code, 401)
    assert cat.close_code is None


async def test_who_is_muted_at_one_node_writes_at_neither_and_who_is_banned_is_out_of_both(
    pair: Pair,
) -> None:
    sanctions = "/api/v2/moderation/sanctions"
    at_one, at_other = await connect(pair.one, pair.ben), await connect(pair.other, pair.ben)
    mute = {"user_id": pair.ben.id, "kind": "mute", "reason": "loud", "seconds": 600}
    await pair.one.make(sanctions, mute, user=pair.ann)
    words = {"conversation_id": pair.room, "content": "and yet"}
    at_other.say({"type": "send_message", "ref": 1, "data": words})
    refused = (await at_other.hear("error"))["data"]
    ban = {"user_id": pair.ben.id, "kind": "ban", "reason": "louder"}
    await pair.one.make(sanctions, ban, user=pair.ann)
    codes = [await peer.wait_closed() for peer in (at_one, at_other)]
    again = await pair.other.call("GET", "/api/v2/me", user=pair.ben)

    assert refused["code"] == "muted"
    assert codes == [BANNED.code, BANNED.code]
    assert (again.status, again.json()["code"]) == (403, "banned")


async def test_a_ticket_that_is_shown_to_both_nodes_at_once_opens_one_socket(pair: Pair) -> None:
    ticket = (await pair.one.make("/auth/ticket", None, user=pair.ben))["ticket"]
    target = f"/ws/v2?ticket={ticket}"
    answers = await asyncio.gather(
        *(node.admit(target, None) for node in (pair.one, pair.other) for _ in range(2))
    )
    admitted = [answer for answer in answers if isinstance(answer, Admitted)]
    refused = [answer.status for answer in answers if isinstance(answer, Refused)]
    for answer in admitted:
        answer.receiver.on_closed(1000)

    assert (len(admitted), refused) == (1, [401, 401, 401])
