"""Bringing files, and taking them back before they are posted."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import msgspec

from causerie.accounts import Permission
from causerie.files.errors import FileIsAvatar, FilePosted, FileRefused, MayNotUpload, OverQuota
from causerie.files.model import (
    Arrival,
    FileId,
    FileState,
    StoredFile,
    Verdict,
    clean_name,
    sniff,
)
from causerie.files.ports import Deed, FileTable, Spool, Spooled, Vault, Voices
from causerie.files.service.inspection import Inspection
from causerie.files.service.reading import FileReader
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid, RateLimited, TooLarge, Unavailable, Unsupported
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.telemetry import metrics

MAX_UPLOADS_AT_ONCE = 16  # Each has a piece of 1 MiB in memory, and its file on the disk.
MAX_UPLOADS_OF_A_USER = 4  # As many as browsers send at once to one server, less two.
STORE_SECONDS = 600.0  # 100 MB at 200 KB/s; what takes longer is given up.
FIRST_LOOK_SECONDS = 10.0  # So long an upload waits for its verdict; it comes later all the same.
BUSY_SECONDS = 5


class UploadRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say. 0 means no limit; both in bytes."""

    is_offered: bool
    max_file_bytes: int
    quota_bytes: int


class Uploads:
    """Takes files in: to the disk, to the storage, and into quarantine."""

    def __init__(
        self,
        table: FileTable,
        vault: Vault,
        spool: Spool,
        *,
        reader: FileReader,
        inspection: Inspection,
        voices: Voices,
        completion: Completion,
        rules: UploadRules,
    ) -> None:
        self._table = table
        self._vault = vault
        self._spool = spool
        self._reader = reader
        self._inspection = inspection
        self._voices = voices
        self._completion = completion
        self._rules = rules
        self._under_way: Counter[UserId] = Counter()

    async def upload(
        self,
        who: Principal,
        *,
        name: str,
        body: AsyncIterator[bytes],
        announced_bytes: int | None,
        key: str | None = None,
    ) -> tuple[StoredFile, bool]:
        """Take a file, and say whether it is new; with the same key it comes once.

        Returns after the first look at it. Raises ``FileRefused``, ``TooLarge``, ``OverQuota``,
        ``RateLimited``, ``Unavailable``.
        """
        self.require_may_upload(who)
        limit = self._rules.max_file_bytes
        if limit and announced_bytes is not None and announced_bytes > limit:
            raise _too_large(limit, announced_bytes)
        await self._require_room(who.user_id, announced_bytes or 1)
        with self._place_for(who.user_id):
            async with self._spool.receive(body, max_bytes=limit) as spooled:
                file_id, is_new = await self._completion.run(self._keep(who, name, spooled, key))
        if is_new:
            metrics.FILES_STORED.inc()
            metrics.FILES_BYTES.inc(spooled.size_bytes)
            await self._inspection.wait_for(file_id, seconds=FIRST_LOOK_SECONDS)
        file = await self._reader.get(who, file_id)
        if file.state is FileState.REFUSED:
            raise FileRefused
        return file, is_new

    async def remove(self, who: Principal, file_id: FileId, *, key: str | None = None) -> None:
        """Take a file back that was not posted; who may delete any message, any file.

        Raises ``FileNotKnown``, ``FilePosted``. Repeating it is harmless.
        """
        deed = _own(who, key)
        file = await self._table.find_any(file_id)
        if file is not None and who.may(Permission.DELETE_ANY_MESSAGE):
            verdict = Verdict(state=FileState.REMOVED)
            await self._inspection.settle(file_id, verdict, deed=deed)
            return
        is_own = file is not None and file.uploader_id == who.user_id
        if file is not None and is_own and file.message_id is None:
            if file.state is FileState.REMOVED:
                return
            if file.is_avatar:
                raise FileIsAvatar
            removal = self._let_go(file_id, file.storage_key, deed=deed)
            if await self._completion.run(removal):
                return
        await self._reader.get(who, file_id)  # Says no to a stranger as if there were no such file.
        raise FilePosted

    def require_may_upload(self, who: Principal) -> None:
        """Raise ``Unsupported``, ``MayNotUpload``, ``Muted`` or ``Banned``."""
        if not self._rules.is_offered:
            raise Unsupported("This server takes no files")
        if not who.may(Permission.SEND_MESSAGES):
            raise MayNotUpload
        self._voices.require_may_speak(who.user_id)

    # --- steps -----------------------------------------------------------------------------------

    async def _keep(
        self, who: Principal, name: str, spooled: Spooled, key: str | None
    ) -> tuple[FileId, bool]:
        if spooled.size_bytes == 0:
            raise Invalid("body", "Must not be empty")
        arrival = Arrival(
            uploader_id=who.user_id,
            name=clean_name(name),
            media_type=sniff(spooled.head, is_all=len(spooled.head) == spooled.size_bytes),
            size_bytes=spooled.size_bytes,
            sha256=spooled.sha256,
            storage_key=_new_key(),
        )
        # The row first: what a dying server leaves behind in the storage has a name in the table.
        file_id = await self._table.add(arrival, quota_bytes=self._rules.quota_bytes)
        kept = file_id, False
        try:
            await self._store(arrival.storage_key, spooled)
            kept = await self._table.arrive(file_id, arrival, key=key)
        finally:
            if kept != (file_id, True):
                await self._let_go(file_id, arrival.storage_key, deed=_own(who))
        return kept

    async def _store(self, storage_key: str, spooled: Spooled) -> None:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._vault.put_file(storage_key, spooled.file)
        except TimeoutError as error:
            raise Unavailable("The storage of files is too slow at the moment") from error

    async def _let_go(self, file_id: FileId, storage_key: str, *, deed: Deed) -> bool:
        """Remove a file that is in no message; False where it is in one by now."""
        is_gone = await self._table.remove_unposted(file_id, deed=deed)
        if is_gone:
            await self._inspection.purge(file_id, storage_key)
        return is_gone

    async def _require_room(self, user_id: UserId, more_bytes: int) -> None:
        """Refuse at once what would be refused in the end, before a hundred megabytes are sent."""
        quota = self._rules.quota_bytes
        if quota and (total := await self._table.used_bytes(user_id) + more_bytes) > quota:
            raise OverQuota(limit=quota, actual=total)

    @contextmanager
    def _place_for(self, user_id: UserId) -> Iterator[None]:
        if self._under_way[user_id] >= MAX_UPLOADS_OF_A_USER:
            raise RateLimited("Too many of your uploads are under way", retry_after=BUSY_SECONDS)
        if self._under_way.total() >= MAX_UPLOADS_AT_ONCE:
            raise Unavailable("Too many uploads are under way")
        self._under_way[user_id] += 1
        try:
            yield
        finally:
            self._under_way[user_id] -= 1
            if not self._under_way[user_id]:
                del self._under_way[user_id]


def _own(who: Principal, key: str | None = None) -> Deed:
    return Deed(who.user_id, "delete_file", key)


def _too_large(limit: int, actual: int) -> TooLarge:
    return TooLarge(f"A file has at most {limit} bytes", limit=limit, actual=actual)


def _new_key() -> str:
    """A name that says nothing; by its first letters into folders, of which 256 are there."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"
