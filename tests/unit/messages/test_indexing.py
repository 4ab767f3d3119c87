"""The indexer's manners: what waits, how much at once, and when it steps back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from typing_extensions import override

from causerie.conversations import Kind
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, MessageId, Seq, UserId
from causerie.messages import Message, MessagesSent, MessageType
from causerie.messages.jobs import Indexer
from causerie.messages.jobs.indexing import (
    BUSY_CHUNK_MESSAGES,
    BUSY_SHARE,
    CHUNK_MESSAGES,
    GATHER_SECONDS,
    IDLE_SHARE,
    MAX_CONVERSATIONS,
    RETRY_SECONDS,
)
from causerie.messages.ports import SearchIndex

TOOK_SECONDS = 0.02  # of each chunk


class IndexInMemory(SearchIndex):
    """How many messages of each conversation are not indexed; time goes by while it works."""

    def __init__(self, behind: dict[int, int]) -> None:
        self.left = dict(behind)
        self.swept: list[int] = []
        self.chunks: list[tuple[int, int]] = []  # how many conversations, and the limit
        self.now = 100.0
        self.is_away = False
        self.taken_elsewhere: set[int] = set()

    @override
    async def behind(self, *, limit: int) -> Sequence[ConversationId]:
        if self.is_away:
            raise Unavailable("The database is away")
        self.swept.append(limit)
        return [ConversationId(c) for c, left in self.left.items() if left][:limit]

    @override
    async def index_some(
        self, conversation_ids: Sequence[ConversationId], *, limit: int
    ) -> tuple[int, Sequence[ConversationId]]:
        if self.is_away:
            raise Unavailable("The database is away")
        self.chunks.append((len(conversation_ids), limit))
        self.now += TOOK_SECONDS
        indexed = 0
        for conversation_id in conversation_ids:
            if conversation_id not in self.taken_elsewhere:
                some = min(self.left.get(conversation_id, 0), limit - indexed)
                self.left[conversation_id] = self.left.get(conversation_id, 0) - some
                indexed += some
        unfinished = [c for c in conversation_ids if self.left[c]]
        return indexed, unfinished


class Pauses:
    """Records how long the indexer rests, and ends the test's run after so many rests."""

    def __init__(self, index: IndexInMemory, *, enough: int) -> None:
        self.seconds: list[float] = []
        self._index = index
        self._enough = enough

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._index.now += seconds
        if len(self.seconds) >= self._enough:
            raise asyncio.CancelledError


def sent(conversation: int, *, count: int = 1) -> MessagesSent:
    message = Message(
        MessageId(1),
        ConversationId(conversation),
        Kind.ROOM,
        Seq(1),
        UserId(1),
        "ann",
        MessageType.TEXT,
        "hello",
        None,
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    return MessagesSent(ConversationId(conversation), (message,) * count)


async def run(index: IndexInMemory, *events: MessagesSent, rests: int) -> list[float]:
    """Let an indexer hear of these and work until it has rested so often."""
    pauses = Pauses(index, enough=rests)
    indexer = Indexer(index, monotonic=lambda: index.now, pause=pauses)
    hub = Events()
    indexer.listen(hub)
    index.now += 1.0
    hub.announce(events)
    with pytest.raises(asyncio.CancelledError):
        await indexer.run()
    return pauses.seconds


async def test_what_was_there_before_the_start_is_found_and_indexed() -> None:
    index = IndexInMemory({1: 300, 2: 5})

    await run(index, rests=2)

    assert index.left == {1: 0, 2: 0}


async def test_a_chunk_is_followed_by_a_rest_of_its_own_length() -> None:
    index = IndexInMemory({1: 3 * CHUNK_MESSAGES})

    rests = await run(index, rests=3)

    assert {limit for _, limit in index.chunks} == {CHUNK_MESSAGES}
    assert rests == pytest.approx([TOOK_SECONDS * (1 - IDLE_SHARE) / IDLE_SHARE] * 3)


async def test_while_the_writer_is_busy_chunks_are_small_and_rests_long() -> None:
    index = IndexInMemory({1: 600})

    rests = await run(index, sent(1, count=600), rests=1)

    assert index.chunks == [(1, BUSY_CHUNK_MESSAGES)]
    assert rests == pytest.approx([TOOK_SECONDS * (1 - BUSY_SHARE) / BUSY_SHARE])


async def test_many_sends_to_one_conversation_wait_as_one() -> None:
    index = IndexInMemory({7: 3})

    await run(index, sent(7), sent(7), sent(7), rests=1)

    assert index.chunks == [(1, CHUNK_MESSAGES)]


async def test_a_chunk_takes_only_so_many_conversations() -> None:
    index = IndexInMemory(dict.fromkeys(range(1, 2 * MAX_CONVERSATIONS), 1))

    await run(index, rests=2)

    assert [count for count, _ in index.chunks] == [MAX_CONVERSATIONS, MAX_CONVERSATIONS - 1]


async def test_what_another_node_is_at_is_waited_for() -> None:
    index = IndexInMemory({1: 5})
    index.taken_elsewhere = {1}

    rests = await run(index, rests=2)

    assert rests == [GATHER_SECONDS, GATHER_SECONDS]


async def test_while_the_database_is_away_it_asks_now_and_then() -> None:
    index = IndexInMemory({1: 5})
    index.is_away = True

    rests = await run(index, rests=2)

    assert rests == [RETRY_SECONDS, RETRY_SECONDS]
