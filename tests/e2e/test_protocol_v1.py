"""PROTOCOL, WebSocket v1 and the path that takes either: as an older client hears it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.outside import (
    CONVERSATION,
    TIME,
    Json,
    Person,
    Socket,
    fresh,
    newcomer,
)
from tests.processes import Causerie, a_causerie

ROOMS = "/api/v2/conversations"
LINE = {"id", "fromUser", "username", "content", "timestamp"}


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie() as running:
        newcomer(running, "First")
        yield running


@pytest.fixture(scope="module")
def ann(server: Causerie) -> Person:
    return newcomer(server, "Ann")


@pytest.fixture(scope="module")
def bob(server: Causerie) -> Person:
    return newcomer(server, "Bob")


@pytest.fixture
def anns(ann: Person) -> Iterator[Socket]:
    with ann.socket("/ws/v1") as socket:
        yield socket


def room_of(who: Person, *members: Person, **more: str) -> tuple[str, str]:
    """A room's id and its name."""
    room = who.room(*members, **more)
    return room, str(who.show(room)["name"])


def told(socket: Socket, command: str, **fields: Json) -> Json:
    """Give a command; gives the next frame."""
    socket.say({"type": command, **fields})
    return socket.hear()


def history(socket: Socket, command: str, **fields: Json) -> Json:
    """Ask for history, which comes after whatever was on its way."""
    socket.say({"type": command, **fields})
    while (frame := socket.hear())["type"] != "history":
        pass
    assert set(frame) == {"type", "data"}
    return frame["data"]


def nothing_more(socket: Socket, room: str) -> bool:
    """Say whether the next thing that comes is the answer to a question."""
    return bool(told(socket, "room_history", room=room, limit=1)["type"] == "history")


def is_error(frame: Json, code: str | None = None) -> bool:
    """Say whether a frame has v1's form of an error."""
    assert set(frame) == {"type", "data"}
    assert frame["type"] == "error"
    assert {"message"} <= set(frame["data"]) <= {"message", "code"}
    assert frame["data"]["message"]
    return code is None or frame["data"]["code"] == code


def test_an_older_socket_is_not_greeted(ann: Person, anns: Socket) -> None:
    assert anns.hears_nothing(0.4)


def test_a_message_comes_to_both_sides_and_is_not_acknowledged(
    ann: Person, bob: Person, anns: Socket
) -> None:
    room, name = room_of(ann, bob)
    with bob.socket("/ws/v1") as bobs:
        heard = told(anns, "room_message", room=name, content="hello")

        assert set(heard) == {"type", "data"}
        assert (heard["type"], set(heard["data"])) == ("message", LINE | {"room"})
        stored = ann.history(room)["items"][0]
        assert heard["data"] == {
            "id": stored["id"],
            "fromUser": ann.id,
            "username": "Ann",
            "content": "hello",
            "timestamp": stored["created_at"],
            "room": name,
        }
        assert TIME.match(heard["data"]["timestamp"])
        assert bobs.hear() == heard
        assert nothing_more(anns, name)
        assert nothing_more(bobs, name)


def test_a_direct_message_goes_to_both_sides_and_says_to_whom(
    server: Causerie, ann: Person, anns: Socket
) -> None:
    other = newcomer(server)
    with other.socket("/ws/v1") as others:
        heard = told(anns, "direct_message", to_user_id=other.id, content="psst")
        answered = told(others, "direct_message", to_user_id=ann.id, content="yes?")
        first, second = answered, others.hear()

        assert (heard["type"], set(heard["data"])) == ("dm", LINE | {"toUser"})
        assert (heard["data"]["fromUser"], heard["data"]["toUser"]) == (ann.id, other.id)
        assert first == heard
        assert (second["data"]["fromUser"], second["data"]["toUser"]) == (other.id, ann.id)
        assert anns.hear() == second


def test_a_direct_message_is_in_the_one_chat_that_v2_sees(
    server: Causerie, ann: Person, anns: Socket
) -> None:
    other = newcomer(server)
    with other.greeted() as newer:
        heard = told(anns, "direct_message", to_user_id=other.id, content="psst")
        seen = newer.until("message")
        newer.ask("send_message", conversation_id=seen["conversation_id"], content="yes?")

        assert seen["id"] == heard["data"]["id"]
        assert seen["conversation_id"] == ann.direct(other)
        back = anns.hear()
        assert (back["type"], back["data"]["content"]) == ("dm", "yes?")


def test_joining_makes_a_room_that_is_not_there_for_all(ann: Person, bob: Person) -> None:
    name = fresh("made")
    with ann.socket("/ws/v1") as anns, bob.socket("/ws/v1") as bobs:
        made = told(anns, "join_room", room=name)
        joined = told(bobs, "join_room", room=name)
        heard = told(bobs, "room_message", room=name, content="first")

        assert made == joined == {"type": "joined", "data": {"room": name}}
        assert anns.hear() == heard
    found = ann.get(f"/api/v2/rooms?q={name}")["items"]
    assert [(room["visibility"], room["member_count"]) for room in found] == [("public", 2)]


def test_joining_again_is_harmless(ann: Person, anns: Socket) -> None:
    room, name = room_of(ann)

    assert told(anns, "join_room", room=name) == told(anns, "join_room", room=name)
    assert ann.show(room)["member_count"] == 1


def test_one_who_hears_of_a_room_in_another_case_joins_the_same(ann: Person, bob: Person) -> None:
    room, name = room_of(ann)
    with bob.socket("/ws/v1") as bobs:
        assert told(bobs, "join_room", room=name.upper())["type"] == "joined"
        assert told(bobs, "room_message", room=name.upper(), content="x")["data"]["room"] == name

    assert ann.show(room)["member_count"] == 2


def test_a_private_room_is_not_joined_and_not_made_anew(ann: Person, bob: Person) -> None:
    _, name = room_of(ann, visibility="private")
    with bob.socket("/ws/v1") as bobs:
        assert is_error(told(bobs, "join_room", room=name))
        assert is_error(told(bobs, "room_message", room=name, content="x"), "not_found")
        assert is_error(told(bobs, "room_history", room=name, limit=5), "not_found")


@pytest.mark.parametrize("name", ["", "a b", "é", "a" * 65, None, 5])
def test_a_room_of_no_valid_name_is_an_error(anns: Socket, name: Json) -> None:
    assert is_error(told(anns, "join_room", room=name), "invalid")


def test_a_socket_gets_its_users_rooms_and_direct_chats_at_once(ann: Person, bob: Person) -> None:
    room, name = room_of(ann, bob)
    direct = ann.direct(bob)
    for _ in range(10):  # Nothing says when it is ready: it has to be when it is open.
        with bob.socket("/ws/v1") as bobs:
            in_room, in_direct = ann.post(room, "in the room"), ann.post(direct, "between us")

            heard = [bobs.hear(), bobs.hear()]
            assert nothing_more(bobs, name)
        frames = {frame["type"]: frame["data"] for frame in heard}
        assert frames["message"]["id"] == in_room["id"]
        assert frames["message"]["room"] == name
        assert frames["dm"]["id"] == in_direct["id"]


def test_what_comes_into_being_later_is_heard_too(ann: Person, bob: Person) -> None:
    with bob.socket("/ws/v1") as bobs:
        room, name = room_of(ann, bob)
        ann.post(room, "welcome")

        heard = bobs.hear()
    assert (heard["type"], heard["data"]["room"]) == ("message", name)


def test_a_rooms_history_has_the_shape_of_messages(ann: Person, anns: Socket) -> None:
    _, name = room_of(ann)
    lines = [
        told(anns, "room_message", room=name, content=f"line {number}")["data"]
        for number in range(5)
    ]

    assert history(anns, "room_history", room=name, limit=3) == {
        "room": name,
        "messages": lines[2:],
    }
    assert history(anns, "room_history", room=name)["messages"] == lines
    assert history(anns, "room_history", room=name, limit=1000)["messages"] == lines


def test_a_direct_chats_history_has_the_shape_of_its_messages(
    server: Causerie, ann: Person, anns: Socket
) -> None:
    other = newcomer(server)
    assert history(anns, "dm_history", **{"with": other.id, "limit": 5})["messages"] == []
    sent = told(anns, "direct_message", to_user_id=other.id, content="psst")["data"]

    assert history(anns, "dm_history", **{"with": other.id, "limit": 5}) == {
        "with": other.id,
        "messages": [sent],
    }
    with other.socket("/ws/v1") as others:
        assert history(others, "dm_history", **{"with": ann.id})["messages"] == [sent]


@pytest.mark.parametrize("limit", [0, -1, 1001, "5", 1.5])
def test_a_limit_that_makes_no_sense_is_an_error(ann: Person, anns: Socket, limit: Json) -> None:
    _, name = room_of(ann)

    assert is_error(told(anns, "room_history", room=name, limit=limit), "invalid")
    assert is_error(told(anns, "dm_history", **{"with": ann.id, "limit": limit}), "invalid")


@pytest.mark.parametrize("nobody", [0, -1, 2**63, 2**63 - 1, "abc", None, True])
def test_a_direct_message_to_nobody_is_an_error(anns: Socket, nobody: Json) -> None:
    frame = told(anns, "direct_message", to_user_id=nobody, content="x")

    assert is_error(frame)
    assert frame["data"]["code"] in {"invalid", "not_found"}
    frame = told(anns, "dm_history", **{"with": nobody, "limit": 5})
    assert is_error(frame)
    assert frame["data"]["code"] in {"invalid", "not_found"}


def test_a_room_that_is_not_there_is_an_error_for_all_but_joining(anns: Socket) -> None:
    name = fresh("nowhere")

    assert is_error(told(anns, "room_message", room=name, content="x"), "not_found")
    assert is_error(told(anns, "room_history", room=name, limit=5), "not_found")


def test_a_room_that_one_is_not_in_is_not_read_or_written(ann: Person, bob: Person) -> None:
    room, name = room_of(ann)
    with bob.socket("/ws/v1") as bobs:
        assert is_error(told(bobs, "room_message", room=name, content="x"))
        assert is_error(told(bobs, "room_history", room=name, limit=5))

    assert ann.show(room)["last_seq"] == 0


@pytest.mark.parametrize("content", ["", "  ", "a\u0000b", "\ud800", 5, None])
def test_empty_blank_and_unstorable_content_is_an_error(
    ann: Person, anns: Socket, content: Json
) -> None:
    room, name = room_of(ann)

    assert is_error(told(anns, "room_message", room=name, content=content), "invalid")
    assert is_error(told(anns, "direct_message", to_user_id=ann.id, content=content))
    assert ann.show(room)["last_seq"] == 0


@pytest.mark.parametrize(
    "frame",
    [
        *("", "{", "[]", "1", "null", "{}", '{"type":5}', '{"type":"nothing"}', '{"type":"ping"}'),
        *('{"type":"send_message","ref":1,"data":{}}', "[" * 5_000, '{"type":"join_room"}'),
    ],
)
def test_what_is_no_command_is_an_error_and_the_socket_stays(anns: Socket, frame: str) -> None:
    anns.say(frame)

    assert is_error(anns.hear(), "invalid")
    assert told(anns, "join_room", room="lobby")["type"] == "joined"


def test_unknown_fields_are_passed_over(ann: Person, anns: Socket) -> None:
    _, name = room_of(ann)

    heard = told(anns, "room_message", room=name, content="x", colour="red", ref=7)
    assert (heard["type"], set(heard)) == ("message", {"type", "data"})


def test_tombstones_and_changes_have_no_word_in_v1(ann: Person, anns: Socket) -> None:
    _, name = room_of(ann)
    one, two = (told(anns, "room_message", room=name, content=c)["data"] for c in ("one", "two"))
    with ann.greeted() as newer:
        newer.ask("edit_message", message_id=one["id"], content="one, mended")
        newer.ask("delete_message", message_id=two["id"])

    answer = told(anns, "room_history", room=name, limit=5)
    assert answer["type"] == "history"  # and nothing before it
    assert [line["content"] for line in answer["data"]["messages"]] == ["one, mended"]


def test_a_message_of_8192_bytes_is_taken_and_one_more_is_1009(ann: Person, anns: Socket) -> None:
    _, name = room_of(ann)
    head = json.dumps({"type": "room_message", "room": name, "content": "x"})[:-1] + ',"filling":"'
    filling = "x" * (8192 - len(head) - 2)
    anns.say(head + filling + '"}')
    assert anns.hear()["type"] == "message"

    anns.say(head + filling + 'x"}')
    assert anns.closed() == 1009


# --- either dialect --------------------------------------------------------------------------------


def test_nothing_is_said_on_the_root_before_the_first_frame(ann: Person) -> None:
    with ann.socket("/") as socket:
        assert socket.hears_nothing(0.6)


@pytest.mark.parametrize(
    ("command", "fields", "answer"),
    [
        ("join_room", {"room": "lobby"}, "joined"),
        ("room_message", {"room": "nowhere", "content": "x"}, "error"),
        ("direct_message", {"to_user_id": 1, "content": "x"}, "dm"),
        ("room_history", {"room": "nowhere", "limit": 5}, "error"),
        ("dm_history", {"with": 1, "limit": 5}, "history"),
        ("join_room", {}, "error"),
    ],
)
def test_a_first_frame_of_v1_makes_the_root_v1(
    server: Causerie, command: str, fields: Json, answer: str
) -> None:
    with newcomer(server).socket("/") as socket:
        heard = told(socket, command, **fields)

        assert (heard["type"], set(heard)) == (answer, {"type", "data"})
        assert is_error(told(socket, "ping"), "invalid")


def test_an_older_client_on_the_root_hears_its_rooms(ann: Person, bob: Person) -> None:
    room, name = room_of(ann, bob)
    with bob.socket("/") as socket:
        assert told(socket, "join_room", room=name)["type"] == "joined"
        sent = ann.post(room, "hello")

        assert socket.hear()["data"]["id"] == sent["id"]


def test_any_other_first_frame_makes_the_root_v2_which_greets_and_then_answers(
    ann: Person, bob: Person
) -> None:
    room = ann.room(bob)
    ann.post(room, "before")
    with bob.socket("/") as socket:
        socket.say({"type": "subscribe", "ref": "r", "data": {"since": {room: 0}}})
        hello, ack, message = socket.hear(), socket.hear(), socket.hear()

        assert [hello["type"], ack["type"], message["type"]] == ["hello", "ack", "message"]
        assert hello["data"]["user"] == bob.user
        assert all(set(shown) == CONVERSATION for shown in hello["data"]["conversations"])
        assert (ack["ref"], ack["data"][room]["missed"]) == ("r", 1)
        assert socket.ask("ping") == {}


@pytest.mark.parametrize("frame", ["{", "[]", '{"type":"nothing"}', '{"type":5}', ""])
def test_a_first_frame_that_nobody_knows_is_v2s_to_refuse(ann: Person, frame: str) -> None:
    with ann.socket("/") as socket:
        socket.say(frame)
        hello, error = socket.hear(), socket.hear()

        assert (hello["type"], error["type"], error["ref"]) == ("hello", "error", None)
        assert error["data"]["code"] == "invalid"


def test_what_was_said_before_the_greeting_is_done_and_answered_in_order(ann: Person) -> None:
    room = ann.room()
    with ann.socket("/") as socket:
        for number in range(20):
            data = {"conversation_id": room, "content": f"{number}"}
            socket.say({"type": "send_message", "ref": number, "data": data})
        assert socket.hear()["type"] == "hello"
        frames = [socket.hear() for _ in range(40)]

    acks = [frame for frame in frames if frame["type"] == "ack"]
    assert [ack["data"]["seq"] for ack in acks] == [*range(1, 21)]
    assert [ack["ref"] for ack in acks] == [*range(20)]
