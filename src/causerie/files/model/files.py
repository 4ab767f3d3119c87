"""Files: what is known of one, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

import msgspec

from causerie.files.model.media import MediaType
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID, ConversationId, MessageId, Rev, Seq, UserId

FileId = NewType("FileId", int)

MAX_FILES_PER_MESSAGE = 10  # What fits on a screen; more come in several messages.
MAX_FILES_PER_PAGE = 100  # One answer about many: some 60 KB.


class FileState(StrEnum):
    """How far a file has come; only a clean one is served."""

    ARRIVING = "arriving"  # being stored; nobody knows of it yet
    QUARANTINED = "quarantined"  # waits to be looked at, or for a scanner that is away
    HELD = "held"  # looked at, and stays in quarantine until a moderator decides
    CLEAN = "clean"
    REFUSED = "refused"  # something harmful was found; the bytes are gone
    REMOVED = "removed"  # by its owner, a moderator, or with its message


class Variant(StrEnum):
    """What of a file is read."""

    CONTENT = "content"
    THUMBNAIL = "thumbnail"


class StoredFile(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file as it is now. ``storage_key`` names its bytes and is shown to nobody.

    ``width`` and ``height`` are those of a picture as it is shown (EXIF orientation applied).
    """

    id: FileId
    uploader_id: UserId
    name: str
    media_type: MediaType
    size_bytes: int
    sha256: bytes
    storage_key: str
    state: FileState
    reason: str | None
    width: int | None
    height: int | None
    thumbnail_bytes: int | None
    conversation_id: ConversationId | None
    message_id: MessageId | None
    created_at: datetime
    is_avatar: bool = False

    @property
    def is_served(self) -> bool:
        """Say whether its bytes may leave the server."""
        return self.state is FileState.CLEAN

    @property
    def shown_state(self) -> FileState:
        """What clients are told: what is held is in quarantine for them."""
        return FileState.QUARANTINED if self.state is FileState.HELD else self.state


class Attached(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file as its message shows it; kept on the message's row by ``files.shown`` (SQL)."""

    id: FileId
    name: str
    media_type: str
    size_bytes: int
    state: Literal["quarantined", "clean", "refused"]
    width: int | None
    height: int | None
    has_thumbnail: bool


class Arrival(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is known of an upload once all of it is here."""

    uploader_id: UserId
    name: str
    media_type: MediaType
    size_bytes: int
    sha256: bytes
    storage_key: str


class Verdict(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of looking at a file: ``state`` is CLEAN, HELD or REFUSED."""

    state: FileState
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_bytes: int | None = None


class Settled(msgspec.Struct, frozen=True, gc=False):
    """A verdict that was stored; with a number where the file's message is shown already."""

    file: StoredFile
    rev: Rev | None
    last_seq: Seq | None


def require_file_ids(
    ids: Sequence[int], *, field: str = "file_ids", limit: int = MAX_FILES_PER_MESSAGE
) -> tuple[FileId, ...]:
    """Check what a message names. Raises ``Invalid``."""
    if len(ids) > limit:
        raise Invalid(field, f"Must be {limit} at most")
    if not all(1 <= number <= MAX_ID for number in ids):
        raise Invalid(field, f"Must lie between 1 and {MAX_ID}")
    if len(set(ids)) < len(ids):
        raise Invalid(field, "Must name each file once")
    return tuple(FileId(number) for number in ids)
