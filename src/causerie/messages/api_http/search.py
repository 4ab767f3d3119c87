"""Search over HTTP."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get
from litestar.params import QueryParameter

from causerie.gateway.http import Acting, at_most, counted_as
from causerie.limits import Action
from causerie.messages.service import DEFAULT_SEARCH_HITS, SearchService
from causerie.messages.wire import WireSearchHits, hits_out

Query = Annotated[
    str,
    QueryParameter(
        description='Words that must all be there, in any form of French or English; `"a phrase"`; '
        "`-without`; `from:user` (`from:me`), `in:room` (`in:@user` for a direct chat), "
        "`before:2026-01-31`, `after:2026-01-01`, `has:file`, `has:link`, `has:reaction`, `has:pin`."
    ),
]
Conversation = Annotated[str | None, QueryParameter(description="Only in this conversation.")]
Before = Annotated[
    str | None,
    QueryParameter(description="Only messages from before this moment or day (RFC 3339)."),
]
Limit = Annotated[int, at_most(1000)]


def search_routes(service: SearchService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("MessageSearch", (SearchController,), {"service": service})


class SearchController(Controller):
    """The route of search."""

    path = "/api/v2"
    tags = ("messages",)

    service: SearchService

    @get("/search", opt=counted_as(Action.SEARCHES))
    async def search(
        self,
        principal: Acting,
        q: Query,
        conversation_id: Conversation = None,
        before: Before = None,
        limit: Limit = DEFAULT_SEARCH_HITS,
    ) -> WireSearchHits:
        """Search what was said in one's conversations, as it is now.

        The newest matches are ranked by relevance and age, the best come first; each has a snippet
        that is safe HTML. `docs/search.md` tells the rules.
        """
        hits = await self.service.search(
            principal,
            q,
            field="q",
            conversation=conversation_id,
            before=before,
            limit=limit,
        )
        return hits_out(hits)
