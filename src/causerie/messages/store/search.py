"""What was said, by its words, in PostgreSQL: the index that follows the messages, and finding."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from typing_extensions import override

from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Database, Queries
from causerie.messages.model import Message
from causerie.messages.ports import Asked, SearchIndex, SearchStore
from causerie.messages.store.tables import PostgresMessages

QUERIES = Queries.load("causerie.messages", "search.sql")

# The newest matches, which are ranked. Each costs some 5 µs to rank, and each that is not the
# reader's own some 2 µs to pass over.
MAX_CANDIDATES = 200
MAX_TAIL_MESSAGES = 300  # Not indexed yet: 50 µs each; the indexer is seldom further behind.
# Reading all that few conversations hold costs up to 25 ms; the same in the index, for a word that
# is everywhere else.
MAX_SCANNED = 16_000
MAX_FETCHED = 10_000


class PostgresSearchIndex(SearchIndex):
    """Each method is one statement, which is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def behind(self, *, limit: int) -> Sequence[ConversationId]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["behind"], limit)
        return [row["id"] for row in rows]

    @override
    async def index_some(
        self, conversation_ids: Sequence[ConversationId], *, limit: int
    ) -> tuple[int, Sequence[ConversationId]]:
        async with self._database.connection() as connection:
            (row,) = await connection.fetch(QUERIES["index_some"], conversation_ids, limit)
        return row["indexed"], row["unfinished"]


class PostgresSearch(SearchStore):
    """Each method is one statement."""

    def __init__(
        self,
        database: Database,
        messages: PostgresMessages,
        *,
        max_candidates: int = MAX_CANDIDATES,
        max_tail: int = MAX_TAIL_MESSAGES,
        max_scanned: int = MAX_SCANNED,
        max_fetched: int = MAX_FETCHED,
    ) -> None:
        self._database = database
        self._messages = messages
        self._max_candidates = max_candidates
        self._bounds = (max_tail, max_scanned, max_fetched)

    @override
    async def find(self, asked: Asked, *, viewer: UserId, limit: int) -> Sequence[Message]:
        search = asked.search
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(
                QUERIES["find"],
                search.words,
                search.phrases,
                search.without,
                _facets(asked),
                asked.conversations,
                search.after,
                search.before,
                limit,
                max(limit, self._max_candidates),
                *self._bounds,
            )
        return await self._messages.seen_by(viewer, rows)

    @override
    async def words_found(self, words: Sequence[str], terms: Sequence[str]) -> Collection[str]:
        if not words:
            return ()
        async with self._database.connection() as connection:
            found: list[str] = await connection.fetchval(QUERIES["words_found"], words, terms)
        return frozenset(found)

    @override
    async def places_of(
        self, viewer: UserId, *, names: Sequence[str], peers: Sequence[UserId]
    ) -> Sequence[ConversationId]:
        async with self._database.reading_as(viewer) as connection:
            rows = await connection.fetch(
                QUERIES["places_of"], viewer, [name.lower() for name in names], peers
            )
        return [row["id"] for row in rows]


def _facets(asked: Asked) -> list[str]:
    """The conditions beside the words, in the terms of ``messages.facets_of``."""
    facets = [_any_of("u", asked.senders)] if asked.senders else []
    facets += [f"'#{has}'" for has in asked.search.has]
    facets += [f"!'#{has}'" for has in asked.search.has_not]
    if asked.not_senders:
        facets.append(f"!({_any_of('u', asked.not_senders)})")
    if asked.not_conversations:
        facets.append(f"!({_any_of('c', asked.not_conversations)})")
    return facets


def _any_of(kind: str, ids: Iterable[int]) -> str:
    # Numbers: nothing that a user typed is in it.
    return "|".join(f"'#{kind}{number}'" for number in ids)
