"""Search over the socket."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session
from causerie.messages.model import SearchHit
from causerie.messages.service import SearchService
from causerie.messages.wire import SearchMessages, WireSearchHits, hits_out

# As in history: an answer stays well below what a reader may owe. The best come first.
MAX_ANSWER_CHARS = 128 << 10


class SearchCommands:
    """Handlers; what they raise is answered as an error by the dialect."""

    def __init__(self, service: SearchService) -> None:
        self._service = service

    def register(self, router: Router) -> None:
        """Take the command that searches."""
        router.register(
            "search_messages",
            SearchMessages,
            self.search,
            is_asking=True,
            answers=WireSearchHits,
        )

    async def search(self, session: Session, command: SearchMessages, reply: Reply) -> None:
        """Answer with what was found, the best first."""
        hits = await self._service.search(
            session.principal,
            command.query,
            field="query",
            conversation=command.conversation_id,
            before=command.before,
            limit=command.most,
        )
        reply.ack(msgspec.json.encode(hits_out(within_answer(hits))))


def within_answer(hits: Sequence[SearchHit]) -> Sequence[SearchHit]:
    """Leave out the last of what is too much for one answer; at least one stays."""
    room = MAX_ANSWER_CHARS
    for count, hit in enumerate(hits):
        room -= len(hit.message.content) + len(hit.snippet) + 500  # the envelope around the text
        if room < 0 and count:
            return hits[:count]
    return hits
