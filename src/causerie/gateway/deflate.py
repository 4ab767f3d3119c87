"""permessage-deflate (RFC 7692): what is agreed on, and what goes out compressed.

Every message is compressed by itself, without what was said before (``no_context_takeover``, both
ways). So a broadcast is compressed once and its bytes are the same for all; an idle connection
keeps neither a compressor (256 KB) nor an inflater (40 KB); and no text of one user's choosing is
ever compressed together with a secret of another message.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from causerie.foundation.realtime import Encoder, Variant
from causerie.gateway.framing import deflated_frame, payload_of

NAME = "permessage-deflate"

# Whatever is shorter fits one TCP segment either way, and most of what is said is shorter: it costs
# nothing on a compressing connection. (Of 1 KB a third is left; compressing takes 12 µs.)
MIN_DEFLATED_BYTES = 1024
LEVEL = 1  # Of 20 KB of JSON 2.7 % are left in 23 µs; with zlib's own level 6 2.1 % in 90 µs.
TAIL = b"\x00\x00\xff\xff"  # What the sender leaves out and the receiver puts back (§7.2.1).

MAX_OFFERS_CHARS = 1024  # Five times what browsers and libraries offer; more is not looked at.

WIDEST_BITS: Final = 15
# zlib has no raw deflate with a window of 256 bytes. It needs none: within one of 512 it looks back
# 250 bytes at most (the window less MIN_LOOKAHEAD), so this serves whoever asked for 8 as well.
NARROWEST_BITS: Final = 9

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110 §5.6.2
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_OFFERS = re.compile(rf"(?:[^,\"]|{_QUOTED})+")  # The header, at its commas (RFC 6455 §9.1).
_OFFER = re.compile(
    rf"\s*({_WORD})((?:\s*;\s*{_WORD}(?:\s*=\s*(?:{_WORD}|{_QUOTED}))?)*)\s*", re.DOTALL
)
_PARAMETER = re.compile(rf";\s*({_WORD})(?:\s*=\s*({_WORD}|{_QUOTED}))?", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)")
_WINDOW_BITS = re.compile(r"[89]|1[0-5]")  # §7.1.2.1: decimal, without leading zeros


class Deflation:
    """Makes frames over; there are two of them, so that a broadcast is compressed twice at most."""

    __slots__ = ("_window_bits", "suffix")

    def __init__(self, suffix: str, window_bits: int) -> None:
        self.suffix = suffix  # to the dialect's name: the two are what the hub's encodings are by
        self._window_bits = window_bits

    def __call__(self, framed: bytes) -> bytes:
        """The same data frame compressed; or as it is, where that is not worth it or not shorter."""
        if len(framed) < MIN_DEFLATED_BYTES:
            return framed
        deflated = deflated_frame(framed[0], self.deflate(payload_of(framed)))
        return deflated if len(deflated) < len(framed) else framed

    def deflate(self, payload: bytes) -> bytes:
        """Compress one message (RFC 7692 §7.2.1)."""
        compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -self._window_bits)
        deflated = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return deflated[: -len(TAIL)]


WIDE: Final = Deflation("+deflate", WIDEST_BITS)
NARROW: Final = Deflation("+deflate9", NARROWEST_BITS)  # for who asked for any smaller window


class Agreement(msgspec.Struct, frozen=True):
    """What both sides do from here on. ``answer`` is the value of our header."""

    answer: str
    deflation: Deflation


def with_deflated(encoders: Mapping[str, Encoder | Variant]) -> dict[str, Encoder | Variant]:
    """Add to each dialect what its compressing connections are sent."""
    return {
        **encoders,
        **{
            name + deflation.suffix: Variant(name, deflation)
            for name in encoders
            for deflation in (WIDE, NARROW)
        },
    }


def agree(offers: str | None) -> Agreement | None:
    """Take the first offer in ``Sec-WebSocket-Extensions`` that can be met (RFC 7692 §5.1, §7.1).

    One that is not understood, or not well-formed, is declined and the next one looked at: without
    any the connection does without compression, which harms nobody (RFC 6455 §9.1 would have it
    failed for a header that is not well-formed).
    """
    if offers is None or len(offers) > MAX_OFFERS_CHARS:
        return None
    for offer in _OFFERS.findall(offers):
        parameters = _read_offer(offer)
        if parameters is not None:
            return _agreement(parameters)
    return None


def _read_offer(offer: str) -> dict[str, str | None] | None:
    found = _OFFER.fullmatch(offer)
    if found is None or found[1] != NAME:
        return None
    parameters: dict[str, str | None] = {}
    for name, value in _parameters(found[2]):
        is_lawful = _IS_LAWFUL.get(name)
        # Declined as §7.1 has it: unknown, said twice, or with a value that it may not have.
        if is_lawful is None or name in parameters or not is_lawful(value):
            return None
        parameters[name] = value
    return parameters


def _parameters(written: str) -> Iterator[tuple[str, str | None]]:
    for name, value in _PARAMETER.findall(written):
        unquoted = _ESCAPED.sub(r"\1", value[1:-1]) if value[:1] == '"' else value
        yield name, unquoted or (None if not value else "")


def _is_absent(value: str | None) -> bool:
    return value is None


def _is_bits(value: str | None) -> bool:
    return value is not None and _WINDOW_BITS.fullmatch(value) is not None


_IS_LAWFUL: Final[Mapping[str, Callable[[str | None], bool]]] = {
    "server_no_context_takeover": _is_absent,
    "client_no_context_takeover": _is_absent,
    "server_max_window_bits": _is_bits,
    "client_max_window_bits": lambda value: value is None or _is_bits(value),
}


def _agreement(parameters: Mapping[str, str | None]) -> Agreement:
    # Both may be said without having been asked for (§7.1.1.1, §7.1.1.2).
    answer = [NAME, "server_no_context_takeover", "client_no_context_takeover"]
    for name in ("server_max_window_bits", "client_max_window_bits"):
        bits = parameters.get(name)
        if bits is not None:
            answer.append(f"{name}={bits}")
    server_bits = int(parameters.get("server_max_window_bits") or WIDEST_BITS)
    deflation = WIDE if server_bits == WIDEST_BITS else NARROW
    return Agreement("; ".join(answer), deflation)
