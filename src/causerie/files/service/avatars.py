"""The picture that stands for a user: a file of theirs, of which others get the thumbnail alone."""

from __future__ import annotations

from causerie.accounts import ProfileChanged
from causerie.files.errors import FileNotKnown
from causerie.files.model import FileId
from causerie.files.ports import Deed, FileTable
from causerie.files.service.reading import FileReader, Opened
from causerie.files.service.uploads import Uploads
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId


class Avatars:
    """The thumbnail was painted anew: where the picture was taken is not in it."""

    def __init__(
        self,
        table: FileTable,
        *,
        reader: FileReader,
        uploads: Uploads,
        events: Events,
        completion: Completion,
    ) -> None:
        self._table = table
        self._reader = reader
        self._uploads = uploads
        self._events = events
        self._completion = completion

    async def show(self, who: Principal, file_id: FileId, *, key: str | None = None) -> None:
        """Have a file stand for oneself; the one before goes.

        Raises ``FileNotKnown``, ``NotAnAvatar``, and what forbids to send files.
        """
        self._uploads.require_may_upload(who)
        await self._reader.get(who, file_id)
        deed = Deed(who.user_id, "show_avatar", key)
        await self._completion.run(self._show(file_id, deed))

    async def _show(self, file_id: FileId, deed: Deed) -> None:
        if await self._table.show_avatar(file_id, deed=deed):
            self._events.announce([ProfileChanged(deed.actor)])

    async def hide(self, who: Principal, *, key: str | None = None) -> None:
        """Have nothing stand for oneself; harmless when repeated."""
        await self._completion.run(self._hide(Deed(who.user_id, "hide_avatar", key)))

    async def _hide(self, deed: Deed) -> None:
        if await self._table.hide_avatar(deed=deed):
            self._events.announce([ProfileChanged(deed.actor)])

    async def open(self, user_id: UserId) -> Opened:
        """Open the picture of any user, as their card is anybody's. Raises ``FileNotKnown``."""
        file = await self._table.find_avatar(user_id)
        if file is None:
            raise FileNotKnown
        return self._reader.opened_thumbnail(file)
