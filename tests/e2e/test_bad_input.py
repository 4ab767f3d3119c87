"""Whatever a client sends, it gets its typed error or its close code, and nobody else notices."""

from __future__ import annotations

import gzip
import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx2
import msgspec
import psutil
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.clients import PASSWORD
from tests.e2e.conformance.raw_client import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    RawClient,
    frame,
)
from tests.e2e.conformance.test_any_frames import Sent, frames
from tests.processes import Causerie, a_causerie

pytestmark = pytest.mark.long

CLOSE_CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009}
COMMANDS = [
    "send_message",
    "edit_message",
    "delete_message",
    "pin_message",
    "add_reaction",
    "remove_reaction",
    "search_messages",
    "history",
    "join",
    "leave",
    "subscribe",
    "typing",
    "mark_read",
    "set_presence",
    "ping",
]
FIELDS = [
    "conversation_id",
    "content",
    "client_id",
    "parent_message_id",
    "message_type",
    "message_id",
    "before",
    "after",
    "limit",
    "since",
    "revs",
    "seq",
    "name",
    "pinned",
    "emoji",
    "query",
    "typing",
    "status",
]
PACKED = "Sec-WebSocket-Protocol: causerie.v2.msgpack\r\n"
_names = itertools.count(1)


class Scene:
    """A room of three: Ann speaks, Ben listens on one socket all the time, Eve is hostile."""

    def __init__(self, server: Causerie) -> None:
        self.server = server
        self.http = httpx2.Client(base_url=server.url, timeout=60)
        self.ann, self.ben, self.eve = (self._register(name) for name in ("ann", "ben", "eve"))
        body = {
            "kind": "room",
            "name": "general",
            "members": [self.ben["user"]["id"], self.eve["user"]["id"]],
        }
        self.room: str = self.post(self.ann, "/api/v2/conversations", body).json()["id"]
        self.listener = self.connect(self.ben)
        self.listener.send(text({"type": "ping"}))
        self.heard = 0

    def _register(self, name: str) -> dict[str, Any]:
        body = {"username": name, "password": PASSWORD}
        made: dict[str, Any] = self.http.post("/auth/register", json=body).json()
        return made

    def post(self, who: dict[str, Any], path: str, body: object) -> httpx2.Response:
        return self.http.post(path, json=body, headers=bearer(who))

    def connect(self, who: dict[str, Any], *, extra: str = "") -> RawClient:
        """Open a socket of v2 and take its hello."""
        client = RawClient(("127.0.0.1", self.server.port))
        proof = f"Authorization: Bearer {who['access_token']}\r\n"
        head = client.upgrade("/ws/v2", extra=proof + extra)
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert said(client)["type"] == "hello"
        return client

    @contextmanager
    def hostile(self, *, extra: str = "") -> Iterator[RawClient]:
        """A socket of Eve's; afterwards Ben has heard all, in order, up to a new message."""
        with self.connect(self.eve, extra=extra) as client:
            yield client
        mark = f"still here {next(_names)}"
        answer = self.post(
            self.ann, f"/api/v2/conversations/{self.room}/messages", {"content": mark}
        )
        assert answer.status_code == 201, answer.text
        while True:
            opcode, payload = self.listener.receive()
            if opcode == PING:
                self.listener.send(frame(PONG, payload))
                continue
            event = msgspec.json.decode(payload)
            if event["type"] != "message":
                continue
            self.heard += 1
            assert event["data"]["seq"] == self.heard
            if event["data"]["content"] == mark:
                return


def bearer(who: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {who['access_token']}"}


def text(value: object) -> bytes:
    payload = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return frame(TEXT, payload)


def packed(value: object) -> bytes:
    payload = value if isinstance(value, bytes) else msgspec.msgpack.encode(value)
    return frame(BINARY, payload)


def said(client: RawClient) -> dict[str, Any]:
    """What the server says next, in whichever encoding. Fails where it closes the socket."""
    opcode, payload = client.receive()
    if opcode == PING:
        return {"type": "ping"}
    assert opcode in {TEXT, BINARY}, (opcode, payload)
    decode = msgspec.json.decode if opcode == TEXT else msgspec.msgpack.decode
    frame: dict[str, Any] = decode(payload)
    return frame


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with a_causerie() as server:
        scene = Scene(server)
        with closing(scene.http), scene.listener:
            yield scene
        assert "Traceback" not in server.log()


def answers_until_end(
    client: RawClient, *, write: Callable[[object], bytes] = text
) -> list[dict[str, Any]]:
    """Ask for a sign of life and give all answers before it. Fails where the socket was closed."""
    client.send(write({"type": "ping", "ref": "the end"}))
    answers: list[dict[str, Any]] = []
    while True:
        heard = said(client)
        if heard["type"] == "ack" and heard["ref"] == "the end":
            return answers
        if heard["type"] in {"ack", "error"}:
            answers.append(heard)
            assert heard["data"].get("code") != "internal", heard


numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
numbers |= st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**40, 1e308, 5e-324, 0.0, -1])
# Some texts cannot be sent as UTF-8: json writes unpaired surrogates as escapes.
texts = st.text(st.characters(exclude_categories=[]), max_size=20)
leaves = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
known = st.sampled_from(["room_1", "room_2", "dm_1", "general", "", "text", "system", "x", 1, 0])
envelopes = st.fixed_dictionaries(
    {"type": st.sampled_from(COMMANDS) | values},
    optional={
        "ref": values,
        "data": st.dictionaries(st.sampled_from(FIELDS), known | values, max_size=5) | values,
        "else": values,
    },
)
payloads = st.one_of(
    values.map(lambda value: json.dumps(value).encode()),
    envelopes.map(lambda value: json.dumps(value).encode()),
    envelopes.map(lambda value: json.dumps(value).encode()[:-1]),
    st.text(max_size=60).map(str.encode),
)


def is_envelope(payload: bytes) -> bool:
    """Say whether it may be a command, and so may be done without an answer."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and isinstance(value.get("type"), str)


hostility = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@hostility
@given(st.lists(payloads, min_size=1, max_size=25))
@example([b"[" * 60_000])
@example([b'{"type":"send_message","data":' + b"[" * 20_000 + b"]" * 20_000 + b"}"])
@example([b'{"type":"send_message","data":{"content":' + b'{"a":' * 9_000])
@example([b'{"type":"ping","ref":' + b"9" * 60_000 + b"}"])
@example(
    [b'{"type":"ping","ref":1e999}', b'{"type":"ping","ref":-0}', b'{"type":"ping","ref":NaN}']
)
@example(
    [b'{"type":"ping","ref":"\\ud800"}', b'{"type":"\\udfff"}', b'\xef\xbb\xbf{"type":"ping"}']
)
@example([b'{"type":"ping","type":"leave","data":{"name":"a\\u0000"}}', b"", b" ", b"null", b"0"])
@example([b'{"type":"subscribe","ref":1,"data":{"since":{"room_1":1,"room_1":2}}}'])
@example([b'{"type":"history","data":{"conversation_id":"room_1","limit":' + b"9" * 5_000 + b"}}"])
def test_any_text_is_answered_and_the_socket_stays(scene: Scene, sent: list[bytes]) -> None:
    with scene.hostile() as eve:
        for payload in sent:
            eve.send(text(payload))
        answers = answers_until_end(eve)

    unreadable = sum(not is_envelope(payload) for payload in sent)
    errors = [answer for answer in answers if answer["type"] == "error"]
    assert len(answers) <= len(sent)
    assert len(errors) >= unreadable
    assert all(set(error["data"]) <= {"code", "message", "retry_after"} for error in errors)


plain = st.none() | st.booleans() | numbers | st.text(max_size=20)
refs = st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.text(max_size=10))


@hostility
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from([*COMMANDS, "dance"]),
                "data": st.dictionaries(st.sampled_from(FIELDS), known | plain, max_size=5),
            }
        ),
        min_size=1,
        max_size=30,
    ),
    st.lists(refs, min_size=30, max_size=30, unique_by=lambda ref: (type(ref), ref)),
)
def test_each_ref_gets_one_answer(
    scene: Scene, commands: list[dict[str, Any]], named: list[int | str]
) -> None:
    named = [ref for ref in named if ref != "the end"]
    asked = [{**command, "ref": ref} for command, ref in zip(commands, named, strict=False)]
    with scene.hostile() as eve:
        for command in asked:
            eve.send(text(json.dumps(command).encode()))
        answers: list[dict[str, Any]] = []
        while len(answers) < len(asked):
            opcode, payload = eve.receive()
            said = msgspec.json.decode(payload) if opcode == TEXT else {"type": "ping"}
            if said["type"] in {"ack", "error"}:
                answers.append(said)
        answers += answers_until_end(eve)

    assert Counter(map(repr, (answer["ref"] for answer in answers))) == Counter(
        repr(command["ref"]) for command in asked
    )


@hostility
@given(frames)
def test_any_frames_end_in_answers_or_a_lawful_close(scene: Scene, sent: list[Sent]) -> None:
    with scene.hostile() as eve:
        eve.send(b"".join(one.encode() for one in sent))
        eve.send(frame(CLOSE, (1000).to_bytes(2, "big")))
        while True:
            opcode, payload = eve.receive()
            if opcode == CLOSE:
                break
            if opcode == TEXT:
                said = msgspec.json.decode(payload)
                assert said["data"].get("code") != "internal", said

    assert int.from_bytes(payload[:2], "big") in CLOSE_CODES | lawful(sent)


def lawful(sent: list[Sent]) -> set[int]:
    """The codes that the client closed with itself, which are sent back; 0: it gave none."""
    return {0} | {int.from_bytes(s.payload[:2], "big") for s in sent if s.opcode == CLOSE}


DEEP = 20_000
# As one writes them by hand, since no library packs what is nested so deeply or broken.
UNPACKABLE = [
    b"",
    b"\xc1",
    b"\x91" * 60_000,
    b"\x81\xa1a" * DEEP + b"\xc0",
    b"\x82\xa4type\xacsend_message\xa4data" + b"\x91" * DEEP + b"\xc0",
    b"\x83\xa4type\xa4ping\xa4data\x80\xa4else" + b"\x81\xa1a" * DEEP + b"\xc0",
    b"\x82\xa4type\xa9subscribe\xa4data\x81\xa5since" + b"\x81\xa1a" * DEEP + b"\x01",
    b"\xdd\xff\xff\xff\xff",  # an array, a map, a text, bytes and an extension of 4 GB, they say
    b"\xdf\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff\x01",
    b"\x82\xa4type\xa9subscribe\xa4data\x81\xa5since\xdf\xff\xff\xff\xff\xa1a",
    b"\x81\xa4type\xa3\xff\xfe\xfd",
]
MISSHAPEN: list[Any] = [
    {"type": "ping", "ref": 2**64 - 1},
    {"type": "ping", "ref": math.nan},
    {"type": "history", "data": {"conversation_id": "room_1", "limit": 2**64 - 1}},
    {"type": "history", "data": {"conversation_id": "room_1", "before": math.inf}},
    {"type": "send_message", "data": {"conversation_id": "room_1", "content": b"bytes"}},
    {"type": "send_message", "data": {"conversation_id": "room_1", "content": "a\0b"}},
    {"type": "send_message", "data": {"conversation_id": "room_1\0", "content": "a"}},
    {"type": "send_message", "data": {"conversation_id": "room_1", "content": "x" * 60_000}},
    {"type": "subscribe", "data": {"since": {"room_1": 2**63}}},
    {"type": "subscribe", "data": {"since": {1: 1}}},
]


def test_bad_messagepack_is_answered_and_the_socket_stays(scene: Scene) -> None:
    with scene.hostile(extra=PACKED) as eve:
        for value in (*UNPACKABLE, *MISSHAPEN):
            eve.send(packed(value))
        answers = answers_until_end(eve, write=packed)

    codes = Counter((answer["type"], answer["data"].get("code")) for answer in answers)
    assert codes.pop(("error", "too_large")) == 1
    assert codes.pop(("error", "not_found"), 0) <= 1  # a room that there is not
    assert set(codes) == {("error", "invalid")}
    assert len(answers) == len(UNPACKABLE) + len(MISSHAPEN)


@pytest.mark.parametrize(
    ("opcode", "extra"), [(TEXT, ""), (BINARY, PACKED)], ids=["json", "messagepack"]
)
def test_a_message_past_the_bound_closes_with_1009(scene: Scene, opcode: int, extra: str) -> None:
    with scene.hostile(extra=extra) as eve:
        eve.send(frame(opcode, b'{"type":"ping","data":"' + b"x" * 65_536 + b'"}'))

        opcode, payload = eve.receive()
        while opcode != CLOSE:  # That somebody came online may have been on its way.
            opcode, payload = eve.receive()
        eve.expect_end()

    assert int.from_bytes(payload[:2], "big") == 1009


def test_a_body_that_would_inflate_is_not_inflated_and_refused(scene: Scene) -> None:
    bomb = gzip.compress(b'{"content":"' + b"x" * (32 << 20) + b'"}')
    memory = psutil.Process(scene.server.pid).memory_info
    before = memory().rss

    with scene.hostile():
        answers = [
            scene.http.post(
                f"/api/v2/conversations/{scene.room}/messages",
                content=bomb,
                headers={
                    **bearer(scene.eve),
                    "Content-Type": "application/json",
                    "Content-Encoding": "gzip",
                },
            )
            for _ in range(3)
        ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(400, "invalid")}
    assert memory().rss - before < 16 << 20


@hostility
@given(
    payloads | st.binary(max_size=200),
    st.sampled_from(["POST", "PATCH", "DELETE", "GET"]),
    st.sampled_from(["application/json", "text/plain", "application/json; charset=utf-16", ""]),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=20),
)
def test_any_body_gets_its_problem(
    scene: Scene, body: bytes, method: str, content_type: str, key: str
) -> None:
    path = f"/api/v2/conversations/{scene.room}/messages"
    if method in {"PATCH", "DELETE"}:
        path = "/api/v2/messages/1"
    headers = {
        **bearer(scene.eve),
        "Content-Type": content_type,
        "Idempotency-Key": key.strip(),
    }

    with scene.hostile():
        answer = scene.http.request(
            method,
            path,
            content=body,
            headers=[(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        )

    assert answer.status_code < 500 or answer.status_code == 501, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] != "internal"
