"""Pictures: their size as they are shown, and a small one without anything that they carry."""

from __future__ import annotations

import io
import warnings
from typing import IO

from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000  # What a good camera makes; 200 MB in memory.
THUMBNAIL_PIXELS = 480  # The longer side: 240 on a screen that counts double.
QUALITY = 80
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")


class TooManyPixels(Exception):  # noqa: N818 - named after the fact
    """A picture that would take more memory than it is worth."""


def look_at(file: IO[bytes]) -> tuple[int, int, bytes]:
    """Give width, height and a thumbnail (WebP). Raises whatever the decoder does."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(file, formats=FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise TooManyPixels
        # The decoder of JPEG gives an eighth of the size for an eighth of the work.
        size = _shown_size(opened)
        opened.draft("RGB", (THUMBNAIL_PIXELS * 2, THUMBNAIL_PIXELS * 2))
        upright = ImageOps.exif_transpose(opened)
        has_alpha = upright.has_transparency_data
        small = upright.convert("RGBA" if has_alpha else "RGB")
    small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS), Image.Resampling.LANCZOS)
    # The pixels alone go on: no EXIF, no place where it was taken, no profile, no comment.
    bare = Image.frombytes(small.mode, small.size, small.tobytes())
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=QUALITY)
    return *size, written.getvalue()


def _shown_size(picture: Image.Image) -> tuple[int, int]:
    """The size after its EXIF orientation (TIFF 6.0, tag 274): 5 to 8 lie on their side."""
    is_turned = picture.getexif().get(0x0112) in {5, 6, 7, 8}
    return (picture.height, picture.width) if is_turned else (picture.width, picture.height)
