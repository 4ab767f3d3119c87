"""v2 in MessagePack is v2: the same answers to the same frames, in another encoding."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causerie.foundation.events import Event
from causerie.foundation.identity import MAX_ID
from causerie.foundation.realtime import Encoders, Entry
from causerie.gateway import messagepack, v2
from causerie.gateway.deflate import WIDE, with_deflated
from causerie.gateway.framing import binary_frame, text_frame
from causerie.gateway.messagepack import MessagePackV2
from tests.fakes.virtual_time import run_in_virtual_time
from tests.unit.gateway.v2_scene import Scene, payloads

pack = msgspec.msgpack.encode


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene(MessagePackV2)
    await scene.start()
    yield scene
    await scene.stop()


def heard(scene: Scene) -> list[Any]:
    frames = [msgspec.msgpack.decode(payload) for payload in payloads(scene.socket.heard)]
    return [frame for frame in frames if frame["type"] not in {"hello", "held"}]


async def answers(scene: Scene, *said: bytes) -> list[Any]:
    """What comes of these binary frames, beside hello and what was held."""
    for payload in said:
        scene.socket.say_binary(payload)
    await scene.turns()
    return heard(scene)


async def test_everything_is_said_in_binary_frames(scene: Scene) -> None:
    scene.socket.say_binary(pack({"type": "say", "ref": 1}))
    await scene.turns()

    hello, held = {"type": "hello", "data": {}}, {"type": "held", "data": {}}
    ack = {"type": "ack", "ref": 1, "data": {}}
    said = b"".join(binary_frame(pack(frame)) for frame in (hello, held, ack))
    assert scene.socket.heard == said


@pytest.mark.parametrize("ref", ["x", "", "\0", "😀", 0, -7, MAX_ID, -MAX_ID])
async def test_a_ref_comes_back(scene: Scene, ref: str | int) -> None:
    answered = await answers(scene, pack({"type": "ask", "ref": ref, "data": {"text": "é"}}))

    assert [(frame["type"], frame["ref"]) for frame in answered] == [("ack", ref)]
    assert answered[0]["data"] == {"text": "é", "number": 0, "since": {}}


async def test_what_is_asked_without_a_ref_is_answered(scene: Scene) -> None:
    answered = await answers(scene, pack({"type": "ask"}), pack({"type": "say"}))

    assert [(frame["type"], frame["ref"]) for frame in answered] == [("ack", None)]


BAD: list[tuple[Any, Any, str]] = [
    ({"type": "say", "ref": 1, "data": {"text": 5}}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": {"text": b"bytes"}}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": {"text": "a\0b"}}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": {"since": {"a\0": 1}}}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": {"number": -1}}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": {"number": 2**64 - 1}}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": []}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": None}, 1, "invalid"),
    ({"type": "say", "ref": 1, "data": {"text": datetime(2026, 1, 31, tzinfo=UTC)}}, 1, "invalid"),
    ({"type": "say", "ref": 1.5}, None, "invalid"),
    ({"type": "say", "ref": True}, None, "invalid"),
    ({"type": "say", "ref": 2**64 - 1}, None, "invalid"),
    ({"type": "say", "ref": b"1"}, None, "invalid"),
    ({"type": 7, "ref": 1}, 1, "invalid"),
    ({"ref": "r"}, "r", "invalid"),
    ({"type": "nothing_known", "ref": 1}, 1, "invalid"),
    ({"type": "pin_message", "ref": 1}, 1, "invalid"),
    ({"type": "crash", "ref": 1}, 1, "internal"),
    ({"type": "crash_slowly", "ref": 1}, 1, "internal"),
    ([1, 2], None, "invalid"),
    ("text", None, "invalid"),
    (None, None, "invalid"),
]


@pytest.mark.parametrize(("frame", "ref", "code"), BAD)
async def test_a_bad_frame_gets_one_error_and_the_socket_stays_open(
    scene: Scene, frame: Any, ref: Any, code: str
) -> None:
    answered = await answers(scene, pack(frame), pack({"type": "ask", "ref": "after"}))

    assert [(f["type"], f["ref"], f["data"].get("code")) for f in answered[:-1]] == [
        ("error", ref, code)
    ]
    assert (answered[-1]["type"], answered[-1]["ref"]) == ("ack", "after")
    assert scene.socket.close_code is None


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xc1",
        b"\xff",
        b'{"type":"say"}',
        b"\x91" * 60_000,
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        b"\x81\xa4type\xa3\xff\xfe\xfd",
        b"\x82\xa4type\xa3say\x81\x01\x02\x03",
        pack({"type": "say"})[:-1],
        pack({"type": "say"}) * 2,
        pack({"type": "say", "data": {"text": "caf"}}).replace(b"caf", b"\xed\xa0\x80"),
    ],
)
async def test_garbage_is_an_error_without_a_ref(scene: Scene, garbage: bytes) -> None:
    answered = await answers(scene, garbage)

    assert [(f["type"], f["ref"], f["data"]["code"]) for f in answered] == [
        ("error", None, "invalid")
    ]
    assert scene.socket.close_code is None


async def test_a_text_frame_is_refused_and_the_socket_stays_open(scene: Scene) -> None:
    scene.socket.say('{"type":"ask","ref":1}')
    answered = await answers(scene, pack({"type": "ask", "ref": 2}))

    assert [(f["type"], f["ref"]) for f in answered] == [("error", None), ("ack", 2)]
    assert answered[0]["data"]["code"] == "invalid"
    assert scene.greeting.releases == 1


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=60), st.binary(max_size=40).map(lambda b: b"\x82\xa4type" + b)))
def test_any_bytes_get_one_answer_at_most(payload: bytes) -> None:
    async def story() -> None:
        scene = Scene(MessagePackV2)
        await scene.start()
        answered = await answers(scene, payload)
        await scene.stop()
        assert len(answered) <= 1
        assert scene.socket.close_code is None

    run_in_virtual_time(story())


class Rang(Event, frozen=True):
    pass


def test_an_event_is_written_once_and_made_over_for_those_who_read_it_so() -> None:
    said: list[Event] = []

    def word(event: Event) -> bytes:
        said.append(event)
        return text_frame(
            b'{"type":"rang","data":{"n":9007199254740993,"x":1.5,"a":[null,"\xc3\xa9"]}}'
        )

    encoders: Encoders = with_deflated({v2.NAME: word, messagepack.NAME: messagepack.ENCODER})
    entry = Entry(Rang())
    packed = entry.frame("v2.msgpack", encoders)
    plain, deflated = (entry.frame(name, encoders) for name in ("v2", "v2.msgpack+deflate"))

    data = {"n": 9007199254740993, "x": 1.5, "a": [None, "é"]}
    assert packed == binary_frame(pack({"type": "rang", "data": data}))
    assert plain[0] == 0x81
    assert deflated == WIDE(packed)
    assert len(said) == 1


def test_what_has_no_word_is_not_sent() -> None:
    encoders: Encoders = {v2.NAME: lambda _event: b"", messagepack.NAME: messagepack.ENCODER}

    assert Entry(Rang()).frame("v2.msgpack", encoders) == b""
