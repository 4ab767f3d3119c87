"""Search over HTTP and sockets, on a whole node."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from causerie.foundation.postgres import Database
from causerie.messages.api_socket.search import MAX_ANSWER_CHARS, within_answer
from causerie.messages.model import SearchHit
from tests.integration.messages.test_around_doors import said
from tests.integration.messages.test_socket import ask, create, on_socket
from tests.scenes.node import NodeScene
from tests.unit.messages.test_wire import MESSAGE

SEARCH = "/api/v2/search"


async def test_both_doors_find_the_same(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    await said(node, ann, room, "a <b>needle</b> in the hay")
    peer = await on_socket(node, ann)

    by_http = await node.call("GET", f"{SEARCH}?q={quote('needles')}&limit=5", user=ann)
    by_socket = await ask(peer, "search_messages", query="needles", limit=5)

    assert by_http.status == 200
    assert by_http.json() == by_socket
    (hit,) = by_socket["items"]
    assert hit["snippet"] == "a &lt;b&gt;<mark>needle</mark>&lt;/b&gt; in the hay"
    assert hit["message"]["content"] == "a <b>needle</b> in the hay"


async def test_the_worker_indexes_what_the_node_sends(node: NodeScene, database: Database) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    await said(node, ann, room, "needle")

    async with asyncio.timeout(60), database.connection() as connection:
        while not await connection.fetchval("SELECT count(*) FROM messages.search"):
            await asyncio.sleep(0.05)  # it is another task's work that is waited for

    answer = await node.call("GET", f"{SEARCH}?q=needle", user=ann)
    assert [hit["message"]["seq"] for hit in answer.json()["items"]] == [1]


async def test_a_conversation_of_others_is_refused_by_both_doors(node: NodeScene) -> None:
    ann, eve = await node.register("ann"), await node.register("eve")
    room = await create(node, ann, "general")
    await said(node, ann, room, "needle")
    peer = await on_socket(node, eve)

    for name, status, code in ((room, 403, "forbidden"), ("dm_99", 404, "not_found")):
        answer = await node.call("GET", f"{SEARCH}?q=needle&conversation_id={name}", user=eve)
        peer.say(
            {
                "type": "search_messages",
                "ref": 1,
                "data": {"query": "needle", "conversation_id": name},
            }
        )
        assert (answer.status, answer.json()["code"]) == (status, code)
        assert (await peer.hear("error"))["data"]["code"] == code
    assert (await node.call("GET", f"{SEARCH}?q=needle", user=eve)).json() == {"items": []}


def test_an_answer_on_a_socket_stays_below_what_a_reader_may_owe() -> None:
    hits = [SearchHit(MESSAGE, "x" * 1000)] * 200

    kept = within_answer(hits)

    assert 0 < len(kept) < 200
    assert sum(len(hit.snippet) for hit in kept) < MAX_ANSWER_CHARS
    assert len(within_answer([SearchHit(MESSAGE, "x" * MAX_ANSWER_CHARS)])) == 1
