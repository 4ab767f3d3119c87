"""permessage-deflate: what is agreed on with whom, and what goes out compressed."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.gateway import deflate
from causerie.gateway.deflate import MIN_DEFLATED_BYTES, NARROW, WIDE, Deflation, agree
from causerie.gateway.framing import binary_frame, payload_of, text_frame

FORGETFUL = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def inflated(deflated: bytes, *, window_bits: int = 15) -> bytes:
    """Read a message as a client does that keeps no larger window than it asked for."""
    inflater = zlib.decompressobj(-window_bits)
    left, parts = deflated + deflate.TAIL, []
    while left:
        # Byte by byte, so that zlib looks back into its window and not into its output.
        parts.append(inflater.decompress(left, 1))
        left = inflater.unconsumed_tail
    while part := inflater.decompress(b"", 1):
        parts.append(part)
    return b"".join(parts)


# --- what is agreed on -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "offers", [None, "", " ", ",", "x-webkit-deflate-frame", "deflate, foo;a=1"]
)
def test_nothing_is_agreed_on_where_nothing_known_is_offered(offers: str | None) -> None:
    assert agree(offers) is None


@pytest.mark.parametrize(
    ("offer", "answer", "deflation"),
    [
        ("permessage-deflate", FORGETFUL, WIDE),
        ("permessage-deflate; server_no_context_takeover", FORGETFUL, WIDE),
        ("permessage-deflate; client_no_context_takeover", FORGETFUL, WIDE),
        ("permessage-deflate; client_max_window_bits", FORGETFUL, WIDE),
        (
            "permessage-deflate; client_max_window_bits=9",
            f"{FORGETFUL}; client_max_window_bits=9",
            WIDE,
        ),
        (
            "permessage-deflate; server_max_window_bits=15",
            f"{FORGETFUL}; server_max_window_bits=15",
            WIDE,
        ),
        (
            "permessage-deflate; server_max_window_bits=8",
            f"{FORGETFUL}; server_max_window_bits=8",
            NARROW,
        ),
        (
            'permessage-deflate;client_max_window_bits = "1\\2" ;server_max_window_bits="1\\0"',
            f"{FORGETFUL}; server_max_window_bits=10; client_max_window_bits=12",
            NARROW,
        ),
        ('x-other; p="a,b\\"", \t permessage-deflate', FORGETFUL, WIDE),
    ],
)
def test_an_offer_is_answered_with_what_holds_from_then_on(
    offer: str, answer: str, deflation: Deflation
) -> None:
    agreement = agree(offer)

    assert agreement is not None
    assert agreement.answer == answer
    assert agreement.deflation is deflation


@pytest.mark.parametrize("bits", range(8, 16))
def test_every_window_is_met(bits: int) -> None:
    agreement = agree(f"permessage-deflate; server_max_window_bits={bits}")

    assert agreement is not None
    assert agreement.answer.endswith(f"; server_max_window_bits={bits}")


@pytest.mark.parametrize(
    "declined",
    [
        "permessage-deflate; unknown",
        "permessage-deflate; server_no_context_takeover=1",
        'permessage-deflate; client_no_context_takeover=""',
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=08",
        "permessage-deflate; server_max_window_bits=+9",
        "permessage-deflate; server_max_window_bits=1000000000000",
        'permessage-deflate; server_max_window_bits=""',
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=x",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=10; client_max_window_bits=10",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=11",
        "permessage-deflate;",
        "permessage-deflate; =1",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate server_no_context_takeover",
        'permessage-deflate; server_max_window_bits="10',
        "Permessage-Deflate",
    ],
)
def test_an_unlawful_offer_is_declined_and_the_next_one_looked_at(declined: str) -> None:
    fallback = agree(f"{declined}, permessage-deflate; server_max_window_bits=11")

    assert agree(declined) is None
    if '="10' not in declined:  # An open quotation has no next one.
        assert fallback is not None
        assert fallback.answer.endswith("=11")


def test_the_first_offer_that_can_be_met_is_taken() -> None:
    agreement = agree("permessage-deflate; server_max_window_bits=12, permessage-deflate")

    assert agreement is not None
    assert agreement.answer.endswith("=12")


@pytest.mark.parametrize(
    "hostile", ['"\\' * 7000, "permessage-deflate; a" + " " * 15000, ";=" * 8000]
)
def test_a_header_of_any_length_is_soon_read(hostile: str) -> None:
    assert agree(hostile) is None


@given(st.text(st.characters(codec="latin-1"), max_size=100))
def test_any_header_is_read(header: str) -> None:
    for offers in (header, f"permessage-deflate; {header}"):
        agreement = agree(offers)
        assert agreement is None or agreement.answer.startswith("permessage-deflate")


# --- what goes out ---------------------------------------------------------------------------------


@given(st.binary(max_size=3000), st.integers(1, 40))
def test_what_is_compressed_reads_as_what_was_said(part: bytes, times: int) -> None:
    message = part * times

    assert inflated(WIDE.deflate(message)) == message
    assert inflated(NARROW.deflate(message), window_bits=9) == message


@pytest.mark.parametrize("size", [1, 200, 251, 256, 257, 300, 500, 512, 600, 5000])
def test_the_narrow_window_is_that_of_256_bytes(size: int) -> None:
    block = random.Random(size).randbytes(size)
    message = block * (20_000 // size)

    assert inflated(NARROW.deflate(message), window_bits=8) == message


def test_the_wide_window_is_used_where_it_was_agreed_on() -> None:
    message = random.Random(1).randbytes(20_000) * 2

    assert len(WIDE.deflate(message)) < 21_000


@pytest.mark.parametrize("frame", [text_frame, binary_frame])
@pytest.mark.parametrize("size", [MIN_DEFLATED_BYTES, 5_000, 65_535, 65_536, 400_000])
def test_a_long_frame_is_made_over(frame: type[bytes], size: int) -> None:
    plain = frame(b"x" * size)

    deflated = WIDE(plain)

    assert deflated[0] == plain[0] | 0x40
    assert len(deflated) < len(plain)
    assert inflated(payload_of(deflated)) == b"x" * size


def test_a_short_frame_stays_as_it_is() -> None:
    short = text_frame(b"x" * (MIN_DEFLATED_BYTES - 10))

    assert WIDE(short) is short
    assert WIDE(b"") == b""


def test_what_cannot_be_compressed_stays_as_it_is() -> None:
    noise = binary_frame(random.Random(2).randbytes(70_000))

    assert WIDE(noise) is noise
