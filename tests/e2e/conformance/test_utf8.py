"""Text is UTF-8, and bad text is refused at once (as section 6 of the suites)."""

from __future__ import annotations

import pytest

from tests.e2e.conformance.raw_client import CONT, PING, PONG, TEXT, RawClient, frame

GREEK = "Hello-µ@ßöäüàá-UTF-8!! κόσμε 🚀"

VALID = [
    GREEK,
    "\x00",
    "\u007f\u0080\u07ff\u0800\uffff",
    "\U00010000\U0010ffff",
    "\ud7ff\ue000\ufffd\ufffe",
    "\U0001fffe\U0010fffe",  # noncharacters are characters enough
]
INVALID = {
    "lone continuation": b"\x80",
    "many continuations": b"\x80\xbf\x80\xbf\x80\xbf",
    "lone lead of two": b"\xc0 \xc1 ",
    "lone lead of three": b"\xe0 ",
    "lone lead of four": b"\xf0 ",
    "cut off two": b"\xdf",
    "cut off three": b"\xef\xbf",
    "cut off four": b"\xf7\xbf\xbf",
    "overlong slash in two": b"\xc0\xaf",
    "overlong slash in three": b"\xe0\x80\xaf",
    "overlong slash in four": b"\xf0\x80\x80\xaf",
    "overlong nul": b"\xc0\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "fe and ff": b"\xfe\xfe\xff\xff",
    "past the last": b"\xf4\x90\x80\x80",
    "high surrogate": b"\xed\xa0\x80",
    "low surrogate": b"\xed\xbf\xbf",
    "pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "spoilt in the middle": "κόσμε".encode() + b"\xed\xa0\x80edited",
}


@pytest.mark.parametrize("text", VALID)
def test_utf8_comes_back(socket: RawClient, text: str) -> None:
    payload = text.encode()

    socket.send(frame(TEXT, payload))

    assert socket.receive() == (TEXT, payload)


def test_utf8_in_fragments_of_one_byte_comes_back(socket: RawClient) -> None:
    payload = GREEK.encode()

    socket.send(frame(TEXT, fin=False))
    for byte in payload:
        socket.send(frame(CONT, bytes([byte]), fin=False))
    socket.send(frame(CONT))

    assert socket.receive() == (TEXT, payload)


def test_utf8_cut_in_two_anywhere_comes_back(socket: RawClient) -> None:
    payload = GREEK.encode()

    for cut in range(len(payload) + 1):
        socket.send(frame(TEXT, payload[:cut], fin=False) + frame(CONT, payload[cut:]))

        assert socket.receive() == (TEXT, payload)


@pytest.mark.parametrize("payload", INVALID.values(), ids=INVALID.keys())
def test_bad_text_is_refused(socket: RawClient, payload: bytes) -> None:
    socket.send(frame(TEXT, payload))

    code, _reason = socket.receive_close()
    assert code == 1007


@pytest.mark.parametrize("payload", INVALID.values(), ids=INVALID.keys())
def test_bad_text_in_fragments_of_one_byte_is_refused(socket: RawClient, payload: bytes) -> None:
    socket.send(frame(TEXT, fin=False))
    socket.send(b"".join(frame(CONT, bytes([byte]), fin=False) for byte in payload))
    socket.send(frame(CONT))

    code, _reason = socket.receive_close()
    assert code == 1007


def test_bad_text_is_refused_before_the_message_ends(socket: RawClient) -> None:
    socket.send(frame(TEXT, "κόσμε".encode(), fin=False) + frame(PING, b"so far"))
    assert socket.receive() == (PONG, b"so far")
    socket.send(frame(CONT, b"\xf4\x90", fin=False))

    code, _reason = socket.receive_close()
    assert code == 1007
