"""PROTOCOL, WebSocket v2: each promise, as a program hears it that knows nothing else."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.outside import (
    CONVERSATION,
    MESSAGE,
    PASSWORD,
    TIME,
    USER,
    Json,
    PackedSocket,
    Person,
    Socket,
    at_once,
    call,
    fresh,
    newcomer,
    opened,
    problem_of,
    upgrade,
)
from tests.measures import measured
from tests.processes import Causerie, a_causerie

ROOMS = "/api/v2/conversations"
NEVER = 2**63  # one more than the greatest id
NO_IDS = [0, -1, NEVER, "abc", 1.5, True, None]


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie() as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Causerie) -> Person:
    return newcomer(server, "First")


@pytest.fixture(scope="module")
def ann(server: Causerie, admin: Person) -> Person:
    return newcomer(server, "Ann")


@pytest.fixture(scope="module")
def bob(server: Causerie, admin: Person) -> Person:
    return newcomer(server, "Bob")


@pytest.fixture(scope="module")
def eve(server: Causerie, admin: Person) -> Person:
    """Somebody whom nobody invited."""
    return newcomer(server, "Eve")


@pytest.fixture
def anns(ann: Person) -> Iterator[Socket]:
    with ann.greeted() as socket:
        yield socket


# --- coming in -------------------------------------------------------------------------------------


def test_the_server_speaks_first_and_says_what_was_promised(server: Causerie, ann: Person) -> None:
    who = newcomer(server)
    room, direct = who.room(), who.direct(ann)
    with who.socket() as socket:
        hello = socket.hear()

    assert set(hello) == {"type", "data"}
    assert hello["type"] == "hello"
    data = hello["data"]
    assert set(data) == {
        *("user", "session_id", "heartbeat_interval", "server_time", "conversations")
    }
    assert (data["user"], data["heartbeat_interval"]) == (who.user, 30)
    assert TIME.match(data["server_time"])
    assert {shown["id"] for shown in data["conversations"]} == {room, direct}
    for shown in data["conversations"]:
        assert set(shown) == CONVERSATION
        assert shown == who.show(shown["id"])


def test_each_connection_has_a_session_id_of_its_own(ann: Person) -> None:
    with ann.greeted() as one, ann.greeted() as two:
        assert one.hello["session_id"] != two.hello["session_id"]


def test_a_token_in_the_query_opens_a_socket(ann: Person) -> None:
    with opened(ann.server, f"/ws/v2?token={ann.access_token}") as socket:
        assert socket.hear()["data"]["user"] == ann.user


def test_a_ticket_opens_one_socket_and_no_second(ann: Person) -> None:
    ticket = ann.call("POST", "/auth/ticket").body["ticket"]
    with opened(ann.server, f"/ws/v2?ticket={ticket}") as socket:
        assert socket.hear()["data"]["user"] == ann.user

    assert problem_of(upgrade(ann.server, f"/ws/v2?ticket={ticket}")) == (401, "unauthenticated")


def test_of_ten_who_come_with_one_ticket_at_once_one_gets_in(ann: Person) -> None:
    ticket = ann.call("POST", "/auth/ticket").body["ticket"]

    def come(_: int) -> str:
        try:
            with opened(ann.server, f"/ws/v2?ticket={ticket}") as socket:
                return str(socket.hear()["type"])
        except Exception as error:
            return "401" if "401" in str(error) else repr(error)

    assert sorted(at_once(10, come)) == ["401"] * 9 + ["hello"]


@pytest.mark.parametrize("path", ["/ws/v2", "/ws/v1", "/"])
@pytest.mark.parametrize(
    "query", ["", "?token=nonsense", "?ticket=nonsense", "?token=", "?ticket="]
)
def test_bad_credentials_are_refused_before_the_upgrade(
    server: Causerie, path: str, query: str
) -> None:
    assert problem_of(upgrade(server, path + query)) == (401, "unauthenticated")


def test_a_refresh_token_is_no_access_token(ann: Person) -> None:
    answer = upgrade(ann.server, "/ws/v2", token=ann.refresh_token)

    assert problem_of(answer) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "nonsense", ""]
)
@pytest.mark.parametrize("path", ["/ws/v2", "/ws/v1", "/"])
def test_a_foreign_origin_is_refused(ann: Person, origin: str, path: str) -> None:
    answer = upgrade(ann.server, path, token=ann.access_token, headers={"Origin": origin})

    assert problem_of(answer) == (403, "forbidden")


def test_the_own_origin_is_welcome(ann: Person) -> None:
    headers = {"Origin": ann.server.url, "Authorization": f"Bearer {ann.access_token}"}
    with opened(ann.server, "/ws/v2", headers=headers) as socket:
        assert socket.hear()["type"] == "hello"


@pytest.mark.parametrize("path", ["/ws/v2", "/ws/v1", "/socket/websocket"])
def test_who_asks_for_a_socket_without_an_upgrade_is_told_what_is_missing(
    server: Causerie, path: str
) -> None:
    answer = call(server, "GET", path)

    assert problem_of(answer) == (426, "invalid")
    assert answer.headers["Upgrade"] == "websocket"
    assert "proxy" in answer.body["detail"]


@pytest.mark.parametrize("path", ["/ws", "/ws/v3", "/ws/v2/x", "/ws/echo", "/socket"])
def test_a_socket_that_is_not_there_is_not_found(ann: Person, path: str) -> None:
    assert problem_of(upgrade(ann.server, path, token=ann.access_token)) == (404, "not_found")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, None),
        (["causerie.v2.json"], "causerie.v2.json"),
        (["something.else", "causerie.v2.json", "causerie.v2.msgpack"], "causerie.v2.json"),
        (["something.else"], None),
    ],
)
def test_json_is_spoken_unless_something_else_is_preferred(
    ann: Person, offered: list[str] | None, chosen: str | None
) -> None:
    with ann.greeted(subprotocols=offered) as socket:
        assert socket.wire.subprotocol == chosen
        assert socket.ask("ping") == {}


@pytest.mark.parametrize("path", ["/ws/v2", "/ws/v1", "/"])
def test_compression_is_agreed_on_with_who_offers_it(ann: Person, path: str) -> None:
    with ann.socket(path, compression="deflate") as socket:
        assert [extension.name for extension in socket.wire.protocol.extensions] == [
            "permessage-deflate"
        ]


def test_who_compresses_and_who_does_not_hear_the_same(ann: Person, bob: Person) -> None:
    room, text = ann.room(bob), "words that come again and again, " * 100
    with ann.greeted(compression="deflate") as anns, bob.greeted() as bobs:
        anns.say({"type": "send_message", "data": {"conversation_id": room, "content": text}})
        heard = anns.until("message"), bobs.until("message")
        page = anns.ask("history", conversation_id=room)

    assert heard[0]["content"] == text
    assert heard[0] == heard[1]
    assert page["items"] == [heard[0]]


# --- MessagePack -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/ws/v2", "/"])
def test_messagepack_is_spoken_with_who_prefers_it(ann: Person, path: str) -> None:
    chosen = ["causerie.v2.msgpack", "causerie.v2.json"]
    with ann.socket(path, subprotocols=chosen, kind=PackedSocket) as socket:
        answer, before = socket.answered("ping")

        assert socket.wire.subprotocol == "causerie.v2.msgpack"
        assert [frame["type"] for frame in before] == ["hello"]
        assert answer == {"type": "ack", "ref": answer["ref"], "data": {}}


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_the_same_is_said_in_either_encoding(
    ann: Person, bob: Person, compression: str | None
) -> None:
    room, text, key = ann.room(bob), "été \U0001f680 " * 300, fresh("key")
    with ann.packed(compression=compression) as anns, bob.greeted() as bobs:
        told = next(each for each in anns.hello["conversations"] if each["id"] == room)
        assert told == ann.show(room)
        sent, _ = anns.answered("send_message", conversation_id=room, content=text, client_id=key)
        again = anns.ask("send_message", conversation_id=room, content=text, client_id=key)
        heard = bobs.until("message")
        bobs.say({"type": "send_message", "data": {"conversation_id": room, "content": "and back"}})
        answered = anns.until("message")
        edited = anns.ask("edit_message", message_id=heard["id"], content="été")
        page = anns.ask("history", conversation_id=room)

        assert sent["data"] == again == heard
        assert answered["content"] == "and back"
        assert bobs.until("message_edited")["content"] == edited["content"] == "été"
        assert page["items"] == ann.history(room)["items"]
        assert anns.refusal("history", conversation_id="room_999999999") == "not_found"
        assert anns.refusal("typing_in_tongues") == "invalid"


def test_text_on_a_messagepack_socket_is_refused_and_the_socket_stays(ann: Person) -> None:
    with ann.packed() as socket:
        socket.say('{"type":"ping","ref":1,"data":{}}')
        refused = socket.hear()

        assert (refused["type"], refused["ref"]) == ("error", None)
        assert refused["data"]["code"] == "invalid"
        assert socket.ask("ping") == {}


def test_what_was_missed_comes_in_messagepack_too(ann: Person) -> None:
    room = ann.room()
    posted = [ann.post(room, f"message {n}") for n in range(5)]
    with ann.packed() as socket:
        answer, before = socket.answered("subscribe", since={room: 1})
        missed = [socket.until("message")["id"] for _ in range(4)]

    assert before == []
    assert answer["data"][room]["missed"] == 4
    assert missed == [message["id"] for message in posted[1:]]


# --- the form of what is said ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "ref", ["a", "", 'é\U0001f680"\\\n', "x" * 1000, 0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**53)]
)
def test_a_ref_comes_back_as_it_was_exactly_once(anns: Socket, ref: str | int) -> None:
    anns.say({"type": "ping", "ref": ref, "data": {}})

    answers = [frame for frame in anns.heard() if frame["type"] in {"ack", "error"}]
    assert answers == [{"type": "ack", "ref": ref, "data": {}}]
    assert type(answers[0]["ref"]) is type(ref)


@pytest.mark.parametrize("ref", [1.5, True, False, [], {}, 2**64, 10**400, -(2**70)])
def test_any_other_ref_is_an_error_without_one(anns: Socket, ref: Json) -> None:
    anns.say({"type": "ping", "ref": ref, "data": {}})

    answers = [frame for frame in anns.heard() if frame["type"] in {"ack", "error"}]
    assert [(answer["type"], answer["ref"]) for answer in answers] == [("error", None)]
    assert answers[0]["data"]["code"] == "invalid"


@pytest.mark.parametrize(
    "frame",
    [
        *("", " ", "{", "[]", "1", '"ping"', "null", "{}", '{"type":5}', '{"type":null}'),
        *('{"data":{}}', '{"type":"ping"', '{"type":"ping","ref":', "\ufeff{}", "[" * 50_000),
        '{"type":"ping","data":' + '{"a":' * 10_000,
    ],
)
def test_a_frame_that_cannot_be_read_is_an_error_and_the_socket_stays(
    anns: Socket, frame: str
) -> None:
    anns.say(frame)

    answers = [heard for heard in anns.heard() if heard["type"] in {"ack", "error"}]
    assert len(answers) == 1
    assert (answers[0]["type"], answers[0]["ref"]) == ("error", None)
    assert set(answers[0]["data"]) == {"code", "message"}
    assert answers[0]["data"]["code"] == "invalid"


def test_a_binary_frame_is_an_error_and_the_socket_stays(anns: Socket) -> None:
    anns.say(b"\x82\xa4type\xa4ping\xa3ref\x01")

    assert [frame["data"]["code"] for frame in anns.heard() if frame["type"] == "error"] == [
        "invalid"
    ]


@pytest.mark.parametrize("name", ["", "PING", "nothing", "hello", "message", "ack"])
def test_a_command_that_is_not_there_is_invalid(anns: Socket, name: str) -> None:
    assert anns.refusal(name) == "invalid"


def test_search_finds_what_was_acknowledged_and_marks_what_was_looked_for(
    ann: Person, anns: Socket
) -> None:
    room = ann.room()
    sent = anns.ask("send_message", conversation_id=room, content="<i>Les chevaux</i> galopent")

    for data in ({}, {"conversation_id": room, "limit": 5}, {"before": "2999-01-01T00:00:00Z"}):
        (hit,) = anns.ask("search_messages", query="cheval galopait", **data)["items"]
        assert hit["message"] == sent
        assert hit["snippet"] == (
            "&lt;i&gt;Les <mark>chevaux</mark>&lt;/i&gt; <mark>galopent</mark>"
        )
    assert anns.ask("search_messages", query="cheval", before="2020-01-01") == {"items": []}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"query": ""},
        {"query": 5},
        {"query": "has:flag"},
        {"query": "x", "limit": 0},
        {"query": "x", "before": "soon"},
        {"query": "x", "before": 5},
    ],
)
def test_a_search_that_cannot_be_meant_is_invalid(anns: Socket, data: dict[str, Json]) -> None:
    assert anns.refusal("search_messages", **data) == "invalid"


def test_unknown_fields_are_passed_over(ann: Person, anns: Socket) -> None:
    room = ann.room()
    anns.say(
        {
            "type": "send_message",
            "ref": "odd",
            "colour": [1, {"deep": None}],
            "data": {"conversation_id": room, "content": "x", "colour": "red", "nested": {}},
        }
    )

    while (answer := anns.hear()).get("ref") != "odd":
        pass
    assert (answer["type"], answer["data"]["content"]) == ("ack", "x")


def test_a_command_without_a_ref_is_done_and_not_acknowledged(ann: Person) -> None:
    room = ann.room()
    with ann.greeted() as socket:
        data = {"conversation_id": room, "content": "quietly"}
        socket.say({"type": "send_message", "data": data})
        socket.say({"type": "send_message", "ref": None, "data": data})
        socket.say({"type": "mark_read", "data": {"conversation_id": room, "seq": 1}})
        socket.say({"type": "join", "data": {"conversation_id": room}})
        socket.say({"type": "ping"})
        socket.until("message")
        socket.until("message")
        assert [frame for frame in socket.heard() if frame["type"] in {"ack", "error"}] == []


def test_commands_that_ask_and_failures_are_answered_without_a_ref(ann: Person) -> None:
    room = ann.room()
    with ann.greeted() as socket:
        socket.say({"type": "subscribe", "data": {"since": {room: 0}}})
        socket.say({"type": "history", "data": {"conversation_id": room}})
        socket.say({"type": "send_message", "data": {"conversation_id": room, "content": ""}})
        answers = [frame for frame in socket.heard() if frame["type"] in {"ack", "error"}]

    assert [answer["type"] for answer in answers] == ["ack", "ack", "error"]
    assert all(answer["ref"] is None for answer in answers)
    assert answers[0]["data"] == {
        room: {"last_seq": 0, "rev": ann.show(room)["rev"], "missed": 0, "reset": False}
    }
    assert answers[1]["data"] == {"items": [], "has_more": False}
    assert answers[2]["data"]["code"] == "invalid"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("send_message", {}),
        ("send_message", {"conversation_id": "room_1"}),
        ("send_message", {"conversation_id": 1, "content": "x"}),
        ("edit_message", {"message_id": 1}),
        ("delete_message", {}),
        ("history", {}),
        ("history", {"conversation_id": "room_1", "limit": "5"}),
        ("join", {}),
        ("leave", {}),
        ("join", {"conversation_id": "room_1", "name": "a"}),
        ("subscribe", {"since": []}),
        ("subscribe", {"since": {"room_1": -1}}),
        ("subscribe", {"since": {"room_1": NEVER}}),
        ("subscribe", {"since": {"room_1": "1"}}),
        ("mark_read", {"conversation_id": "room_1"}),
        ("mark_read", {"conversation_id": "room_1", "seq": -1}),
        ("mark_read", {"conversation_id": "room_1", "seq": NEVER}),
    ],
)
def test_data_of_another_shape_is_invalid(anns: Socket, name: str, data: Json) -> None:
    assert anns.refusal(name, **data) == "invalid"


def test_a_null_is_as_good_as_nothing(ann: Person, anns: Socket) -> None:
    room = ann.room()
    asked = {"conversation_id": room, "before": None, "after": None, "limit": None}

    sent = anns.ask(
        "send_message",
        conversation_id=room,
        content="Zebra",
        client_id=None,
        parent_message_id=None,
        message_type=None,
    )
    assert sent["message_type"] == "text"
    assert len(anns.ask("history", **asked, parent_message_id=None)["items"]) == 1
    found = anns.ask("search_messages", query="zebra", **{**asked, "after": 1})
    assert [hit["message"]["id"] for hit in found["items"]] == [sent["id"]]
    assert anns.ask("subscribe", since={room: 1}, revs=None)[room]["missed"] == 0
    assert anns.ask("join", conversation_id=room, name=None)["id"] == room


@pytest.mark.parametrize("data", [None, [], "text", 1])
def test_data_that_is_no_object_is_invalid(anns: Socket, data: Json) -> None:
    anns.say({"type": "send_message", "ref": "no-object", "data": data})
    while (answer := anns.hear()).get("ref") != "no-object":
        pass

    assert (answer["type"], answer["data"]["code"]) == ("error", "invalid")


# --- ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [*NO_IDS, 2**63 - 1])
@pytest.mark.parametrize("name", ["edit_message", "delete_message"])
def test_what_is_no_messages_id_is_invalid_or_not_found(
    anns: Socket, name: str, wrong: Json
) -> None:
    assert anns.refusal(name, message_id=wrong, content="x") in {"invalid", "not_found"}


@pytest.mark.parametrize(
    "wrong", ["room_0", "room_-1", f"room_{NEVER}", "room_abc", "room_", "12", "", "room_999999"]
)
@pytest.mark.parametrize("name", ["send_message", "history", "join", "leave", "mark_read"])
def test_what_is_no_conversations_id_is_invalid_or_not_found(
    anns: Socket, name: str, wrong: str
) -> None:
    rest: Json = {"send_message": {"content": "x"}, "mark_read": {"seq": 1}}.get(name, {})

    assert anns.refusal(name, conversation_id=wrong, **rest) in {"invalid", "not_found"}


def test_a_wrong_prefix_is_not_found_by_every_command(
    ann: Person, bob: Person, anns: Socket
) -> None:
    room, direct = ann.room(bob), ann.direct(bob)

    for wrong in (
        room.replace("room", "dm"),
        direct.replace("dm", "room"),
        room.replace("room", "thread"),
    ):
        assert anns.refusal("send_message", conversation_id=wrong, content="x") == "not_found"
        assert anns.refusal("history", conversation_id=wrong) == "not_found"
        assert anns.refusal("join", conversation_id=wrong) == "not_found"
        assert anns.refusal("leave", conversation_id=wrong) == "not_found"
        assert anns.refusal("mark_read", conversation_id=wrong, seq=1) == "not_found"
        assert anns.ask("subscribe", since={wrong: 0}) == {}


# --- sending ---------------------------------------------------------------------------------------


def test_an_acknowledged_message_is_there_for_all_and_comes_to_all(
    ann: Person, bob: Person
) -> None:
    room = ann.room(bob)
    with ann.greeted() as sender, ann.greeted() as own, bob.greeted() as reader:
        acked = sender.ask("send_message", conversation_id=room, content="hello")

        assert set(acked) == MESSAGE
        assert (acked["seq"], acked["sender"]) == (1, {"id": ann.id, "username": "Ann"})
        assert bob.history(room)["items"] == [acked]
        for socket in (own, reader):
            assert socket.until("message") == acked
            assert [frame for frame in socket.heard() if frame["type"] == "message"] == []


def test_the_senders_own_socket_gets_the_event_once_too(ann: Person) -> None:
    room = ann.room()
    with ann.greeted() as socket:
        socket.say(
            {"type": "send_message", "ref": 1, "data": {"conversation_id": room, "content": "x"}}
        )
        one, two = socket.hear(), socket.hear()

        assert {one["type"], two["type"]} == {"ack", "message"}
        assert one["data"] == two["data"]
        assert socket.heard() == []


@pytest.mark.parametrize("content", ["", "  ", "\u3000\n", "a\u0000b", 5, None])
def test_empty_blank_and_unstorable_content_is_invalid(
    ann: Person, anns: Socket, content: Json
) -> None:
    room = ann.room()

    assert anns.refusal("send_message", conversation_id=room, content=content) == "invalid"
    assert ann.show(room)["last_seq"] == 0


def test_an_unpaired_surrogate_is_invalid(ann: Person, anns: Socket) -> None:
    room = ann.room()
    command = {"conversation_id": room, "content": "\ud800"}
    anns.say(json.dumps({"type": "send_message", "ref": "odd", "data": command}))
    while (answer := anns.hear())["type"] != "error":
        pass

    assert (answer["data"]["code"], ann.show(room)["last_seq"]) == ("invalid", 0)


def test_text_is_counted_in_code_points(ann: Person, anns: Socket) -> None:
    room = ann.room()
    data = {"conversation_id": room, "content": "🚀" * 4000}

    assert anns.ask("send_message", **data)["content"] == data["content"]
    data["content"] += "🚀"
    assert anns.refusal("send_message", **data) == "too_large"


@pytest.mark.parametrize("kind", ["system", "image", 1])
def test_clients_send_text_or_file_and_nothing_else(ann: Person, anns: Socket, kind: Json) -> None:
    data = {"conversation_id": ann.room(), "content": "x"}

    assert anns.refusal("send_message", **data, message_type=kind) == "invalid"
    assert anns.ask("send_message", **data, message_type="file")["message_type"] == "file"


def test_an_answer_comes_as_a_message_and_changes_its_parents_thread(
    ann: Person, anns: Socket
) -> None:
    room = ann.room()
    parent = ann.post(room, "parent")["id"]
    data = {"conversation_id": room, "parent_message_id": parent}
    answer, before = anns.answered("send_message", **data, content="child")
    child = answer["data"]
    told = [f["data"] for f in (*before, *anns.heard()) if f["type"] == "thread_updated"]

    assert child["parent_message_id"] == parent
    assert told == [
        {
            "message_id": parent,
            "conversation_id": room,
            "reply_count": 1,
            "last_reply_at": child["created_at"],
            "rev": 1,
        }
    ]
    assert anns.ask("history", **data) == {"items": [child], "has_more": False}
    nowhere = {"conversation_id": room, "parent_message_id": 2**62}
    assert anns.refusal("send_message", **nowhere, content="child") == "not_found"


def test_who_is_no_member_sends_reads_and_hears_nothing(
    ann: Person, bob: Person, eve: Person
) -> None:
    public, hidden, direct = ann.room(), ann.room(bob, visibility="private"), ann.direct(bob)
    said = ann.post(public, "x"), ann.post(hidden, "x"), ann.post(direct, "x")
    with eve.greeted() as socket:
        for conversation, message, code in (
            (public, said[0], "forbidden"),
            (hidden, said[1], "not_found"),
            (direct, said[2], "not_found"),
        ):
            where = {"conversation_id": conversation}
            what = {"message_id": message["id"]}
            assert socket.refusal("send_message", **where, content="x") == code
            assert socket.refusal("history", **where) == code
            assert socket.refusal("mark_read", **where, seq=1) == code
            assert socket.refusal("edit_message", **what, content="x") in {"not_found", code}
            assert socket.refusal("delete_message", **what) in {"not_found", code}
        assert socket.refusal("join", conversation_id=hidden) == "not_found"
        assert socket.refusal("leave", conversation_id=hidden) == "not_found"
        assert socket.ask("subscribe", since={public: 0, hidden: 0, direct: 0}) == {}
        ann.post(public, "y")
        ann.post(hidden, "y")
        assert socket.heard() == []


# --- one contract for repeated writes --------------------------------------------------------------


def test_a_repeated_send_gives_the_same_message_and_no_second_event(
    ann: Person, bob: Person
) -> None:
    room, key = ann.room(bob), fresh("key")
    data = {"conversation_id": room, "content": "once", "client_id": key}
    with ann.greeted() as sender, bob.greeted() as reader:
        first = sender.ask("send_message", **data)
        again = sender.ask("send_message", **data)
        by_http = ann.call("POST", f"{ROOMS}/{room}/messages", {"content": "once"}, key=key)

        assert first == again == by_http.body
        assert by_http.status == 200
        assert first["client_id"] == key
        assert reader.until("message") == first
        assert reader.heard() == []


def test_ten_sockets_that_send_the_same_at_once_get_ten_equal_answers(
    ann: Person, bob: Person
) -> None:
    data = {"conversation_id": ann.room(bob), "content": "once", "client_id": fresh("key")}

    def send(_: int) -> Json:
        with ann.greeted() as socket:
            return socket.ask("send_message", **data)

    answers = at_once(10, send)

    assert all(answer == answers[0] for answer in answers)
    assert bob.history(data["conversation_id"])["items"] == answers[:1]


def test_one_socket_that_sends_the_same_ten_times_without_waiting_gets_ten_equal_answers(
    ann: Person,
) -> None:
    room = ann.room()
    data = {"conversation_id": room, "content": "once", "client_id": fresh("key")}
    with ann.greeted() as socket:
        for ref in range(10):
            socket.say({"type": "send_message", "ref": ref, "data": data})
        frames = [socket.hear() for _ in range(11)]

        assert sorted(frame["ref"] for frame in frames if frame["type"] == "ack") == [*range(10)]
        assert all(frame["data"] == frames[0]["data"] for frame in frames)
        assert socket.heard() == []


def test_a_key_with_another_body_conversation_or_operation_is_a_conflict(
    ann: Person, anns: Socket
) -> None:
    room, other, key = ann.room(), ann.room(), fresh("key")
    sent = anns.ask("send_message", conversation_id=room, content="once", client_id=key)

    uses: list[tuple[str, Json]] = [
        ("send_message", {"conversation_id": room, "content": "twice"}),
        ("send_message", {"conversation_id": room, "content": "once", "message_type": "file"}),
        ("send_message", {"conversation_id": other, "content": "once"}),
        ("edit_message", {"message_id": sent["id"], "content": "once"}),
        ("delete_message", {"message_id": sent["id"]}),
        ("join", {"conversation_id": room}),
        ("leave", {"conversation_id": room}),
        ("mark_read", {"conversation_id": room, "seq": 1}),
    ]
    for name, data in uses:
        assert anns.refusal(name, **data, client_id=key) == "conflict", name
    assert ann.show(room)["last_seq"] == 1


@pytest.mark.parametrize("key", ["", "k" * 129, "é", "tab\there", 5, ["k"]])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("send_message", {"content": "x"}),
        ("edit_message", {"content": "x"}),
        ("delete_message", {}),
        ("join", {}),
        ("leave", {}),
        ("mark_read", {"seq": 1}),
    ],
)
def test_a_key_of_another_shape_is_invalid_in_every_command_that_writes(
    anns: Socket, name: str, data: Json, key: Json
) -> None:
    is_of_a_message = name in {"edit_message", "delete_message"}
    where: Json = {"message_id": 1} if is_of_a_message else {"conversation_id": "room_1"}

    assert anns.refusal(name, **where, **data, client_id=key) == "invalid"


def test_a_replay_shows_the_message_as_it_is_now(ann: Person, anns: Socket) -> None:
    data = {"conversation_id": ann.room(), "content": "old", "client_id": fresh("key")}
    sent = anns.ask("send_message", **data)
    edited = anns.ask("edit_message", message_id=sent["id"], content="new")

    assert anns.ask("send_message", **data) == edited
    gone = anns.ask("delete_message", message_id=sent["id"])
    assert anns.ask("send_message", **data) == gone


def test_a_late_copy_of_an_edit_does_not_undo_a_newer_one(ann: Person, anns: Socket) -> None:
    sent = anns.ask("send_message", conversation_id=ann.room(), content="first")
    edit = {"message_id": sent["id"], "content": "second", "client_id": fresh("key")}
    anns.ask("edit_message", **edit)
    newest = anns.ask("edit_message", message_id=sent["id"], content="third")

    assert anns.ask("edit_message", **edit) == newest
    edit["content"] = "fourth"
    assert anns.refusal("edit_message", **edit) == "conflict"


def test_a_repeated_delete_join_leave_or_mark_read_has_the_first_answer(
    ann: Person, bob: Person
) -> None:
    room = ann.room()
    commands: list[tuple[str, Json]] = [
        ("join", {"conversation_id": room}),
        ("send_message", {"conversation_id": room, "content": "x"}),
        ("mark_read", {"conversation_id": room, "seq": 1}),
        ("leave", {"conversation_id": room}),
    ]
    with bob.greeted() as socket:
        for name, data in commands:
            key = fresh("key")
            first = socket.ask(name, **data, client_id=key)
            assert socket.ask(name, **data, client_id=key) == first, name
    with ann.greeted() as socket:
        sent = socket.ask("send_message", conversation_id=room, content="x")
        key = fresh("key")
        gone = socket.ask("delete_message", message_id=sent["id"], client_id=key)
        assert socket.ask("delete_message", message_id=sent["id"], client_id=key) == gone


def test_a_late_copy_of_a_join_does_not_undo_a_leave(ann: Person, bob: Person) -> None:
    room, key = ann.room(), fresh("key")
    with bob.greeted() as socket:
        socket.ask("join", conversation_id=room, client_id=key)
        socket.ask("leave", conversation_id=room)
        socket.ask("join", conversation_id=room, client_id=key)
        assert socket.refusal("leave", conversation_id=room, client_id=key) == "conflict"

    assert room not in {mine["id"] for mine in bob.get(ROOMS)["items"]}


# --- changing --------------------------------------------------------------------------------------


def test_an_edit_keeps_the_seq_and_tells_all_with_the_next_rev(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    sent = ann.post(room, "first")
    rev = ann.show(room)["rev"]
    with ann.greeted() as author, bob.greeted() as reader:
        answer, before = author.answered("edit_message", message_id=sent["id"], content="second")
        edited = answer["data"]

        assert TIME.match(edited["edited_at"])
        assert edited == {**sent, "content": "second", "edited_at": edited["edited_at"]}
        assert reader.until("message_edited") == {**edited, "rev": rev + 1}
        told = [frame for frame in [*before, *author.heard()] if frame["type"] == "message_edited"]
        assert told == [{"type": "message_edited", "data": {**edited, "rev": rev + 1}}]
        assert bob.history(room)["items"] == [edited]
        assert ann.show(room)["rev"] == rev + 1


def test_only_the_author_edits(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    sent = bob.post(room, "mine")
    with ann.greeted() as owner:
        assert owner.refusal("edit_message", message_id=sent["id"], content="x") == "forbidden"

    assert bob.history(room)["items"] == [sent]


@pytest.mark.parametrize("content", ["", " ", "a\u0000"])
def test_an_edit_to_nothing_is_invalid(ann: Person, anns: Socket, content: str) -> None:
    sent = ann.post(ann.room(), "x")

    assert anns.refusal("edit_message", message_id=sent["id"], content=content) == "invalid"
    assert anns.refusal("edit_message", message_id=sent["id"], content="x" * 4001) == "too_large"


def test_a_deleted_message_stays_as_a_tombstone(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    sent = ann.post(room, "secret")
    rev = ann.show(room)["rev"]
    with ann.greeted() as author, bob.greeted() as reader:
        gone = author.ask("delete_message", message_id=sent["id"])

        assert (gone["deleted"], gone["content"], gone["seq"]) == (True, "", 1)
        assert (gone["reactions"], gone["mentions"]) == ([], [])
        assert set(gone) == MESSAGE
        assert reader.until("message_deleted") == {**gone, "rev": rev + 1}
        assert bob.history(room)["items"] == [gone]
        assert author.refusal("edit_message", message_id=sent["id"], content="x") == "conflict"
        assert author.ask("delete_message", message_id=sent["id"]) == gone
        assert ann.show(room)["rev"] == rev + 1
        assert ann.show(room)["last_seq"] == 1


def test_owners_delete_what_others_wrote_and_members_do_not(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    hers, his = ann.post(room, "hers"), bob.post(room, "his")
    with ann.greeted() as owner, bob.greeted() as member:
        assert member.refusal("delete_message", message_id=hers["id"]) == "forbidden"
        assert owner.ask("delete_message", message_id=his["id"])["deleted"] is True


# --- reading ---------------------------------------------------------------------------------------


# --- around a message, and around people --------------------------------------------------------------


def test_reactions_are_counted_told_to_all_and_of_each_viewer_their_own(
    ann: Person, bob: Person
) -> None:
    room = ann.room(bob)
    sent = ann.post(room, "hello")
    with ann.greeted() as author, bob.greeted() as other:
        added = [other.ask("add_reaction", message_id=sent["id"], emoji="🚀") for _ in range(2)]
        told = author.until("reaction_added")
        (seen,) = other.ask("history", conversation_id=room)["items"]
        removed = other.ask("remove_reaction", message_id=sent["id"], emoji="🚀")
        told_again = author.until("reaction_removed")
        refused = other.refusal("add_reaction", message_id=sent["id"], emoji="no emoji")

    about = {"message_id": sent["id"], "conversation_id": room, "emoji": "🚀", "user_id": bob.id}
    assert added == [{"emoji": "🚀", "count": 1}] * 2
    assert told == {**about, "count": 1, "rev": told["rev"]}
    assert seen["reactions"] == [{"emoji": "🚀", "count": 1, "me": True}]
    assert ann.history(room)["items"][0]["reactions"] == []
    assert removed == {"emoji": "🚀", "count": 0}
    assert told_again == {**about, "count": 0, "rev": told["rev"] + 1}
    assert refused == "invalid"


def test_a_pin_is_told_to_all_and_is_for_who_may(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    sent = bob.post(room, "to keep")
    with ann.greeted() as owner, bob.greeted() as member:
        refused = member.refusal("pin_message", message_id=sent["id"], pinned=True)
        answer = owner.ask("pin_message", message_id=sent["id"], pinned=True)
        told = member.until("message_pinned")

    about = {"message_id": sent["id"], "conversation_id": room, "pinned": True, "user_id": ann.id}
    assert (refused, answer) == ("forbidden", {})
    assert told == {**about, "rev": told["rev"]}
    assert bob.history(room)["items"][0]["pinned"] is True


def test_typing_and_presence_are_told_to_others_and_have_no_rev(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    with ann.greeted() as one, bob.greeted() as other:
        for typing in (True, False):
            assert one.ask("typing", conversation_id=room, typing=typing) == {}
            told = other.until("typing")
            assert told == {"conversation_id": room, "user_id": ann.id, "typing": typing}
        assert one.ask("set_presence", status="busy") == {}
        while (seen := other.until("presence"))["status"] != "busy":
            pass
        assert one.refusal("set_presence", status="offline") == "invalid"
        one.ask("set_presence", status="online")

    assert {"user_id", "status", "last_active_at"} <= set(seen)
    assert "rev" not in seen
    assert seen["user_id"] == ann.id
    assert TIME.match(seen["last_active_at"])


def test_who_is_named_is_told_of_it(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    with bob.greeted() as named:
        sent = ann.post(room, f"@{bob.name}, look")
        told = named.until("notification")

    assert sent["mentions"] == [bob.id]
    assert (told["kind"], told["message_id"]) == ("mention", sent["id"])
    assert "rev" not in told


def test_history_answers_as_http_does(ann: Person, anns: Socket) -> None:
    room = ann.room()
    for number in range(12):
        ann.post(room, f"line {number}")

    pages: list[tuple[Json, str]] = [
        ({}, ""),
        ({"limit": 5}, "?limit=5"),
        ({"before": 6, "limit": 3}, "?before=6&limit=3"),
        ({"after": 6, "limit": 3}, "?after=6&limit=3"),
        ({"after": 0}, "?after=0"),
        ({"before": 1}, "?before=1"),
        ({"before": None, "after": None}, ""),
    ]
    for data, query in pages:
        page = anns.ask("history", conversation_id=room, **data)
        assert page == ann.history(room, query)
        assert set(page) == {"items", "has_more"}
    for wrong in ({"before": 9, "after": 1}, {"limit": 0}, {"limit": 1001}, {"before": -1}):
        assert anns.refusal("history", conversation_id=room, **wrong) == "invalid"


def test_marking_as_read_tells_what_is_left_and_never_goes_back(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    for number in range(5):
        ann.post(room, f"line {number}")
    with bob.greeted() as reader, ann.greeted() as other:
        steps = [
            reader.ask("mark_read", conversation_id=room, seq=seq) for seq in (2, 4, 3, 1, 4, 5)
        ]
        events: list[Json] = []
        while not events or events[-1]["seq"] < 5:
            events.append(other.until("read"))

    assert [(step["read_seq"], step["unread"]) for step in steps] == [
        *((2, 3), (4, 1), (4, 1), (4, 1), (4, 1), (5, 0))
    ]
    assert all(set(step) == {"read_seq", "unread"} for step in steps)
    assert [event["seq"] for event in events] == [2, 4, 5]
    assert events[0] == {"conversation_id": room, "user_id": bob.id, "seq": 2}
    assert (bob.show(room)["read_seq"], bob.show(room)["unread"]) == (5, 0)


def test_nobody_has_read_what_is_not_written_yet(ann: Person, anns: Socket) -> None:
    room = ann.room()
    ann.post(room, "only")
    answer, _ = anns.answered("mark_read", conversation_id=room, seq=100)

    assert answer["type"] == "error" or answer["data"] == {"read_seq": 1, "unread": 0}
    assert (ann.show(room)["read_seq"], ann.show(room)["unread"]) == (1, 0)


# --- coming and going ------------------------------------------------------------------------------


def test_join_and_leave_answer_the_conversation_and_tell_the_others(
    ann: Person, bob: Person
) -> None:
    room = ann.room()
    before = ann.show(room)
    with ann.greeted() as owner, bob.greeted() as guest:
        joined = guest.ask("join", conversation_id=room)
        came = owner.until("member_joined")
        assert guest.ask("join", conversation_id=room) == joined
        left = guest.ask("leave", conversation_id=room)
        went = owner.until("member_left")
        assert guest.ask("leave", conversation_id=room) == left

    assert set(joined) == set(left) == CONVERSATION
    assert (joined["id"], joined["member_count"], left["member_count"]) == (room, 2, 1)
    assert came == {"conversation_id": room, "user": bob.user, "rev": before["rev"] + 1}
    assert went == {"conversation_id": room, "user": bob.user, "rev": before["rev"] + 2}
    assert set(came["user"]) == USER
    assert ann.show(room)["last_seq"] == 0


def test_rooms_are_joined_and_left_by_name_in_any_case(ann: Person, bob: Person) -> None:
    room = ann.room()
    name = ann.show(room)["name"]
    with bob.greeted() as guest:
        assert guest.ask("join", name=name.upper())["id"] == room
        assert guest.ask("leave", name=name)["member_count"] == 1
        assert guest.refusal("join", name="no-such-room") == "not_found"
        assert guest.refusal("leave", name="no-such-room") == "not_found"


def test_a_private_room_is_not_found_by_its_name_either(ann: Person, eve: Person) -> None:
    name = ann.show(ann.room(visibility="private"))["name"]
    with eve.greeted() as stranger:
        assert stranger.refusal("join", name=name) == "not_found"
        assert stranger.refusal("leave", name=name) == "not_found"


def test_whoever_joins_hears_from_then_on_and_whoever_leaves_no_more(
    ann: Person, bob: Person
) -> None:
    room = ann.room()
    ann.post(room, "before")
    with bob.greeted() as guest, bob.greeted() as second:
        joined = guest.ask("join", conversation_id=room)
        assert (joined["last_seq"], joined["read_seq"], joined["unread"]) == (1, 1, 0)
        sent = ann.post(room, "while there")
        assert guest.until("message") == sent
        assert second.until("message") == sent
        guest.ask("leave", conversation_id=room)
        ann.post(room, "after")
        assert [frame for frame in guest.heard() if frame["type"] == "message"] == []
        second.heard()
        ann.post(room, "long after")
        assert [frame for frame in second.heard() if frame["type"] == "message"] == []


def test_a_member_reads_the_whole_history(ann: Person, bob: Person, anns: Socket) -> None:
    room = ann.room()
    sent = ann.post(room, "before")
    bob.call("POST", f"{ROOMS}/{room}/join")

    assert bob.history(room)["items"] == [sent]


@pytest.mark.parametrize("kind", ["room", "direct"])
def test_a_new_conversation_comes_to_each_member_complete(
    server: Causerie, ann: Person, kind: str
) -> None:
    guest = newcomer(server)
    with guest.greeted() as socket, ann.greeted() as own:
        made = ann.room(guest) if kind == "room" else ann.direct(guest)
        told, told_maker = socket.until("conversation_created"), own.until("conversation_created")
        sent = ann.post(made, "welcome")

        assert told == {**guest.show(made), "last_seq": 0, "unread": 0}
        assert set(told) == CONVERSATION
        assert told_maker["id"] == made
        assert (told["peer"], told_maker["peer"]) == (
            (ann.user, guest.user) if kind == "direct" else (None, None)
        )
        assert socket.until("message") == sent


def test_a_change_of_a_room_is_told_without_what_differs_by_viewer(
    ann: Person, bob: Person
) -> None:
    room = ann.room(bob)
    rev = ann.show(room)["rev"]
    with bob.greeted() as reader:
        ann.call("PATCH", f"{ROOMS}/{room}", {"topic": "news"})
        told = reader.until("conversation_updated")

    assert (told["topic"], told["rev"]) == ("news", rev + 1)
    assert {"me", "read_seq", "unread", "peer"} & set(told) == set()


# --- order and resuming ----------------------------------------------------------------------------


def test_all_readers_hear_all_messages_in_the_order_of_seq(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    with (
        ann.greeted() as one,
        bob.greeted() as two,
        ann.greeted() as three,
        bob.greeted() as four,
    ):
        for number in range(100):
            for socket in (one, two):
                data = {"conversation_id": room, "content": f"line {number}"}
                socket.say({"type": "send_message", "data": data})
        heard = [
            [socket.until("message") for _ in range(200)] for socket in (one, two, three, four)
        ]

    assert [message["seq"] for message in heard[0]] == list(range(1, 201))
    assert heard[0] == heard[1] == heard[2] == heard[3]
    assert bob.history(room, "?limit=200")["items"] == heard[0]
    mine = [m["content"] for m in heard[0] if m["sender"]["id"] == ann.id]
    assert mine == [f"line {number}" for number in range(100)]  # each sender's own order


def test_a_first_subscribe_is_answered_then_what_was_missed_then_what_is_new(
    ann: Person, bob: Person
) -> None:
    quiet = ann.room(bob)

    def subscribe() -> tuple[str, list[Json]]:
        room = ann.room(bob)
        for number in range(5):
            ann.post(room, f"line {number}")
        with bob.greeted() as reader:
            ann.post(room, "new")
            reader.say({"type": "subscribe", "ref": 7, "data": {"since": {room: 2, quiet: 0}}})
            frames = [reader.hear() for _ in range(5)]
            return room, frames + reader.heard()

    # What is new waits a quarter of a second for the first frame, which a pause may outlast.
    room, (answer, *frames) = measured(subscribe, holds=lambda seen: seen[1][0]["type"] == "ack")

    assert (answer["type"], answer["ref"]) == ("ack", 7)
    assert set(answer["data"]) == {room, quiet}
    assert set(answer["data"][room]) == {"last_seq", "rev", "missed", "reset"}
    assert answer["data"][room]["reset"] is False
    assert answer["data"][room]["missed"] == answer["data"][room]["last_seq"] - 2
    assert answer["data"][quiet]["missed"] == 0
    assert [frame["type"] for frame in frames] == ["message"] * 4
    assert [frame["data"]["seq"] for frame in frames] == [3, 4, 5, 6]
    assert [frame["data"] for frame in frames] == bob.history(room, "?after=2")["items"]


def test_messages_wait_for_the_first_frame_and_not_for_long(ann: Person, bob: Person) -> None:
    room = ann.room(bob)

    def say_nothing() -> float:
        with bob.greeted() as reader:
            began = time.monotonic()
            ann.post(room, "are you there?")
            assert reader.hear()["type"] == "message"
            return time.monotonic() - began

    assert measured(say_nothing, holds=lambda seconds: seconds < 2) < 2


def test_a_later_subscribe_rewinds(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    sent = [ann.post(room, f"line {number}") for number in range(4)]
    with bob.greeted() as reader:
        assert reader.heard() == []
        for since in (4, 1, 0):
            answer = reader.ask("subscribe", since={room: since})
            assert answer[room]["missed"] == 4 - since
            assert [reader.until("message") for _ in sent[since:]] == sent[since:]
        assert reader.heard() == []


def test_a_thousand_missed_are_sent_and_one_more_is_a_reset(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    with ann.greeted() as writer:
        for number in range(1001):
            data = {"conversation_id": room, "content": f"{number}"}
            writer.say({"type": "send_message", "data": data})
        while writer.until("message")["seq"] < 1001:
            pass
    with bob.greeted() as reader:
        far = reader.ask("subscribe", since={room: 0})
        assert far[room] == {**far[room], "last_seq": 1001, "missed": 1001, "reset": True}
        assert reader.heard() == []
        near = reader.ask("subscribe", since={room: 1})
        assert (near[room]["missed"], near[room]["reset"]) == (1000, False)
        assert [reader.until("message")["seq"] for _ in range(1000)] == [*range(2, 1002)]


def test_with_revs_what_changed_comes_with_the_state_of_now(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    one, two = ann.post(room, "one"), ann.post(room, "two")
    rev = bob.show(room)["rev"]
    with ann.greeted() as writer:
        writer.ask("edit_message", message_id=one["id"], content="one, once")
        newest = writer.ask("edit_message", message_id=one["id"], content="one, twice")
        gone = writer.ask("delete_message", message_id=two["id"])
    with bob.greeted() as reader:
        answer = reader.ask("subscribe", since={room: 2}, revs={room: rev})
        frames = [reader.hear()]
        while frames[-1]["data"].get("rev", 0) < rev + 3:
            frames.append(reader.hear())
        frames += reader.heard()

    assert answer[room] == {"last_seq": 2, "rev": rev + 3, "missed": 0, "reset": False}
    edits = [frame["data"] for frame in frames if frame["type"] == "message_edited"]
    deletions = [frame["data"] for frame in frames if frame["type"] == "message_deleted"]
    assert edits
    assert all({**edit, "rev": 0} == {**newest, "rev": 0} for edit in edits)
    assert edits[-1]["rev"] == rev + 2
    assert deletions == [{**gone, "rev": rev + 3}]
    revs = [frame["data"]["rev"] for frame in frames]
    assert revs == sorted(revs)


def test_a_conversation_of_others_or_of_nobody_is_left_out_of_the_ack(
    ann: Person, bob: Person, eve: Person
) -> None:
    mine, public, hidden = eve.room(), ann.room(), ann.room(visibility="private")
    with eve.greeted() as socket:
        since = {mine: 0, public: 0, hidden: 0, "room_999999": 0, "nonsense": 0, "": 0}

        assert set(socket.ask("subscribe", since=since)) == {mine}


def test_an_edit_never_comes_before_its_message(ann: Person, bob: Person) -> None:
    room = ann.room(bob)
    with bob.greeted() as reader, ann.greeted() as writer:
        for number in range(20):
            sent = writer.ask("send_message", conversation_id=room, content=f"{number}")
            writer.ask("edit_message", message_id=sent["id"], content=f"{number}!")
        known = set()
        edits = 0
        while edits < 20:
            frame = reader.hear()
            if frame["type"] == "message":
                known.add(frame["data"]["id"])
            elif frame["type"] == "message_edited":
                assert frame["data"]["id"] in known
                edits += 1


# --- ends ------------------------------------------------------------------------------------------


def _loses_its_token(who: Person, how: str) -> None:
    if how == "logout":
        who.call("POST", "/auth/logout")
        return
    body = {"refresh_token": who.refresh_token}
    for _ in range(2):
        call(who.server, "POST", "/auth/refresh", body)


@pytest.mark.parametrize("path", ["/ws/v2", "/ws/v1", "/"])
@pytest.mark.parametrize("how", ["logout", "reuse"])
def test_a_revoked_token_closes_its_sockets_within_a_second(
    server: Causerie, path: str, how: str
) -> None:
    def revoke() -> tuple[float, Person]:
        who = newcomer(server)
        with who.socket(path) as one, who.socket(path) as two:
            _loses_its_token(who, how)
            began = time.monotonic()
            assert [one.closed(), two.closed()] == [4401, 4401]
            return time.monotonic() - began, who

    seconds, who = measured(revoke, holds=lambda taken: taken[0] < 1)

    assert seconds < 1
    assert problem_of(who.call("GET", "/api/v2/me")) == (401, "unauthenticated")
    assert problem_of(upgrade(server, path, token=who.access_token)) == (401, "unauthenticated")


def test_another_sessions_sockets_stay(server: Causerie) -> None:
    who = newcomer(server)
    body = {"username": who.name, "password": PASSWORD}
    other = call(server, "POST", "/auth/login", body).body["access_token"]
    with opened(server, f"/ws/v2?token={other}") as stays, who.greeted() as goes:
        stays.hear()
        who.call("POST", "/auth/logout")
        assert goes.closed() == 4401
        assert stays.ask("ping") == {}


def test_a_message_of_65536_bytes_is_taken_and_one_more_is_1009(ann: Person) -> None:
    head, tail = '{"type":"ping","ref":1,"data":{"filling":"', '"}}'
    filling = "x" * (65536 - len(head) - len(tail))
    with ann.greeted() as socket:
        socket.say(head + filling + tail)
        assert socket.hear() == {"type": "ack", "ref": 1, "data": {}}
        socket.say(head + filling + "x" + tail)
        assert socket.closed() == 1009


def test_fragments_are_one_message_and_counted_together(ann: Person) -> None:
    frame = json.dumps({"type": "ping", "ref": "🚀", "data": {}}, ensure_ascii=False)
    with ann.greeted() as socket:
        socket.wire.send([frame[:20], frame[20:21], frame[21:]])
        assert socket.hear() == {"type": "ack", "ref": "🚀", "data": {}}
        with contextlib.suppress(ConnectionClosed):  # it may close while we are still sending
            socket.wire.send(["x" * 1000] * 100)
        assert socket.closed() == 1009


def test_text_that_is_no_utf_8_is_1007(ann: Person) -> None:
    with ann.greeted() as socket:
        socket.wire.send(b"\xff\xfe", text=True)
        assert socket.closed() == 1007


def test_a_ping_of_the_protocol_is_answered(ann: Person) -> None:
    with ann.greeted() as socket:
        assert socket.wire.ping(b"there?").wait(5)
