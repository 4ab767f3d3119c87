"""Messages over HTTP, on a whole node: statuses, shapes, keys and problems."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.messages.test_socket import BASE, MESSAGE, ask, create, on_socket
from tests.scenes.node import Answer, NodeScene, User

pytestmark = pytest.mark.long


async def post(node: NodeScene, user: User, room: str, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await node.call("POST", f"{BASE}/{room}/messages", body, user=user, headers=named)


async def test_a_message_is_made_and_made_once(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")

    first = await post(node, ann, room, {"content": "hi", "client_id": "k"})
    again = await post(node, ann, room, {"content": "hi", "client_id": "k"})

    assert (first.status, again.status) == (201, 200)
    assert first.json().keys() == MESSAGE
    assert first.json() == again.json()


async def test_the_header_is_the_same_key_as_client_id_on_any_door(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    peer = await on_socket(node, ann)
    sent = await ask(peer, "send_message", conversation_id=room, content="hi", client_id="k")

    by_header = await post(node, ann, room, {"content": "hi"}, idempotency_key="k")
    by_both = await post(node, ann, room, {"content": "hi", "client_id": "k"}, idempotency_key="k")
    torn = await post(node, ann, room, {"content": "hi", "client_id": "k"}, idempotency_key="j")
    other = await post(node, ann, room, {"content": "ho"}, idempotency_key="k")

    assert [by_header.status, by_both.status, torn.status, other.status] == [200, 200, 422, 409]
    assert by_header.json() == by_both.json() == sent
    assert (torn.json()["code"], other.json()["code"]) == ("invalid", "conflict")


async def test_an_edit_and_a_deletion_over_http(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", ben)
    message = (await post(node, ann, room, {"content": "hi"})).json()
    path = f"/api/v2/messages/{message['id']}"

    edited = await node.call("PATCH", path, {"content": "ho"}, user=ann)
    strange = await node.call("PATCH", path, {"content": "ho"}, user=ben)
    deleted = await node.call("DELETE", path, user=ann)
    again = await node.call("DELETE", path, user=ann, headers={"Idempotency-Key": "k"})
    late = await node.call("PATCH", path, {"content": "ho"}, user=ann)

    statuses = [a.status for a in (edited, strange, deleted, again, late)]
    assert statuses == [200, 403, 200, 200, 409]
    assert (edited.json()["content"], edited.json()["edited_at"] is None) == ("ho", False)
    assert deleted.json() == again.json()
    assert (deleted.json()["content"], deleted.json()["deleted"]) == ("", True)


async def test_an_overlong_text_says_by_how_much(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")

    answer = await post(node, ann, room, {"content": "é" * 4001, "client_id": "k"})
    retried = await post(node, ann, room, {"content": "é" * 4000, "client_id": "k"})

    problem = answer.json()
    assert answer.status == 413
    assert (problem["code"], problem["limit"], problem["actual"]) == ("too_large", 4000, 4001)
    assert retried.status == 201


WRONG_PAGES = [
    ("before=1&after=1", 422, "invalid"),
    ("before=0", 422, "invalid"),
    ("before=-1", 422, "invalid"),
    (f"before={2**63}", 422, "invalid"),
    (f"after={2**63}", 422, "invalid"),
    ("after=-1", 422, "invalid"),
    ("before=x", 422, "invalid"),
    ("before=1.5", 422, "invalid"),
    ("limit=0", 422, "invalid"),
    ("limit=1001", 422, "invalid"),
    (f"limit={10**30}", 422, "invalid"),
    ("limit=", 422, "invalid"),
    ("parent_message_id=1", 404, "not_found"),
    ("parent_message_id=0", 422, "invalid"),
    (f"parent_message_id={2**63}", 422, "invalid"),
]


@pytest.mark.parametrize(("query", "status", "code"), WRONG_PAGES)
async def test_a_wrong_page_has_its_problem(
    node: NodeScene, query: str, status: int, code: str
) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")

    answer = await node.call("GET", f"{BASE}/{room}/messages?{query}", user=ann)

    assert (answer.status, answer.json()["code"]) == (status, code), answer.body


async def test_pages_come_as_the_protocol_says(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    for number in range(4):
        await post(node, ann, room, {"content": str(number)})

    async def page(query: str) -> tuple[list[int], bool]:
        answer = await node.call("GET", f"{BASE}/{room}/messages?{query}", user=ann)
        assert answer.status == 200, answer.body
        assert all(item.keys() == MESSAGE for item in answer.json()["items"])
        return [item["seq"] for item in answer.json()["items"]], answer.json()["has_more"]

    assert await page("") == ([1, 2, 3, 4], False)
    assert await page("limit=2") == ([3, 4], True)
    assert await page("before=3&limit=1") == ([2], True)
    assert await page("after=2&limit=1") == ([3], True)
    assert await page("after=0") == ([1, 2, 3, 4], False)


async def test_others_see_what_they_may(node: NodeScene) -> None:
    ann, eve = await node.register("ann"), await node.register("eve")
    room = await create(node, ann, "general")
    body = {"kind": "room", "name": "team", "visibility": "private"}
    closed = (await node.call("POST", BASE, body, user=ann)).json()["id"]

    for place, status in (
        (room, 403),
        (closed, 404),
        ("room_99", 404),
        (room.replace("room", "dm"), 404),
        ("room_" + "9" * 30, 404),
    ):
        sent = await post(node, eve, place, {"content": "x"})
        read = await node.call("GET", f"{BASE}/{place}/messages", user=eve)
        assert (sent.status, read.status) == (status, status), place


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
fields = st.sampled_from(["content", "client_id", "parent_message_id", "message_type", "new"])
bodies: st.SearchStrategy[Any] = (
    st.dictionaries(fields, json_values | st.sampled_from(["text", "file", "system", "x"]))
    | json_values.filter(lambda value: value is not None)
    | st.binary(min_size=1, max_size=60)
)


@settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(bodies, st.sampled_from(["POST", "PATCH"]), st.text(max_size=12))
async def test_any_body_gets_a_message_or_a_problem(
    node: NodeScene, resident: tuple[User, str], body: Any, method: str, word: str
) -> None:
    ann, room = resident
    path = f"{BASE}/{room}/messages" if method == "POST" else f"/api/v2/messages/{quote(word)}1"

    answer = await node.call(method, path, body, user=ann)

    assert answer.status in {201, 200, 400, 404, 409, 413, 422, 501}, answer.body
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] != "internal"
