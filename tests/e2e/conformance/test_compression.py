"""permessage-deflate against a real server (RFC 7692; as sections 12 and 13 of the suites)."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence

import pytest

from tests.e2e.conformance.raw_client import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    RawClient,
    close_payload,
    deflated,
    frame,
)
from tests.e2e.conformance.server_process import MAX_MESSAGE_BYTES, ServerProcess, running_server

RSV1 = 4  # Of the three reserved bits, the first.
SIZES = [0, 16, 64, 256, 1023, 1024, 4096, 8192, 65_535, 65_536, MAX_MESSAGE_BYTES]
WORDS = json.dumps([{"n": n, "text": f"message {n}, été"} for n in range(9000)]).encode()


def compressing(client: RawClient, offer: str = "permessage-deflate") -> bytes:
    """Upgrade with an offer; returns the answered parameters."""
    head = client.upgrade(extra=f"Sec-WebSocket-Extensions: {offer}\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    lines = [line for line in head.split(b"\r\n") if line.startswith(b"sec-websocket-extensions: ")]
    client.is_compressing = True
    assert len(lines) == 1, head
    return lines[0].partition(b": ")[2]


@pytest.fixture
def socket(echo_server: ServerProcess, bystander: RawClient) -> Iterator[RawClient]:
    """A fresh socket that compresses, beside the bystander's."""
    with RawClient(echo_server.address) as client:
        compressing(client)
        yield client


def kinds(size: int) -> Sequence[tuple[int, bytes]]:
    noise = random.Random(size).randbytes(size)
    return (
        (TEXT, WORDS[:size].decode(errors="ignore").encode()),
        (TEXT, b"*" * size),
        (BINARY, noise),
    )


@pytest.mark.parametrize("size", SIZES)
def test_a_compressed_message_of_any_size_comes_back(socket: RawClient, size: int) -> None:
    for opcode, message in kinds(size):
        socket.send(frame(opcode, deflated(message), rsv=RSV1))

        assert socket.receive() == (opcode, message)


@pytest.mark.parametrize(
    ("size", "fragment"), [(300, 1), (3000, 50), (65_536, 1024), (MAX_MESSAGE_BYTES, 30_000)]
)
def test_a_compressed_message_in_fragments_comes_back(
    socket: RawClient, size: int, fragment: int
) -> None:
    for opcode, message in kinds(size):
        sent = deflated(message)
        parts = [sent[start : start + fragment] for start in range(0, len(sent), fragment)]
        for number, part in enumerate(parts):
            socket.send(
                frame(
                    opcode if number == 0 else CONT,
                    part,
                    rsv=RSV1 if number == 0 else 0,
                    fin=number == len(parts) - 1,
                )
                + frame(PING, b"between")
            )
        received = [socket.receive() for _ in range(len(parts) + 1)]

        assert [said for said in received if said[0] != PONG] == [(opcode, message)]
        assert received.count((PONG, b"between")) == len(parts)


@pytest.mark.parametrize("chop", [1, 7])
def test_compressed_frames_chopped_into_many_writes_come_back(socket: RawClient, chop: int) -> None:
    socket.send_chopped(frame(TEXT, deflated(WORDS[:2000]), rsv=RSV1) * 2, chop)

    assert [socket.receive(), socket.receive()] == [(TEXT, WORDS[:2000])] * 2


@pytest.mark.parametrize("server_bits", ["", "8", "9", "12", "15"])
def test_every_combination_of_parameters_is_agreed_on_and_kept(
    echo_server: ServerProcess, server_bits: str
) -> None:
    asked = [f"server_max_window_bits={server_bits}"] if server_bits else []
    for server, client, bits in itertools.product(
        ([], ["server_no_context_takeover"]),
        ([], ["client_no_context_takeover"]),
        ([], ["client_max_window_bits"], *([f"client_max_window_bits={n}"] for n in range(9, 16))),
    ):
        with RawClient(echo_server.address) as peer:
            offer = ["permessage-deflate", *server, *client, *bits, *asked]

            answer = compressing(peer, "; ".join(offer)).decode().split("; ")

            kept = bits if "=" in "".join(bits) else []  # Without a number we need none.
            assert sorted(answer) == sorted(
                {
                    "permessage-deflate",
                    "server_no_context_takeover",
                    "client_no_context_takeover",
                    *asked,
                    *kept,
                }
            )
            window = int(kept[0].partition("=")[2]) if kept else 15
            for message in (WORDS[:50_000], WORDS[:50]):
                peer.send(frame(BINARY, deflated(message, window_bits=window), rsv=RSV1))
                assert peer.receive() == (BINARY, message)


@pytest.mark.parametrize(
    "offers",
    [
        "permessage-deflate; server_max_window_bits=16, permessage-deflate; client_max_window_bits",
        "mux; a=4, permessage-deflate; server_max_window_bits, permessage-deflate",
        "permessage-deflate\r\nSec-WebSocket-Extensions: x-other",
    ],
)
def test_the_first_offer_that_can_be_met_is_agreed_on(
    echo_server: ServerProcess, offers: str
) -> None:
    with RawClient(echo_server.address) as peer:
        answer = compressing(peer, offers)

    assert answer == b"permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def test_an_offer_that_cannot_be_met_leaves_a_plain_socket(echo_server: ServerProcess) -> None:
    with RawClient(echo_server.address) as peer:
        head = peer.upgrade(
            extra="Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n"
        )
        peer.send(frame(TEXT, WORDS[:5000]) + frame(TEXT, deflated(b"no"), rsv=RSV1))

        assert b"extensions" not in head.lower()
        assert peer.receive() == (TEXT, WORDS[:5000])
        assert peer.receive_close()[0] == 1002


def test_what_is_long_is_answered_compressed_and_what_is_short_is_not(socket: RawClient) -> None:
    socket.is_compressing = False
    socket.send(frame(TEXT, b"x" * 500) + frame(TEXT, b"x" * 1024))

    assert socket.receive() == (TEXT, b"x" * 500)
    assert socket.read_exactly(2)[0] == 0x80 | RSV1 << 4 | TEXT


def test_plain_messages_between_compressed_ones_are_taken(socket: RawClient) -> None:
    socket.send(
        frame(TEXT, b"plain", fin=False)
        + frame(CONT, b" parts")
        + frame(TEXT, deflated(b"compressed"), rsv=RSV1)
        + frame(BINARY, b"plain")
    )

    assert socket.receive() == (TEXT, b"plain parts")
    assert socket.receive() == (TEXT, b"compressed")
    assert socket.receive() == (BINARY, b"plain")


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x02\x00", b"\x03\x00"])
def test_an_empty_message_comes_back(socket: RawClient, payload: bytes) -> None:
    socket.send(frame(TEXT, payload, rsv=RSV1) + frame(BINARY, b"", rsv=RSV1, fin=False))
    socket.send(frame(CONT, payload))

    assert [socket.receive(), socket.receive()] == [(TEXT, b""), (BINARY, b"")]


@pytest.mark.parametrize(
    "bad",
    [
        frame(PING, b"", rsv=RSV1),
        frame(PONG, b"", rsv=RSV1),
        frame(CLOSE, close_payload(1000), rsv=RSV1),
        frame(CONT, deflated(b"x"), rsv=RSV1),
        frame(TEXT, deflated(b"x"), rsv=RSV1, fin=False) + frame(CONT, b"", rsv=RSV1),
        frame(TEXT, b"plain", fin=False) + frame(CONT, deflated(b"x"), rsv=RSV1),
        frame(TEXT, b"plain", fin=False) + frame(TEXT, deflated(b"x"), rsv=RSV1),
        frame(TEXT, deflated(b"x"), rsv=RSV1, fin=False) + frame(TEXT, b"plain"),
        frame(TEXT, deflated(b"x"), rsv=RSV1, fin=False) + frame(TEXT, b"\xff", rsv=RSV1),
        *(frame(TEXT, deflated(b"x"), rsv=rsv) for rsv in (1, 2, 3, 5, 6, 7)),
        *(frame(opcode, deflated(b"x"), rsv=RSV1) for opcode in (3, 7, 11, 15)),
    ],
)
def test_the_bit_in_any_other_place_is_a_violation(socket: RawClient, bad: bytes) -> None:
    socket.send(bad)

    assert socket.receive_close()[0] == 1002


@pytest.mark.parametrize(
    "bad",
    [
        frame(TEXT, b"\xff\xff\xff\xff", rsv=RSV1),
        frame(TEXT, deflated(b"cut off " * 9)[:-3], rsv=RSV1),
        frame(TEXT, deflated(b"caf\xff"), rsv=RSV1),
        frame(TEXT, b"\xff\xff", rsv=RSV1, fin=False),
        frame(BINARY, deflated(b"x" * 99), rsv=RSV1, fin=False) + frame(CONT, b"\xff\xff"),
    ],
)
def test_what_is_not_compressed_text_is_refused(socket: RawClient, bad: bytes) -> None:
    socket.send(bad)

    assert socket.receive_close()[0] == 1007


@pytest.mark.parametrize("size", [MAX_MESSAGE_BYTES + 1, 40 << 20])
@pytest.mark.parametrize("is_in_fragments", [False, True])
def test_what_inflates_past_the_bound_is_too_large(
    echo_server: ServerProcess, socket: RawClient, size: int, *, is_in_fragments: bool
) -> None:
    bomb = deflated(b"\0" * size)
    echo_server.forget_peak()
    before = echo_server.peak_bytes()

    if is_in_fragments:
        socket.send(frame(BINARY, bomb[:90], rsv=RSV1, fin=False) + frame(CONT, bomb[90:]))
    else:
        socket.send(frame(BINARY, bomb, rsv=RSV1))

    assert socket.receive_close()[0] == 1009
    assert echo_server.peak_bytes() - before < 5 << 20


def test_what_is_too_large_uncompressed_is_too_large_here_too(socket: RawClient) -> None:
    socket.send(frame(TEXT, b"*" * (MAX_MESSAGE_BYTES + 1)))

    assert socket.receive_close()[0] == 1009


def test_noise_at_the_bound_is_taken_though_it_grows(socket: RawClient) -> None:
    noise = random.Random(4).randbytes(MAX_MESSAGE_BYTES)
    sent = deflated(noise, level=1)

    socket.send(frame(BINARY, sent, rsv=RSV1))

    assert len(sent) > MAX_MESSAGE_BYTES
    assert socket.receive() == (BINARY, noise)


def test_many_idle_sockets_that_compress_stay_small(echo_server: ServerProcess) -> None:
    crowd = [RawClient(echo_server.address) for _ in range(200)]
    for client in crowd[:50]:  # What is made once is made before we look.
        compressing(client)
        client.send(frame(TEXT, deflated(WORDS[:4000]), rsv=RSV1))
        client.receive()
    before = echo_server.resident_bytes()

    for client in crowd[50:]:
        compressing(client)
        client.send(frame(TEXT, deflated(WORDS[:4000]), rsv=RSV1))
        client.receive()
    grown = echo_server.resident_bytes() - before

    for client in crowd:
        client.sock.close()
    assert grown / 150 < 8 << 10


def test_compression_can_be_switched_off() -> None:
    with running_server(compression=False) as server, RawClient(server.address) as client:
        head = client.upgrade(extra="Sec-WebSocket-Extensions: permessage-deflate\r\n")
        client.send(frame(TEXT, deflated(b"x"), rsv=RSV1))

        assert b"extensions" not in head.lower()
        assert client.receive_close()[0] == 1002
