"""Reading files: who may, and by what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from causerie.accounts import Permission
from causerie.files.errors import FileNotKnown, FileQuarantined, FileRefused
from causerie.files.model import (
    THUMBNAIL,
    FileId,
    FileState,
    Link,
    Signer,
    StoredFile,
    Stretch,
    Variant,
    expiry_after,
    read_link,
    write_link,
)
from causerie.files.ports import FileTable, Vault, Voices
from causerie.files.service.inspection import THUMBNAIL_SUFFIX
from causerie.foundation.clock import Clock
from causerie.foundation.identity import Principal, UserId

# A download that goes on ends so soon after its reader may have it no more: one question a second.
RECHECK_SECONDS = 1.0


class Opened(msgspec.Struct, frozen=True):
    """A file or its thumbnail, ready to be read; ``etag`` as HTTP writes it."""

    file: StoredFile
    key: str
    media_type: str
    size_bytes: int
    etag: str
    viewer: UserId | None = None  # None: by another right than that to see it


class Links(msgspec.Struct, frozen=True):
    """Paths that need no header, and until when (Unix time, seconds)."""

    content: str | None
    thumbnail: str | None
    expires: int


class FileReader:
    """Who is in a file's conversation now reads it; before it is posted its owner does."""

    def __init__(
        self, table: FileTable, vault: Vault, *, voices: Voices, signer: Signer, clock: Clock
    ) -> None:
        self._table = table
        self._vault = vault
        self._voices = voices
        self._signer = signer
        self._clock = clock
        self.recheck_seconds = RECHECK_SECONDS

    async def get(self, who: Principal, file_id: FileId) -> StoredFile:
        """A file that the user may see. Raises ``FileNotKnown``."""
        file = await self._table.find(file_id, viewer=who.user_id)
        if file is None and who.may(Permission.DELETE_ANY_MESSAGE):
            file = await self._table.find_any(file_id)
        if file is None or file.state is FileState.REMOVED:
            raise FileNotKnown
        return file

    async def get_many(self, who: Principal, ids: Sequence[FileId]) -> Sequence[StoredFile]:
        """Those of the files that the user may see, in the order of their ids."""
        return await self._table.find_many(ids, viewer=who.user_id)

    async def open(self, who: Principal, file_id: FileId, variant: Variant) -> Opened:
        """Open a file. Raises ``FileNotKnown``, ``FileQuarantined``, ``FileRefused``."""
        file = await self.get(who, file_id)
        # A moderator who sees all files does so without being in their conversations.
        is_all = who.may(Permission.DELETE_ANY_MESSAGE)
        return _opened(file, variant, viewer=None if is_all else who.user_id)

    async def open_by_link(self, token: str) -> tuple[UserId, Opened]:
        """Open what a link names, for whom it was made: who left the conversation reads no more.

        Raises ``FileNotKnown``, also for a link that is over or nobody's, and ``Banned``.
        """
        link = read_link(token, self._signer, now_seconds=self._clock.now().timestamp())
        if link is None:
            raise FileNotKnown
        self._voices.require_admitted(link.user_id)
        file = await self._table.find(link.file_id, viewer=link.user_id)
        if file is None:
            raise FileNotKnown
        return link.user_id, _opened(file, link.variant, viewer=link.user_id)

    def opened_thumbnail(self, file: StoredFile) -> Opened:
        """What is read of a picture that everybody may see. Raises as ``open``."""
        return _opened(file, Variant.THUMBNAIL)

    async def read(self, opened: Opened, stretch: Stretch) -> AsyncIterator[bytes]:
        """Give the bytes, a piece after the other, as long as the reader may have them.

        Raises ``FileNotKnown`` in the middle where the file was withdrawn or its reader put out.
        """
        looked_at = self._clock.monotonic()
        async for piece in self._vault.read(opened.key, start=stretch.start, length=stretch.length):
            now = self._clock.monotonic()
            if now - looked_at >= self.recheck_seconds:
                looked_at = now
                await self._require_still(opened)
            yield piece

    async def _require_still(self, opened: Opened) -> None:
        if opened.viewer is None:
            file = await self._table.find_any(opened.file.id)
        else:
            self._voices.require_admitted(opened.viewer)
            file = await self._table.find(opened.file.id, viewer=opened.viewer)
        if file is None or not file.is_served:
            raise FileNotKnown

    def links(self, who: Principal, file: StoredFile) -> Links:
        """Make links for one user to one file; to what is served only."""
        expires = expiry_after(self._clock.now().timestamp())

        def write(variant: Variant) -> str:
            link = Link(file.id, who.user_id, variant, expires)
            return write_link(link, self._signer)

        return Links(
            content=write(Variant.CONTENT) if file.is_served else None,
            thumbnail=(
                write(Variant.THUMBNAIL)
                if file.is_served and file.thumbnail_bytes is not None
                else None
            ),
            expires=expires,
        )


def _opened(file: StoredFile, variant: Variant, *, viewer: UserId | None = None) -> Opened:
    if file.state is FileState.REFUSED:
        raise FileRefused
    if not file.is_served:
        raise FileQuarantined
    if variant is Variant.CONTENT:
        etag = f'"{file.sha256.hex()}"'
        return Opened(file, file.storage_key, file.media_type, file.size_bytes, etag, viewer)
    if file.thumbnail_bytes is None:
        raise FileNotKnown
    key = file.storage_key + THUMBNAIL_SUFFIX
    return Opened(file, key, THUMBNAIL, file.thumbnail_bytes, f'"{file.sha256.hex()}-t"', viewer)
