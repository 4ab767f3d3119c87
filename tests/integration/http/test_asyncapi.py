"""The description of the sockets is AsyncAPI 3, lacks nothing, and is what is said and heard."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from causerie.foundation.events import Event
from causerie.gateway.http import SocketDescription
from causerie.gateway.http.asyncapi import describe
from causerie.gateway.router import Nothing, Reply, Router
from causerie.gateway.session import Session
from causerie.gateway.vocabulary import Vocabulary
from tests.asyncapi import Frames, faults
from tests.fakes.peer import FakePeer
from tests.scenes.node import NodeScene

ROOMS = "/api/v2/conversations"
# Commands that are acknowledged with an empty object (PROTOCOL).
EMPTY = {"ping", "pin_message", "typing", "set_presence"}


async def frames_of(scene: NodeScene) -> Frames:
    answer = await scene.call("GET", "/asyncapi.json")
    assert answer.status == 200
    return Frames(answer.json())


async def test_the_document_is_asyncapi_3(scene: NodeScene) -> None:
    document = (await frames_of(scene)).document

    assert document["asyncapi"] == "3.0.0"
    assert faults(document) == []
    assert faults({**document, "channels": {"v2": {"adress": "/ws/v2"}}}) != []


async def test_all_that_is_heard_and_said_is_described(scene: NodeScene) -> None:
    sockets: SocketDescription = scene.node.sockets
    frames = await frames_of(scene)

    # An event that fails here lacks `name` and `data` where its slice teaches v2 to say it.
    assert sockets.vocabulary.undescribed == set()
    assert frames.commands == sockets.router.names
    assert frames.events == set(sockets.vocabulary.words)
    assert {"ping", "send_message", "subscribe"} <= frames.commands
    assert {"hello", "message", "conversation_created", "sanction"} <= frames.events
    # A command that fails here lacks `answers` where its slice registers it, or its handler a word.
    routes = sockets.router.routes
    assert {name for name in routes if routes[name].answers is Nothing} <= EMPTY
    summaries = [message["summary"] for message in frames.document["operations"].values()]
    assert all(summaries)


async def test_what_is_said_and_heard_is_as_described(scene: NodeScene) -> None:
    frames = await frames_of(scene)
    ada, bob = [await scene.register(name) for name in ("ada", "bob")]
    adas, bobs = [await scene.connect("/ws/v2", who) for who in (ada, bob)]
    room = (await scene.call("POST", ROOMS, {"kind": "room", "name": "den"}, user=ada)).json()["id"]
    await adas.hear("hello")
    await bobs.hear("hello")

    async def ask(peer: FakePeer, kind: str, **data: Any) -> Any:
        command = {"type": kind, "ref": kind, "data": data}
        frames.require_heard(command)
        peer.say(command)
        answer = await peer.hear("ack")
        frames.require_said(answer, to=kind)
        return answer["data"]

    await ask(bobs, "join", name="den")
    message = await ask(adas, "send_message", conversation_id=room, content="hello")
    await ask(bobs, "mark_read", conversation_id=room, seq=1)
    await ask(adas, "edit_message", message_id=message["id"], content="hello you")
    await ask(adas, "history", conversation_id=room, limit=10)
    await ask(adas, "subscribe", since={room: 0})
    await ask(adas, "delete_message", message_id=message["id"])
    await scene.call("PATCH", f"{ROOMS}/{room}", {"topic": "news"}, user=ada)
    await ask(bobs, "leave", conversation_id=room)
    await ask(adas, "ping")
    adas.say({"type": "history", "data": {"conversation_id": "room_99"}})
    await adas.hear("error")

    heard = {frame["type"] for frame in adas.heard + bobs.heard}
    for frame in adas.heard + bobs.heard:
        frames.require_said(frame)
    assert {"message", "message_edited", "message_deleted", "member_joined", "member_left"} <= heard
    assert {"conversation_created", "conversation_updated", "read", "error"} <= heard


async def test_the_older_dialect_is_as_described(scene: NodeScene) -> None:
    frames = await frames_of(scene)
    ada, bob = [await scene.register(name) for name in ("ada", "bob")]
    peer = await scene.connect("/ws/v1", ada)
    for command, answer in (
        ({"type": "join_room", "room": "den"}, "joined"),
        ({"type": "room_message", "room": "den", "content": "hello"}, "message"),
        ({"type": "direct_message", "to_user_id": bob.id, "content": "hello"}, "dm"),
        ({"type": "room_history", "room": "den", "limit": 5}, "history"),
        ({"type": "dm_history", "with": bob.id}, "history"),
        ({"type": "room_history", "room": "nowhere"}, "error"),
    ):
        frames.require_heard_on_v1(command)
        peer.say(command)
        frames.require_said_on_v1(await peer.hear(answer))


async def test_the_readers_page_needs_nothing_from_outside(scene: NodeScene) -> None:
    answer = await scene.call("GET", "/docs/sockets")
    page = answer.body.decode()

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    assert "<script" not in page
    assert 'src="' not in page
    assert "://" not in page
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    for told in ("send_message", "message_edited", "rate_limited", "/asyncapi.json"):
        assert told in page


# --- what lacks its description ---------------------------------------------------------------------


class Rang(Event, frozen=True):
    """It rang. And more, for who reads the code."""


class WireRang(msgspec.Struct):
    """How often."""

    times: int


class Ring(msgspec.Struct):
    """``ring``."""

    times: int
    key: str | None = None


def answer_ring(_session: Session, _command: Ring, reply: Reply) -> None:
    """Ring ``times`` times,
    and no more. Raises nothing.
    """
    reply.ack()


def test_a_word_is_described_by_its_event() -> None:
    words, router = Vocabulary(), Router()
    words.say(Rang, lambda _event: b"", name="rang", data=WireRang)
    router.register("ring", Ring, answer_ring, answers=dict[str, WireRang])

    frames = Frames(describe(router, words, version="1"))

    assert words.undescribed == set()
    assert faults(frames.document) == []
    messages = frames.document["components"]["messages"]
    assert messages["rang.event"]["summary"] == "It rang."
    assert messages["ring"]["summary"] == "Ring `times` times, and no more."
    frames.require_said({"type": "rang", "data": {"times": 2}})
    frames.require_heard({"type": "ring", "data": {"times": 2, "key": "x"}})
    frames.require_said({"type": "ack", "ref": 1, "data": {"a": {"times": 1}}}, to="ring")


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "rang", "data": {"times": "2"}},
        {"type": "rang", "data": {"times": 2, "more": 1}},
        {"type": "rang", "data": {}},
        {"type": "rang"},
        {"type": "rung", "data": {"times": 2}},
        {"type": "error", "ref": None, "data": {"code": "made_up", "message": ""}},
    ],
)
def test_a_frame_that_is_not_as_described_is_found(frame: Any) -> None:
    words = Vocabulary()
    words.say(Rang, lambda _event: b"", name="rang", data=WireRang)
    frames = Frames(describe(Router(), words, version="1"))

    with pytest.raises(AssertionError):
        frames.require_said(frame)


def test_a_word_without_a_description_is_named() -> None:
    words = Vocabulary()
    words.say(Rang, lambda _event: b"")

    assert words.undescribed == {"Rang"}


def test_nothing_is_described_twice() -> None:
    words = Vocabulary()
    words.describe("rang", WireRang, "It rang.")

    with pytest.raises(ValueError, match="rang"):
        words.say(Rang, lambda _event: b"", name="rang", data=WireRang)


async def test_the_channels_of_phoenix_are_described(scene: NodeScene) -> None:
    document = (await scene.call("GET", "/asyncapi.json")).json()
    named = document["channels"]["phoenix"]["messages"]
    pushed = document["components"]["messages"]["phoenix.new_message"]["payload"]["properties"]

    assert document["channels"]["phoenix"]["address"] == "/socket/websocket"
    assert {"phoenix.phx_join:user", "phoenix.typing_start", "phoenix.presence_diff"} <= set(named)
    assert "content" in pushed["payload"]["properties"]
    assert "conversation_id" not in pushed["payload"]["properties"]
