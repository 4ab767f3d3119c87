"""Letters to those who are away: what is unread, once an hour at most, and a way out of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable

from causerie.foundation.clock import Clock
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import MessageId
from causerie.foundation.jobs import Job
from causerie.notifications.model import DigestOrder, Notice, NoticeKind, Said, preview
from causerie.notifications.ports import Notices, Postbox, Speech, Watching, Wishes

LOOK_SECONDS = 300.0
MAX_LINES = 20  # The rest is counted.
TOKEN_BYTES = 24  # 192 random bits


def hash_of(token: str) -> bytes:
    """What is kept of a token: 192 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Digests:
    """Orders letters, and writes them."""

    def __init__(
        self,
        notices: Notices,
        wishes: Wishes,
        *,
        speech: Speech,
        postbox: Postbox,
        watching: Watching,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._notices = notices
        self._wishes = wishes
        self._speech = speech
        self._postbox = postbox
        self._watching = watching
        self._clock = clock
        self._random_bytes = random_bytes

    async def run(self) -> None:
        """Look for ever who was away, as a supervised worker."""
        while True:
            with contextlib.suppress(Unavailable):
                await self.order()
            await asyncio.sleep(LOOK_SECONDS)

    async def order(self) -> int:
        """Order what is due now."""
        return await self._wishes.order_digests(self._new_token, at=self._clock.now())

    async def write(self, job: Job) -> None:
        """Write one letter. Raises ``Later`` and ``Never``."""
        order = job.read(DigestOrder)
        if await self._watching.is_looking(order.user_id):
            return
        lines = await self._lines(order)
        if lines:
            key = f"digest-{job.id}"
            await self._postbox.write(order.user_id, lines, token=order.token, key=key)

    async def _lines(self, order: DigestOrder) -> list[str]:
        found = [await self._notices.find(number) for number in order.notice_ids[:MAX_LINES]]
        unread = [notice for notice in found if notice is not None and notice.read_at is None]
        ids = [MessageId(n.message_id) for n in unread if n.message_id is not None]
        said = await self._speech.as_seen_by(order.user_id, ids)
        lines = [
            line
            for notice in unread
            if (line := _line(notice, said.get(notice.message_id or MessageId(0))))
        ]
        left = len(order.notice_ids) - MAX_LINES
        return [*lines, f"... and {left} more"] if lines and left > 0 else lines

    def _new_token(self) -> tuple[str, bytes]:
        token = urlsafe_b64encode(self._random_bytes(TOKEN_BYTES)).decode()
        return token, hash_of(token)


_VERBS = {NoticeKind.MENTION: "mentioned you", NoticeKind.REPLY: "answered in a thread"}


def _line(notice: Notice, said: Said | None) -> str:
    if notice.message_id is None:
        return notice.words or ""
    if said is None or said.is_deleted:
        return ""
    verb = _VERBS.get(notice.kind, "wrote")
    return f"{said.sender_name} {verb}: {preview(said.content)}"
