"""Search: what was typed is looked up by name, found by its words, and shown with what matched."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from causerie.conversations import NotAMember
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.messages.model import (
    Search,
    SearchHit,
    candidates,
    parse_moment,
    parse_search,
    require_search_limit,
    snippet_of,
)
from causerie.messages.ports import Asked, Names, SearchStore
from causerie.messages.service.access import Access

DEFAULT_SEARCH_HITS = 50


class SearchService:
    """Finds messages on behalf of a user, in the conversations that they are in."""

    def __init__(self, access: Access, names: Names, store: SearchStore) -> None:
        self._access = access
        self._names = names
        self._store = store

    async def search(
        self,
        reader: Principal,
        query: str,
        *,
        field: str,
        conversation: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_SEARCH_HITS,
    ) -> list[SearchHit]:
        """The best matches, the best first; ``before`` is a moment, exclusive.

        ``field`` is what the caller's protocol calls the query. Raises ``Invalid``, and for a
        conversation of others ``NotFound`` or ``NotAMember``.
        """
        require_search_limit(limit)
        search = parse_search(query, field=field)
        if before is not None:
            moment = parse_moment(before, field="before")
            earlier = moment if search.before is None else min(moment, search.before)
            search = structs.replace(search, before=earlier)
        only = None
        if conversation is not None:
            only = await self._access.require_reader(reader, conversation)
        asked = await self._look_up(search, reader, only)
        if asked is None:
            return []
        messages = await self._store.find(asked, viewer=reader.user_id, limit=limit)
        contents = [message.content for message in messages]
        terms = [*search.words, *search.phrases]
        marked = await self._store.words_found(candidates(contents, terms), terms)
        return [SearchHit(message, snippet_of(message.content, marked)) for message in messages]

    async def _look_up(
        self, search: Search, reader: Principal, only: ConversationId | None
    ) -> Asked | None:
        """Find who and what is meant by the names; None: nothing can be found."""
        senders = await self._people(search.senders, reader)
        places = await self._places(search.places, reader)
        if only is not None:
            places = [only] if not search.places or only in places else []
        if (search.senders and not senders) or (search.places and not places):
            return None
        return Asked(
            search,
            senders,
            await self._people(search.not_senders, reader),
            places if search.places or only is not None else None,
            await self._places(search.not_places, reader),
        )

    async def _people(self, names: Sequence[str], reader: Principal) -> Sequence[UserId]:
        if not names:
            return []
        others = [name for name in names if name.lower() != "me"]
        found = list(await self._names.ids_of(others)) if others else []
        return found if len(others) == len(names) else [*found, reader.user_id]

    async def _places(self, names: Sequence[str], reader: Principal) -> Sequence[ConversationId]:
        """Rooms by name, direct chats by ``@name``, either by its id."""
        if not names:
            return []
        found: set[ConversationId] = set()
        for name in names:
            try:
                found.add(await self._access.require_reader(reader, name))
            except (NotFound, NotAMember):
                continue  # It may be a room's name all the same.
        peers = [name.removeprefix("@") for name in names if name.startswith("@")]
        found.update(
            await self._store.places_of(
                reader.user_id, names=names, peers=await self._people(peers, reader)
            )
        )
        return sorted(found)
