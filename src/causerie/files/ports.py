"""What files need: a table, a place for the bytes, somebody who looks into them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import IO, Protocol

import msgspec

from causerie.files.model import Arrival, FileId, Settled, StoredFile, Verdict
from causerie.foundation.identity import UserId


class Spooled(msgspec.Struct, frozen=True):
    """All of an upload, on this machine's disk; ``file`` is gone when it is closed."""

    file: IO[bytes]
    size_bytes: int
    sha256: bytes
    head: bytes


class Spool(Protocol):
    """Takes an upload in pieces, as a file without a name: whatever happens, nothing is left."""

    def receive(
        self, body: AsyncIterator[bytes], *, max_bytes: int
    ) -> AbstractAsyncContextManager[Spooled]:
        """Write all of it. Raises ``TooLarge``, and ``Unavailable`` where the disk is full."""
        ...


class Vault(Protocol):
    """Keeps the bytes. Every method raises ``Unavailable`` where they are out of reach."""

    async def put_file(self, key: str, file: IO[bytes]) -> None:
        """Store a file from its beginning, whole or not at all."""
        ...

    async def put(self, key: str, content: bytes) -> None:
        """Store a few bytes."""
        ...

    def read(self, key: str, *, start: int, length: int) -> AsyncIterator[bytes]:
        """Give a stretch, a piece after the other. Raises ``NotFound``."""
        ...

    async def open_here(self, key: str) -> IO[bytes] | None:
        """Open it where it lies on this machine; None: it lies elsewhere. Raises ``NotFound``."""
        ...

    async def delete(self, key: str) -> None:
        """Remove it, if it is there."""
        ...


class Deed(msgspec.Struct, frozen=True):
    """Who does something, what, and under which key it happens once; None: each time."""

    actor: UserId
    operation: str
    key: str | None


class FileTable(Protocol):
    """What is known of files. Every method may raise ``Unavailable``."""

    async def used_bytes(self, user_id: UserId) -> int:
        """What the user's files take."""
        ...

    async def add(self, arrival: Arrival, *, quota_bytes: int) -> FileId:
        """Take the room for a file whose bytes are stored next. Raises ``OverQuota``."""
        ...

    async def arrive(
        self, file_id: FileId, arrival: Arrival, *, key: str | None
    ) -> tuple[FileId, bool]:
        """Say that all of it is stored, once per key; gives the file and whether it is this one.

        Raises ``Conflict`` where the key was used for something else.
        """
        ...

    async def find(self, file_id: FileId, *, viewer: UserId) -> StoredFile | None:
        """A file that this user may see: of a conversation of theirs, or theirs and not posted."""
        ...

    async def find_any(self, file_id: FileId) -> StoredFile | None:
        """A file, whoever asks."""
        ...

    async def find_many(self, ids: Sequence[FileId], *, viewer: UserId) -> Sequence[StoredFile]:
        """Those of the files that this user may see."""
        ...

    async def to_review(self, *, before: int, limit: int) -> Sequence[StoredFile]:
        """What is held, the newest first."""
        ...

    async def remove_unposted(self, file_id: FileId, *, deed: Deed) -> bool:
        """Remove the actor's file that is in no message; False where there is none such by now."""
        ...

    async def find_avatar(self, user_id: UserId) -> StoredFile | None:
        """The picture that stands for a user."""
        ...

    async def show_avatar(self, file_id: FileId, *, deed: Deed) -> bool:
        """Make a picture stand for the actor; False where the deed was done before.

        Raises ``NotAnAvatar``.
        """
        ...

    async def hide_avatar(self, *, deed: Deed) -> bool:
        """Have nothing stand for the actor; False where nothing did."""
        ...

    async def take_due(self, *, lease_seconds: float) -> StoredFile | None:
        """Take one that waits to be looked at, for so long."""
        ...

    async def put_off(self, file_id: FileId, reason: str) -> None:
        """Have it looked at again later; each time twice as late."""
        ...

    async def settle(
        self, file_id: FileId, verdict: Verdict, *, deed: Deed | None = None
    ) -> Settled | None:
        """Store what was found or decided; None where that was done, or decided otherwise."""
        ...

    async def expire(self) -> None:
        """Remove what was never finished or never posted."""
        ...

    async def to_purge(self, *, limit: int) -> Sequence[tuple[FileId, str]]:
        """Files whose bytes shall go, with their keys."""
        ...

    async def purged(self, file_id: FileId) -> None:
        """Say that the bytes are gone."""
        ...


class ScannerSays(msgspec.Struct, frozen=True):
    """The scanner's verdict; ``found`` is its name for what is harmful, None for nothing."""

    found: str | None


class NotLookedAt(Exception):  # noqa: N818 - a fact: the file stays in quarantine
    """Nobody could say anything about a file for now; the text is a word for the books."""


class Scanner(Protocol):
    """Knows harmful content."""

    async def scan(self, file: IO[bytes]) -> ScannerSays:
        """Look at all of a file. Raises ``NotLookedAt``."""
        ...


class Inspected(msgspec.Struct, frozen=True):
    """What a look inside brought. ``bomb``: why unpacking it would swamp whoever does.

    ``thumbnail`` is WebP and empty where there is none.
    """

    bomb: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail: bytes = b""


class Inspector(Protocol):
    """Looks inside, at a safe distance. Never raises for what is in a file."""

    async def inspect(self, file: IO[bytes], *, is_picture: bool) -> Inspected:
        """Look for archives in a file, and at a picture."""
        ...


class LocalFiles(Protocol):
    """Gives the bytes of a stored file as a file on this machine."""

    def open(self, file: StoredFile) -> AbstractAsyncContextManager[IO[bytes]]:
        """Fetch it where it lies elsewhere. Raises ``Unavailable``, ``NotFound``."""
        ...


class Voices(Protocol):
    """Who may speak, and who may be here at all."""

    def require_may_speak(self, user_id: UserId, /) -> None:
        """Raise ``Muted`` or ``Banned``."""
        ...

    def require_admitted(self, user_id: UserId, /) -> None:
        """Raise ``Banned``."""
        ...
