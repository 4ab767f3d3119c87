"""Links that prove themselves: for what a browser loads without our headers (``<img src>``)."""

from __future__ import annotations

import base64
import re
from typing import Protocol

import msgspec

from causerie.files.model.files import FileId, Variant
from causerie.foundation.identity import MAX_ID, UserId

LIFE_SECONDS = (
    300  # Long enough to load a page of pictures; membership is asked again all the same.
)
PURPOSE = "file link"
MAX_TOKEN_CHARACTERS = 160

_TOKEN = re.compile(r"([1-9][0-9]{0,18})-([1-9][0-9]{0,18})-(content|thumbnail)-([0-9]{1,12})")


class Signer(Protocol):
    """Signs what only this server may have written."""

    def sign(self, content: bytes, *, purpose: str) -> bytes:
        """Give the signature."""
        ...

    def is_signed(self, content: bytes, signature: bytes, *, purpose: str) -> bool:
        """Say whether the signature is ours, for this purpose and content."""
        ...


class Link(msgspec.Struct, frozen=True, gc=False):
    """Who may read what, until when (Unix time, seconds)."""

    file_id: FileId
    user_id: UserId
    variant: Variant
    expires: int


def expiry_after(now_seconds: float) -> int:
    """When a link made now ends: by whole lives, so that a browser's cache knows it again."""
    return (int(now_seconds) // LIFE_SECONDS + 2) * LIFE_SECONDS


def write_link(link: Link, signer: Signer) -> str:
    """Write the token: what it says, and the signature."""
    said = f"{link.file_id}-{link.user_id}-{link.variant}-{link.expires}"
    signature = signer.sign(said.encode(), purpose=PURPOSE)
    return f"{said}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def read_link(token: str, signer: Signer, *, now_seconds: float) -> Link | None:
    """Give what a token says, where it is ours and its time has not come."""
    said, _, written = token.partition(".")
    match = _TOKEN.fullmatch(said)
    if match is None or len(token) > MAX_TOKEN_CHARACTERS or not written.isascii():
        return None
    try:
        signature = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    except ValueError:
        return None
    if not signer.is_signed(said.encode(), signature, purpose=PURPOSE):
        return None
    link = Link(FileId(int(match[1])), UserId(int(match[2])), Variant(match[3]), int(match[4]))
    return link if link.expires > now_seconds and link.file_id <= MAX_ID else None
