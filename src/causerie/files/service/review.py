"""What moderators do about files that nobody could look into."""

from __future__ import annotations

from collections.abc import Sequence

from causerie.accounts import Permission
from causerie.files.errors import FileNotKnown, MayNotReview, NotHeld
from causerie.files.model import MAX_FILES_PER_PAGE, FileId, FileState, StoredFile, Verdict
from causerie.files.ports import Deed, FileTable
from causerie.files.service.inspection import Inspection
from causerie.foundation.identity import MAX_ID, Principal
from causerie.foundation.paging import require_bound, require_limit


class FileReview:
    """The moderators' list of what is held, and what they let go on."""

    def __init__(self, table: FileTable, inspection: Inspection) -> None:
        self._table = table
        self._inspection = inspection

    async def list(
        self, who: Principal, *, before: int | None, limit: int
    ) -> tuple[Sequence[StoredFile], bool]:
        """What is held, the newest first, and whether there is more. Raises ``MayNotReview``."""
        _require_may_review(who)
        require_limit(limit, MAX_FILES_PER_PAGE)
        require_bound("before", before)
        found = await self._table.to_review(before=before or MAX_ID, limit=limit + 1)
        return found[:limit], len(found) > limit

    async def release(
        self, who: Principal, file_id: FileId, *, key: str | None = None
    ) -> StoredFile:
        """Have a held file served, at the moderator's word. Raises ``FileNotKnown``, ``NotHeld``.

        Only what was held after a look: what still waits for the scanner waits on.
        """
        _require_may_review(who)
        file = await self._find(file_id)
        if file.state in {FileState.HELD, FileState.CLEAN}:  # Of a clean one only the key is kept.
            verdict = Verdict(state=FileState.CLEAN, reason="released")
            deed = Deed(who.user_id, "release_file", key)
            await self._inspection.settle(file_id, verdict, deed=deed)
            file = await self._find(file_id)
        if file.state is not FileState.CLEAN:
            raise NotHeld
        return file

    async def _find(self, file_id: FileId) -> StoredFile:
        file = await self._table.find_any(file_id)
        if file is None or file.state is FileState.REMOVED:
            raise FileNotKnown
        return file


def _require_may_review(who: Principal) -> None:
    if not who.may(Permission.DELETE_ANY_MESSAGE):
        raise MayNotReview
