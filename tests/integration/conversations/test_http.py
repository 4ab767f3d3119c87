"""Conversations over HTTP, on a whole node: statuses, shapes, and every wrong body."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenes.node import NodeScene, User

CONVERSATION = {
    "id",
    "kind",
    "name",
    "visibility",
    "topic",
    "peer",
    "last_seq",
    "rev",
    "read_seq",
    "unread",
    "member_count",
    "created_at",
}
USER = {"id", "username", "display_name", "role", "created_at"}
BASE = "/api/v2/conversations"


async def create(node: NodeScene, user: User, name: str, **more: Any) -> str:
    answer = await node.call("POST", BASE, {"kind": "room", "name": name, **more}, user=user)
    assert answer.status == 201, answer.body
    room: str = answer.json()["id"]
    return room


async def test_a_room_is_created_and_shown_as_the_protocol_says(node: NodeScene) -> None:
    ann = await node.register("ann")

    answer = await node.call("POST", BASE, {"kind": "room", "name": "general"}, user=ann)

    made = answer.json()
    assert answer.status == 201
    assert made.keys() == CONVERSATION
    assert made["id"].startswith("room_")
    assert made | {"id": "", "created_at": ""} == {
        "id": "",
        "kind": "room",
        "name": "general",
        "visibility": "public",
        "topic": "",
        "peer": None,
        "last_seq": 0,
        "rev": 0,
        "read_seq": 0,
        "unread": 0,
        "member_count": 1,
        "created_at": "",
    }
    shown = await node.call("GET", f"{BASE}/{made['id']}", user=ann)
    assert (shown.status, shown.json()) == (200, made)
    mine = await node.call("GET", BASE, user=ann)
    assert mine.json() == {"items": [made]}


async def test_a_direct_chat_is_201_once_and_200_after(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")

    first = await node.call("POST", BASE, {"kind": "direct", "members": [ben.id]}, user=ann)
    again = await node.call("POST", BASE, {"kind": "direct", "members": [ann.id]}, user=ben)

    assert (first.status, again.status) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["id"].startswith("dm_")
    assert first.json()["peer"].keys() == USER
    assert (first.json()["peer"]["username"], again.json()["peer"]["username"]) == ("ben", "ann")
    assert (first.json()["name"], first.json()["visibility"]) == (None, "private")


async def test_a_room_is_joined_left_and_listed(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general")

    statuses = [
        (await node.call("POST", f"{BASE}/{room}/{verb}", user=ben)).status
        for verb in ("join", "join", "leave", "leave", "join")
    ]
    members = await node.call("GET", f"{BASE}/{room}/members", user=ben)

    assert statuses == [204] * 5
    items = members.json()["items"]
    assert [item["role"] for item in items] == ["owner", "member"]
    assert items[1].keys() == {"user", "role", "joined_at"}
    assert items[1]["user"].keys() == USER


async def test_public_rooms_are_found_by_a_part_of_the_name(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    await create(node, ann, "general")
    await create(node, ann, "generals", visibility="private")

    found = await node.call("GET", "/api/v2/rooms?q=ENER", user=ben)

    assert [room["name"] for room in found.json()["items"]] == ["general"]


async def test_a_room_is_managed(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general")

    added = await node.call("POST", f"{BASE}/{room}/members", {"user_ids": [ben.id]}, user=ann)
    given_ = await node.call(
        "PATCH", f"{BASE}/{room}/members/{ben.id}", {"role": "admin"}, user=ann
    )
    named = await node.call("PATCH", f"{BASE}/{room}", {"name": "news", "topic": "T"}, user=ben)
    out = await node.call("DELETE", f"{BASE}/{room}/members/{ben.id}", user=ann)
    archived = await node.call("PATCH", f"{BASE}/{room}", {"archived": True}, user=ann)
    mine = await node.call("GET", BASE, user=ann)

    assert (added.status, added.json()["member_count"]) == (200, 2)
    assert (given_.status, given_.json()["role"]) == (200, "admin")
    assert (named.status, named.json()["name"], named.json()["topic"]) == (200, "news", "T")
    assert out.status == 204
    assert (archived.status, archived.json()["archived"]) == (200, True)
    assert mine.json() == {"items": [archived.json()]}


async def test_a_read_position_is_moved(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general", members=[ben.id])
    for text in ("one", "two"):
        await node.call("POST", f"{BASE}/{room}/messages", {"content": text}, user=ann)

    answer = await node.call("POST", f"{BASE}/{room}/read", {"seq": 1}, user=ben)

    assert (answer.status, answer.json()) == (200, {"read_seq": 1, "unread": 1})


async def test_a_key_makes_one_room_and_then_conflicts(node: NodeScene) -> None:
    ann = await node.register("ann")
    key = {"Idempotency-Key": "one"}
    body = {"kind": "room", "name": "general"}

    first = await node.call("POST", BASE, body, user=ann, headers=key)
    again = await node.call("POST", BASE, body, user=ann, headers=key)
    other = await node.call("POST", BASE, body | {"name": "other"}, user=ann, headers=key)

    assert (first.status, again.status, other.status) == (201, 201, 409)
    assert first.json() == again.json()
    assert other.json()["code"] == "conflict"


WRONG_BODIES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "room"}, "name"),
    ({"kind": "room", "name": "a b"}, "name"),
    ({"kind": "room", "name": "a", "visibility": "secret"}, "visibility"),
    ({"kind": "room", "name": "a", "members": [0]}, "members"),
    ({"kind": "room", "name": "a", "members": [2**63]}, "members"),
    ({"kind": "room", "name": "a", "topic": "x" * 251}, "topic"),
    ({"kind": "room", "name": "a", "colour": "red"}, "colour"),
    ({"kind": "thread", "name": "a"}, "kind"),
    ({"name": "a"}, "kind"),
    ({"kind": "direct"}, "members"),
    ({"kind": "direct", "members": [1]}, "members"),
    ({"kind": "direct", "members": [2, 3]}, "members"),
    ({"kind": "direct", "members": [2], "name": "x"}, "name"),
    ({"kind": "direct", "members": [2], "topic": "x"}, "topic"),
    ({"kind": "direct", "members": [2], "visibility": "public"}, "visibility"),
]
WRONG_IDS = ("room_0", "room_01", "rOOm_1", "dm_1", "room_+1", "room_9" * 4, "1")


async def test_a_wrong_body_is_refused_by_its_field(node: NodeScene) -> None:
    ann = await node.register("ann")

    for body, field in WRONG_BODIES:
        answer = await node.call("POST", BASE, body, user=ann)

        assert (answer.status, answer.json()["code"]) == (422, "invalid"), body
        assert field in answer.json()["errors"][0]["field"], body


async def test_what_is_no_conversations_id_is_not_found(node: NodeScene) -> None:
    ann = await node.register("ann")
    await create(node, ann, "general")

    for wrong in WRONG_IDS:
        for method, more in (("GET", ""), ("POST", "/join"), ("GET", "/members")):
            answer = await node.call(method, f"{BASE}/{wrong}{more}", user=ann)

            assert (answer.status, answer.json()["code"]) == (404, "not_found"), wrong
            assert answer.json()["resource"] == "conversation", wrong


async def test_refusals_have_their_statuses(node: NodeScene) -> None:
    ann, ben = await node.register("ann"), await node.register("ben")
    room = await create(node, ann, "general")
    secret = await create(node, ann, "secret", visibility="private")

    answers = [
        await node.call("POST", BASE, {"kind": "room", "name": "GENERAL"}, user=ben),
        await node.call("PATCH", f"{BASE}/{room}", {"topic": "mine"}, user=ben),
        await node.call("GET", f"{BASE}/{room}/members", user=ben),
        await node.call("GET", f"{BASE}/{secret}", user=ben),
        await node.call("POST", f"{BASE}/{secret}/join", user=ben),
        await node.call("POST", BASE, {"kind": "direct", "members": [999]}, user=ben),
        await node.call("GET", BASE),
        await node.call("GET", f"{BASE}/{room}/members?after=0", user=ann),
        await node.call("DELETE", f"{BASE}/{room}/members/0", user=ann),
        await node.call("DELETE", f"{BASE}/{room}/members/x", user=ann),
    ]

    assert [(answer.status, answer.json()["code"]) for answer in answers] == [
        (409, "conflict"),
        (403, "forbidden"),
        (403, "forbidden"),
        (404, "not_found"),
        (404, "not_found"),
        (404, "not_found"),
        (401, "unauthenticated"),
        (422, "invalid"),
        (422, "invalid"),
        (404, "not_found"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("kind", "name", "visibility", "topic", "members", "user_ids", "role", "seq", "archived")
BODIES = st.binary(max_size=40) | st.one_of(
    JSON, st.dictionaries(st.sampled_from(FIELDS), JSON | st.sampled_from(["room", "direct"]))
).map(msgspec.json.encode)
CALLS = st.sampled_from(
    [
        ("POST", ""),
        ("PATCH", "/{room}"),
        ("POST", "/{room}/members"),
        ("PATCH", "/{room}/members/{user}"),
        ("POST", "/{room}/read"),
    ]
)


async def test_no_body_breaks_the_server_or_the_room(node: NodeScene) -> None:
    ann = await node.register("ann")
    room = await create(node, ann, "general")
    drawn: list[tuple[str, str, bytes]] = []

    # Drawn first and sent after: hypothesis does not wait for a coroutine.
    @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
    @given(call=CALLS, body=BODIES)
    def draw(call: tuple[str, str], body: bytes) -> None:
        drawn.append((call[0], call[1].format(room=room, user=ann.id), body))

    draw()
    for method, target, body in drawn:
        answer = await node.call(method, BASE + target, body, user=ann)

        assert answer.status in {200, 201, 400, 404, 409, 422}, (method, target, body, answer.body)
        if answer.status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
    assert (await node.call("GET", f"{BASE}/{room}", user=ann)).status == 200
