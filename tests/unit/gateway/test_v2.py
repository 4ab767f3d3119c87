"""The v2 envelope: each frame gets its answer, with its ref, and none breaks the socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from causerie.foundation.identity import MAX_ID
from causerie.gateway.v2 import HOLD_SECONDS
from tests.fakes.virtual_time import run_in_virtual_time
from tests.unit.gateway.v2_scene import Scene, frames


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await scene.start()
    yield scene
    await scene.stop()


async def answers(scene: Scene, *said: str | bytes) -> list[Any]:
    """What comes of these frames, beside hello and what was held."""
    for frame in said:
        scene.socket.say(frame)
    await scene.turns()
    return [f for f in frames(scene.socket) if f["type"] not in {"hello", "held"}]


def error(ref: object, code: str) -> tuple[str, object, str]:
    return "error", ref, code


def brief(frame: Any) -> tuple[str, object, str]:
    return frame["type"], frame["ref"], frame["data"].get("code", "")


# --- answers and refs ---------------------------------------------------------------------------------


async def test_a_command_with_a_ref_is_acknowledged_once(scene: Scene) -> None:
    heard = await answers(scene, '{"type":"say","ref":"r1","data":{"text":"a"}}')

    assert heard == [{"type": "ack", "ref": "r1", "data": {}}]


async def test_a_command_without_a_ref_is_done_in_silence(scene: Scene) -> None:
    heard = await answers(
        scene, '{"type":"say"}', '{"type":"say","ref":null,"data":{}}', '{"type":"slow"}'
    )

    assert heard == []
    assert len(scene.said) == 2


async def test_a_command_that_asks_is_answered_without_a_ref(scene: Scene) -> None:
    heard = await answers(scene, '{"type":"ask","data":{"text":"a"}}')

    assert [(f["ref"], f["data"]["text"]) for f in heard] == [(None, "a")]


@pytest.mark.parametrize(
    ("ref", "answered"),
    [
        ('"x"', "x"),
        ('""', ""),
        ('"\\u0000"', "\0"),
        ('"\\ud83d\\ude00"', "😀"),
        ("0", 0),
        ("-7", -7),
        (str(MAX_ID), MAX_ID),
        ("null", None),
    ],
)
async def test_a_ref_is_a_text_or_an_integer_and_comes_back(
    scene: Scene, ref: str, answered: object
) -> None:
    heard = await answers(scene, '{"type":"ask","ref":' + ref + "}")

    assert [f["ref"] for f in heard] == [answered]


@pytest.mark.parametrize(
    "ref", ["true", "1.5", "[]", "{}", str(MAX_ID + 1), "9" * 5000, '"\\ud800"', '"\\udc00"']
)
async def test_what_cannot_be_a_ref_makes_the_frame_unreadable(scene: Scene, ref: str) -> None:
    heard = await answers(scene, '{"type":"ask","ref":' + ref + "}", '{"type":"ask","ref":1}')

    assert [brief(f) for f in heard] == [error(None, "invalid"), ("ack", 1, "")]


@pytest.mark.parametrize(
    ("frame", "ref", "code"),
    [
        ('{"type":"no_such","ref":1}', 1, "invalid"),
        ('{"type":"no_such"}', None, "invalid"),
        ('{"type":"pin_message","ref":"p"}', "p", "invalid"),
        ('{"type":"limit","ref":2}', 2, "rate_limited"),
        ('{"type":"limit"}', None, "rate_limited"),
        ('{"type":"crash","ref":3}', 3, "internal"),
        ('{"type":"crash_slowly"}', None, "internal"),
        ('{"type":"say","ref":4,"data":{"text":5}}', 4, "invalid"),
        ('{"type":"say","ref":5,"data":[]}', 5, "invalid"),
        ('{"type":"say","ref":6,"data":null}', 6, "invalid"),
        ('{"type":"say","ref":7,"data":{"number":-1}}', 7, "invalid"),
        ('{"type":"say","ref":8,"data":{"number":9223372036854775808}}', 8, "invalid"),
        ('{"type":"say","ref":9,"data":{"number":1e400}}', 9, "invalid"),
        ('{"type":"say","ref":10,"data":{"text":"a\\u0000b"}}', 10, "invalid"),
        ('{"type":"say","ref":11,"data":{"since":{"\\u0000":1}}}', 11, "invalid"),
        ('{"type":"say","ref":12,"data":{"text":"\\ud800"}}', 12, "invalid"),
        ('{"type":5,"ref":13}', 13, "invalid"),
        ('{"ref":14}', 14, "invalid"),
        ('{"type":null,"ref":"\\ud800"}', None, "invalid"),
        ("[" * 10_000, None, "invalid"),
        ('{"type":"say","ref":1,"data":' + "[" * 10_000, None, "invalid"),
        ("[]", None, "invalid"),
        ('"say"', None, "invalid"),
        ("", None, "invalid"),
        ("{", None, "invalid"),
        ('{"type":"say"} {}', None, "invalid"),
        ('\ufeff{"type":"say"}', None, "invalid"),
    ],
)
async def test_a_bad_frame_gets_one_error_and_the_socket_stays_open(
    scene: Scene, frame: str, ref: object, code: str
) -> None:
    heard = await answers(scene, frame)

    assert [brief(f) for f in heard] == [error(ref, code)]
    assert scene.socket.close_code is None
    assert scene.said == []


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ('{"type":"ask","ref":1.5}', "ref: Expected `int | str | null`, got `float`"),
        ('{"ref":14}', "type: Is required"),
        ("[]", "Expected `object`, got `array`"),
        ("{", "This is not JSON in UTF-8"),
        ('{"type":"say","data":' + "[" * 10_000, "Nested too deeply"),
    ],
)
async def test_a_frame_that_cannot_be_read_is_told_what_is_wrong(
    scene: Scene, frame: str, text: str
) -> None:
    heard = await answers(scene, frame)

    assert [f["data"]["message"] for f in heard] == [text]


async def test_an_error_says_when_to_come_back_and_a_bug_says_nothing(scene: Scene) -> None:
    limited, crashed = await answers(scene, '{"type":"limit"}', '{"type":"crash"}')

    assert limited["data"]["retry_after"] == 3
    assert "secret" not in str(crashed)


async def test_the_last_of_two_equal_keys_holds(scene: Scene) -> None:
    heard = await answers(
        scene, '{"type":"crash","type":"ask","ref":1,"ref":2,"data":{"text":"a","text":"b"}}'
    )

    assert [(f["type"], f["ref"], f["data"]["text"]) for f in heard] == [("ack", 2, "b")]


async def test_unknown_fields_are_passed_over(scene: Scene) -> None:
    heard = await answers(scene, '{"type":"say","ref":1,"new":{},"data":{"newer":[1]}}')

    assert [brief(f) for f in heard] == [("ack", 1, "")]


async def test_an_escaped_backslash_is_no_nul(scene: Scene) -> None:
    heard = await answers(scene, '{"type":"ask","ref":1,"data":{"text":"\\\\u0000"}}')

    assert heard[0]["data"]["text"] == "\\u0000"


async def test_binary_frames_are_refused_and_the_socket_stays_open(scene: Scene) -> None:
    scene.socket.say_binary(b'{"type":"say","ref":1}')
    heard = await answers(scene)

    assert [brief(f) for f in heard] == [error(None, "invalid")]
    assert scene.socket.close_code is None


async def test_answers_stand_in_the_order_of_their_commands(scene: Scene) -> None:
    before = await answers(scene, '{"type":"slow","ref":1}', '{"type":"say","ref":2}', "{")
    scene.gate.set()
    after = await answers(scene)

    assert before == []
    assert [f["ref"] for f in after] == [1, 2, None]


# --- any frame at all ---------------------------------------------------------------------------------

TYPES = ("say", "ask", "slow", "limit", "no_such", "pin_message", "")
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\0", "\ud800", 10**25, -(10**25)]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
envelopes = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | json_values},
    optional={
        "ref": st.integers() | st.text() | json_values,
        "data": json_values
        | st.fixed_dictionaries(
            {},
            optional={"text": json_values, "number": json_values, "since": json_values},
        ),
        "other": json_values,
    },
)


def is_ref(value: object) -> bool:
    """Whether the protocol can give it back."""
    if isinstance(value, str):
        return value.isascii() or value.encode(errors="ignore").decode() == value
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_ID


async def _hear(payload: bytes) -> list[Any]:
    scene = Scene()
    scene.gate.set()
    await scene.start()
    try:
        heard = await answers(scene, payload)
        assert scene.socket.close_code is None
    finally:
        await scene.stop()
    return heard


@settings(max_examples=120)
@given(envelopes)
@example({"type": 1, "ref": "\ud800"})
def test_every_envelope_gets_exactly_its_answer(envelope: dict[str, Any]) -> None:
    heard = run_in_virtual_time(_hear(json.dumps(envelope).encode()))

    ref = envelope.get("ref")
    if is_ref(ref):
        assert [f["ref"] for f in heard] == [ref]
    else:
        assert [f["ref"] for f in heard] in ([], [None])
    assert all(f["type"] in {"ack", "error"} for f in heard)


@settings(max_examples=120)
@given(
    st.text().map(str.encode)
    | st.tuples(envelopes.map(json.dumps), st.integers(0, 80), st.text(max_size=3)).map(
        lambda parts: (parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]).encode()
    )
)
def test_any_text_gets_one_answer_at_most(payload: bytes) -> None:
    heard = run_in_virtual_time(_hear(payload))

    assert len(heard) <= 1


# --- hello and what is held ---------------------------------------------------------------------------


def kinds(scene: Scene) -> list[str]:
    return [f["type"] for f in frames(scene.socket)]


async def test_the_server_speaks_first_and_holds_until_the_first_frame(scene: Scene) -> None:
    before = kinds(scene)
    await answers(scene, '{"type":"say","ref":1}')

    assert before == ["hello"]
    assert kinds(scene) == ["hello", "held", "ack"]


@pytest.mark.parametrize("frame", ["{", '{"type":"no_such"}', '{"type":"subscribe","data":5}'])
async def test_a_bad_first_frame_lets_go_too(scene: Scene, frame: str) -> None:
    await answers(scene, frame)

    assert sorted(kinds(scene)) == ["error", "held", "hello"]


async def test_a_binary_first_frame_lets_go_too(scene: Scene) -> None:
    scene.socket.say_binary(b"")
    await scene.turns()

    assert kinds(scene) == ["hello", "held", "error"]


async def test_a_first_subscribe_is_answered_before_what_was_held(scene: Scene) -> None:
    await answers(scene, '{"type":"subscribe","ref":1}')
    before = kinds(scene)
    scene.gate.set()
    await scene.turns()

    assert before == ["hello"]
    assert kinds(scene) == ["hello", "ack", "held"]


def test_a_first_subscribe_is_answered_first_however_long_it_takes() -> None:
    async def scenario() -> list[str]:
        scene = Scene()
        await scene.start()
        await answers(scene, '{"type":"subscribe","ref":1}')
        await asyncio.sleep(4 * HOLD_SECONDS)
        scene.gate.set()
        await scene.turns()
        await scene.stop()
        return kinds(scene)

    assert run_in_virtual_time(scenario()) == ["hello", "ack", "held"]


@pytest.mark.parametrize(
    ("seconds", "heard"),
    [(HOLD_SECONDS - 0.01, ["hello"]), (HOLD_SECONDS + 0.01, ["hello", "held"])],
)
def test_a_silent_client_is_waited_for_a_moment(seconds: float, heard: list[str]) -> None:
    async def scenario() -> list[str]:
        scene = Scene()
        await scene.start()
        await asyncio.sleep(seconds)
        await scene.stop()
        return kinds(scene)

    assert run_in_virtual_time(scenario()) == heard


def test_what_was_held_is_let_go_once() -> None:
    async def scenario() -> int:
        scene = Scene()
        await scene.start()
        await answers(scene, '{"type":"say"}', '{"type":"say"}')
        await asyncio.sleep(4 * HOLD_SECONDS)
        await scene.stop()
        return scene.greeting.releases

    assert run_in_virtual_time(scenario()) == 1


def test_nothing_is_let_go_for_a_socket_that_has_gone() -> None:
    async def scenario() -> int:
        scene = Scene()
        await scene.start()
        scene.socket.go()
        await asyncio.sleep(4 * HOLD_SECONDS)
        await scene.stop()
        return scene.greeting.releases

    assert run_in_virtual_time(scenario()) == 0
