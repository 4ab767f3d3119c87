"""How files look outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from causerie.files.model import FileState, StoredFile
from causerie.files.service import Links
from causerie.foundation.clock import rfc3339
from causerie.foundation.identity import MAX_ID

CONTENT_PATH = "/api/v2/signed-files/"


class WireFile(msgspec.Struct, frozen=True, gc=False):
    """A file with what one user may do with it; ``media_type`` is what the content is.

    ``status`` is ``quarantined`` (nobody gets it yet), ``clean`` or ``refused``. ``width`` and
    ``height`` are a picture's, in pixels as it is shown; ``thumbnail`` says whether there is one. The
    URLs need no credentials and are good until ``urls_expire_at``, for this user's eyes; null
    where there is nothing to get.
    """

    id: int
    name: str
    media_type: str
    size: int
    status: FileState
    width: int | None
    height: int | None
    thumbnail: bool
    sha256: str
    uploader_id: int
    message_id: int | None
    created_at: str
    content_url: str | None
    thumbnail_url: str | None
    urls_expire_at: str


class PutAvatar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which file is to stand for oneself."""

    file_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]


class WireFiles(msgspec.Struct, frozen=True, gc=False):
    """Several files."""

    items: list[WireFile]


class WireHeldFile(msgspec.Struct, frozen=True, gc=False):
    """A file that nobody could look into; ``reason`` says why (docs/files.md lists the words)."""

    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    uploader_id: int
    message_id: int | None
    created_at: str
    reason: str | None


class WireHeldFiles(msgspec.Struct, frozen=True, gc=False):
    """A page of what is held, the newest first."""

    items: list[WireHeldFile]
    has_more: bool


def details_out(file: StoredFile, links: Links) -> WireFile:
    """Show a file to one user."""
    return WireFile(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size_bytes,
        status=file.shown_state,
        width=file.width,
        height=file.height,
        thumbnail=file.thumbnail_bytes is not None,
        sha256=file.sha256.hex(),
        uploader_id=file.uploader_id,
        message_id=file.message_id,
        created_at=rfc3339(file.created_at),
        content_url=links.content and CONTENT_PATH + links.content,
        thumbnail_url=links.thumbnail and CONTENT_PATH + links.thumbnail,
        urls_expire_at=rfc3339(datetime.fromtimestamp(links.expires, UTC)),
    )


def held_out(files: Sequence[StoredFile], *, has_more: bool) -> WireHeldFiles:
    """Show moderators what is held."""
    return WireHeldFiles(
        [
            WireHeldFile(
                id=file.id,
                name=file.name,
                media_type=file.media_type,
                size=file.size_bytes,
                sha256=file.sha256.hex(),
                uploader_id=file.uploader_id,
                message_id=file.message_id,
                created_at=rfc3339(file.created_at),
                reason=file.reason,
            )
            for file in files
        ],
        has_more,
    )
