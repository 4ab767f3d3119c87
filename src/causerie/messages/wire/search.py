"""How searches and what they find look outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from causerie.messages.model import SearchHit
from causerie.messages.service import DEFAULT_SEARCH_HITS
from causerie.messages.wire.messages import WireMessage, message_out

Snippet = Annotated[
    str,
    msgspec.Meta(
        description="A part of the content as HTML: what was found stands in `<mark>`, all else is "
        "escaped (`&amp;`, `&lt;`, `&gt;`, `&quot;`, `&#x27;`), and there is no other element."
    ),
]


class SearchMessages(msgspec.Struct, frozen=True, gc=False):
    """``search_messages``; ``before`` is a moment (RFC 3339), exclusive."""

    query: str
    conversation_id: str | None = None
    before: str | None = None
    limit: int | None = DEFAULT_SEARCH_HITS

    @property
    def most(self) -> int:
        """How many are wanted; a null is as good as nothing."""
        return DEFAULT_SEARCH_HITS if self.limit is None else self.limit


class WireSearchHit(msgspec.Struct, frozen=True, gc=False):
    """A message that was found, and the part of it that shows why."""

    message: WireMessage
    snippet: Snippet


class WireSearchHits(msgspec.Struct, frozen=True, gc=False):
    """What a search found, the best first."""

    items: list[WireSearchHit]


def hits_out(hits: Sequence[SearchHit]) -> WireSearchHits:
    """Show what was found."""
    return WireSearchHits([WireSearchHit(message_out(hit.message), hit.snippet) for hit in hits])
