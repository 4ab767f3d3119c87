"""The newest pages as they look outside, given again while nothing has happened in a conversation.

Correct by construction: who asks is looked up among the members first, together with the newest
numbers of the conversation; every new message moves its ``seq``, every lasting change its ``rev``. A
page is kept under the numbers that were read before it, so it is never older than they say. What
shows whose reactions they are is kept for that one user only.
"""

from __future__ import annotations

import msgspec

from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.foundation.remembering import Caches, Remembered
from causerie.messages.model import require_page
from causerie.messages.service import MessageService
from causerie.messages.wire.messages import page_out
from causerie.messages.wire.pages import within_answer

MAX_PAGES = 4096  # The rooms that people look into within some minutes.
MAX_PAGES_BYTES = 32 << 20  # A page of 50 lines of chat is some 20 KB: 1,600 of them.
PAGE_SECONDS = 300.0

# The conversation, how many at most, and whose reactions are shown; None: there are none.
PageKey = tuple[ConversationId, int, UserId | None]
Pages = Remembered[PageKey, bytes]


def remember_pages(caches: Caches) -> Pages:
    """The cache for them, one a process."""
    return caches.make(
        "pages",
        max_entries=MAX_PAGES,
        max_bytes=MAX_PAGES_BYTES,
        max_age_seconds=PAGE_SECONDS,
    )


class RecentPages:
    """Answers with the newest page of a conversation, as JSON."""

    def __init__(self, service: MessageService, pages: Pages) -> None:
        self._service = service
        self._pages = pages

    async def newest(
        self, reader: Principal, conversation: str, *, limit: int, is_cut: bool
    ) -> bytes:
        """The page; ``is_cut``: no longer than one answer of a socket. Raises as ``history`` does."""
        require_page(None, None, limit)
        conversation_id, position = await self._service.position(reader, conversation)
        version = (position.seq, position.rev)
        everybodys = (conversation_id, limit, None)
        own = (conversation_id, limit, reader.user_id)
        found = self._pages.find(everybodys, own, version=version)
        if found is not None:
            return found
        page = await self._service.history(reader, conversation, limit=limit)
        answer = within_answer(page, keep_newest=True)
        encoded = _encode(page_out(answer if is_cut else page))
        if answer is page:
            key = own if any(message.reactions for message in page.items) else everybodys
            self._pages.keep(key, encoded, weight=len(encoded), version=version)
        return encoded


_encode = msgspec.json.Encoder().encode
