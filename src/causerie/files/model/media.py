"""What kind of content a file is, by its own first bytes: what a client claims is never asked."""

from __future__ import annotations

from typing import NewType

MediaType = NewType("MediaType", str)

HEAD_BYTES = 4096  # Enough for every signature below, and to tell text from the rest.
UNKNOWN = MediaType("application/octet-stream")
TEXT = MediaType("text/plain; charset=utf-8")
THUMBNAIL = MediaType("image/webp")

# (where, the bytes there, what it is). The longer and the rarer come first.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\0\0\1\0", "image/vnd.microsoft.icon"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "application/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"MThd", "audio/midi"),
    (0, b"FLV\1", "video/x-flv"),
    (0, b"PK\3\4", "application/zip"),
    (0, b"PK\5\6", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\7", "application/vnd.rar"),
    (0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (0, b"LZIP", "application/x-lzip"),
    (0, b"\x04\x22\x4d\x18", "application/x-lz4"),
    (0, b"!<arch>\n", "application/x-archive"),
    (0, b"xar!", "application/x-xar"),
    (0, b"\x1f\x9d", "application/x-compress"),
    (0, b"]\0\0", "application/x-lzma"),
    (0, b"\x60\xea", "application/x-arj"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (257, b"ustar", "application/x-tar"),
    (2, b"-lh", "application/x-lzh"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# ISO/IEC 14496-12 §4.3, by the major brand.
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
}

# What a browser may show in the page. Nothing that can carry a script: no SVG, HTML, XML or PDF.
SHOWN_IN_PLACE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "audio/mpeg",
        "audio/mp4",
        "audio/flac",
        "audio/wav",
        "audio/ogg",
        "video/mp4",
        "video/webm",
        "video/ogg",
        TEXT,
    }
)
# What a thumbnail is made of.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})


def sniff(head: bytes, *, is_all: bool) -> MediaType:
    """Tell the kind from the first ``HEAD_BYTES`` of a file; ``is_all``: there is no more of it."""
    container = _container(head)
    if container is not None:
        return MediaType(container)
    for place, signature, kind in _SIGNATURES:
        if head.startswith(signature, place):
            return MediaType(kind)
    if _is_mpeg_audio(head):
        return MediaType("audio/mpeg")
    return TEXT if _is_text(head, is_all=is_all) else UNKNOWN


def _container(head: bytes) -> str | None:
    """What only the inside of a common box tells."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] == b"\x1a\x45\xdf\xa3":  # RFC 8794: EBML
        return "video/webm" if b"webm" in head[:64] else "video/matroska"
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head[:128] else "audio/ogg"
    return None


def _is_mpeg_audio(head: bytes) -> bool:
    """ISO/IEC 11172-3 §2.4.1.3: a frame's header whose fields are none of the forbidden ones."""
    return (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] & 0x18 != 0x08
        and head[1] & 0x06 == 0x02
        and head[2] & 0xF0 not in {0x00, 0xF0}
        and head[2] & 0x0C != 0x0C
    )


def _is_text(head: bytes, *, is_all: bool) -> bool:
    """Say whether this is UTF-8 without control characters, apart from those of plain text."""
    if not head:
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end in the middle of a character.
        if is_all or len(head) - error.start > 3 or error.reason != "unexpected end of data":
            return False
        text = head[: error.start].decode("utf-8")
    return not any((c < " " and c not in "\t\n\r\f") or c == "\x7f" for c in text)
