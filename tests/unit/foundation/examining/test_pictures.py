"""Thumbnails: upright, small, and without anything that the picture carried."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from causerie.foundation.examining.pictures import TooManyPixels, look_at


def written(picture: Image.Image, kind: str, **options: object) -> io.BytesIO:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content


def test_a_thumbnail_is_turned_as_its_camera_was_and_tells_nothing() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "at home"
    photo = written(Image.new("RGB", (1200, 600), "red"), "JPEG", exif=exif, comment=b"at home")

    width, height, thumbnail = look_at(photo)

    small = Image.open(io.BytesIO(thumbnail))
    assert (width, height) == (600, 1200)
    assert small.size == (240, 480)
    assert small.format == "WEBP"
    assert b"home" not in thumbnail
    assert not small.getexif()


def test_what_can_be_seen_through_stays_so() -> None:
    *_, thumbnail = look_at(written(Image.new("RGBA", (10, 10), (0, 0, 0, 0)), "PNG"))

    assert Image.open(io.BytesIO(thumbnail)).convert("RGBA").getpixel((5, 5)) == (0, 0, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG", "JPEG"])
def test_what_browsers_show_gets_a_thumbnail(kind: str) -> None:
    width, height, thumbnail = look_at(written(Image.new("RGB", (30, 20), "blue"), kind))

    assert (width, height) == (30, 20)
    assert thumbnail


def test_a_picture_that_claims_too_many_pixels_is_not_decoded() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 0) + b"IDAT" + b"\0" * 4

    with pytest.raises((TooManyPixels, Image.DecompressionBombError, Warning, OSError)):
        look_at(io.BytesIO(bomb))
