"""Whatever frames a client makes up, in whatever pieces: the answers are those of RFC 6455."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.conformance.raw_client import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    Frame,
    RawClient,
    close_payload,
    frame,
)
from tests.e2e.conformance.server_process import ServerProcess

pytestmark = pytest.mark.long


class Sent(NamedTuple):
    opcode: int
    payload: bytes
    fin: bool
    rsv: int
    is_masked: bool

    def encode(self) -> bytes:
        mask = b"\x01\x80\xfe\x37" if self.is_masked else None
        return frame(self.opcode, self.payload, fin=self.fin, rsv=self.rsv, mask=mask)


def mostly(usual: object, others: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.just(usual), st.just(usual), st.just(usual), others)


opcodes = st.sampled_from([CONT, TEXT, BINARY, PING, PONG] * 3 + [CLOSE, *range(16)])
payloads = st.one_of(
    st.binary(max_size=130),
    st.text(max_size=60).map(str.encode),
    st.text(max_size=60).map(lambda text: text.encode()[:-1]),
    st.builds(close_payload, st.integers(0, 65535), st.binary(max_size=5)),
    st.sampled_from([1000, 1001, 4000]).map(close_payload),
)
frames = st.lists(
    st.builds(
        Sent,
        opcodes,
        payloads,
        st.booleans(),
        mostly(0, st.integers(0, 7)),
        mostly(True, st.booleans()),
    ),
    max_size=12,
)


def is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def can_become_text(payload: bytes) -> bool:
    """Say whether some continuation makes UTF-8 of it: tried with all that can be missing."""
    tails = [b"", *(b"\x80" * n for n in (1, 2, 3)), *(b"\xbf" * n for n in (1, 2, 3))]
    tails += [b"\x90\x80\x80", b"\xa0\x80", b"\x9f\x80", b"\x8f\x80\x80"]
    return any(is_text(payload + tail) for tail in tails)


class Model:
    """A second, slow and plain reading of RFC 6455 §5 to §7: what the echo must answer."""

    def __init__(self) -> None:
        self.answers: list[Frame] = []
        self.begun: tuple[int, bytes] | None = None
        self.is_wrong_twice = False  # a close that is wrong itself, with a reason that is no text

    def read(self, sent: Sent) -> int | None:
        """Take a frame; returns the code of the close that it leads to, 0 for an empty one."""
        is_control = sent.opcode >= CLOSE
        self.is_wrong_twice = sent.opcode == CLOSE and not is_text(sent.payload[2:])
        if not sent.is_masked or sent.rsv or sent.opcode not in {0, 1, 2, 8, 9, 10}:
            return 1002
        if is_control and (not sent.fin or len(sent.payload) > 125):
            return 1002
        if sent.opcode == CLOSE:
            return self.read_close(sent.payload)
        if sent.opcode == PING:
            self.answers.append((PONG, sent.payload))
        return None if is_control else self.read_data(sent)

    def read_close(self, payload: bytes) -> int:
        code = int.from_bytes(payload[:2], "big")
        if len(payload) == 0:
            return 0
        lawful = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
        if len(payload) == 1 or code not in lawful:
            return 1002
        return 1007 if self.is_wrong_twice else code

    def read_data(self, sent: Sent) -> int | None:
        if (sent.opcode == CONT) != (self.begun is not None):
            return 1002
        opcode, before = self.begun or (sent.opcode, b"")
        whole = before + sent.payload
        if opcode == TEXT and not (is_text(whole) if sent.fin else can_become_text(whole)):
            return 1007
        self.begun = None if sent.fin else (opcode, whole)
        if sent.fin:
            self.answers.append((opcode, whole))
        return None


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(frames, st.sampled_from([1, 13, 4000]))
def test_any_frames_are_answered_as_the_rfc_says(
    echo_server: ServerProcess, bystander: RawClient, sent: list[Sent], chop: int
) -> None:
    model = Model()
    code = None
    for one in [*sent, Sent(CLOSE, close_payload(1000), fin=True, rsv=0, is_masked=True)]:
        code = model.read(one)
        if code is not None:
            break
    lawful_ends = [code, 1007] if model.is_wrong_twice else [code]

    with RawClient(echo_server.address) as client:
        client.upgrade()
        client.send_chopped(
            b"".join(one.encode() for one in sent) + frame(CLOSE, close_payload(1000)), chop
        )
        answers = [client.receive() for _ in range(len(model.answers) + 1)]
        client.expect_end()

    assert answers[:-1] == model.answers
    opcode, payload = answers[-1]
    assert opcode == CLOSE
    assert payload[:2] in [close_payload(end) if end else b"" for end in lawful_ends]


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.binary(min_size=1, max_size=2000), st.booleans())
def test_any_bytes_harm_nobody(
    echo_server: ServerProcess, bystander: RawClient, garbage: bytes, upgraded: bool
) -> None:
    with RawClient(echo_server.address) as client:
        if upgraded:
            client.upgrade()
        client.send(garbage)

    bystander.send(frame(PING, b"?"))
    assert bystander.receive() == (PONG, b"?")
