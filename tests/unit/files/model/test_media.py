"""What a file is, by its own bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.files.model.media import PICTURES, SHOWN_IN_PLACE, TEXT, UNKNOWN, sniff


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"OggS\0\2vorbis", "audio/ogg"),
        (b"\xff\xfb\x90\x64....", "audio/mpeg"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\3\4....", "application/zip"),
        (bytes(257) + b"ustar\0", "application/x-tar"),
        (b"plain words, and \xc3\xa9t\xc3\xa9", TEXT),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", TEXT),
        (b"<html><script>alert(1)</script>", TEXT),
        (b"\x7fELF....", "application/x-executable"),
        (b"caf\xe9 in Latin-1", UNKNOWN),
        (b"words\0and nothing", UNKNOWN),
        (b"\x1b[2Jcleared", UNKNOWN),
        (b"RIFF\x10\0\0\0ACON", UNKNOWN),
        (b"\xff\xff\xff\xff", UNKNOWN),
    ],
)
def test_the_kind_is_told_by_the_content(head: bytes, kind: str) -> None:
    assert sniff(head, is_all=True) == kind


def test_text_may_be_cut_in_the_middle_of_a_character() -> None:
    cut = "é".encode() * 4 + b"\xc3"

    assert sniff(cut, is_all=False) == TEXT
    assert sniff(cut, is_all=True) == UNKNOWN


@given(st.binary(max_size=64), st.booleans())
def test_any_content_has_a_kind(head: bytes, is_all: bool) -> None:
    assert "/" in sniff(head, is_all=is_all)


def test_nothing_that_can_carry_a_script_is_shown_in_place() -> None:
    kinds = {"image/svg+xml", "text/html", "application/pdf", "application/xml", "text/xml"}

    assert not SHOWN_IN_PLACE & kinds
    assert PICTURES <= SHOWN_IN_PLACE
