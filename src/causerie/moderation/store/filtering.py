"""The filter's tables in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from typing_extensions import override

from causerie.conversations import Kind
from causerie.foundation.identity import ConversationId, MessageId, UserId
from causerie.foundation.postgres import (
    Database,
    Queries,
    claim,
    fingerprint,
    name_caller,
    settle,
)
from causerie.foundation.postgres import Record as Row
from causerie.moderation.model import FEATURES_VERSION, Action, Finding, Topic
from causerie.moderation.ports import FilterStore, Note, Record, RoomFilter

_QUERIES = Queries.load("causerie.moderation")
_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])


class PostgresFilterStore(FilterStore):
    """Each method is one statement or one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def record(self, notes: Sequence[Note]) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["insert_verdicts"],
                [note.conversation_id for note in notes],
                [note.author_id for note in notes],
                [note.message_id for note in notes],
                [note.refused_text is not None for note in notes],
                [_written(note.findings) for note in notes],
                [None if n.refused_text is None else storable(n.refused_text) for n in notes],
            )

    @override
    async def records(
        self,
        *,
        before: int,
        limit: int,
        conversation_id: ConversationId | None,
        author_id: UserId | None,
    ) -> list[Record]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                _QUERIES["verdicts"], before, conversation_id, author_id, limit
            )
        return [_record(row) for row in rows]

    @override
    async def forget_records(self, *, older_than_days: int, limit: int) -> int:
        async with self._database.connection() as connection:
            done = await connection.execute(_QUERIES["forget_verdicts"], older_than_days, limit)
        return int(done.rpartition(" ")[2])

    @override
    async def room_filters(self) -> Mapping[ConversationId, RoomFilter]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["room_filters"])
        return {row["conversation_id"]: _room_filter(row) for row in rows}

    @override
    async def set_room_filter(
        self,
        conversation_id: ConversationId,
        wanted: RoomFilter,
        *,
        changed_by: UserId,
        key: str | None,
    ) -> RoomFilter:
        async with self._database.transaction() as tx:
            if key is not None:
                done = await claim(
                    tx,
                    user_id=changed_by,
                    key=key,
                    operation="set_room_filter",
                    fingerprint=fingerprint(
                        conversation_id, wanted.size, wanted.structure, wanted.meaning
                    ),
                )
                if done is not None:
                    row = await tx.fetchrow(_QUERIES["find_room_filter"], conversation_id)
                    return RoomFilter() if row is None else _room_filter(row)
                await settle(tx, user_id=changed_by, key=key, result=conversation_id)
            await name_caller(tx)
            await tx.execute(
                _QUERIES["set_room_filter"],
                conversation_id,
                wanted.size,
                wanted.structure,
                wanted.meaning,
                changed_by,
            )
        return wanted

    @override
    async def teach(
        self,
        topic: Topic,
        text_hash: bytes,
        changes: Mapping[int, float],
        *,
        is_positive: bool,
        taught_by: UserId,
    ) -> bool:
        async with self._database.transaction() as tx:
            lesson = await tx.fetchval(
                _QUERIES["insert_lesson"],
                topic,
                FEATURES_VERSION,
                text_hash,
                is_positive,
                taught_by,
            )
            if lesson is None:
                return False
            await tx.execute(
                _QUERIES["forget_opposite_lesson"], topic, FEATURES_VERSION, text_hash, is_positive
            )
            await tx.execute(
                _QUERIES["add_learnt"],
                topic,
                FEATURES_VERSION,
                list(changes),
                list(changes.values()),
            )
        return True

    @override
    async def learnt(self) -> Mapping[Topic, Mapping[int, float]]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(_QUERIES["learnt"], FEATURES_VERSION)
        found: defaultdict[Topic, dict[int, float]] = defaultdict(dict)
        for row in rows:
            found[Topic(row["topic"])][row["bucket"]] = row["change"]
        return found

    @override
    async def newest_lesson(self) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["newest_lesson"], FEATURES_VERSION) or 0)


def storable(text: str) -> str:
    """Replace what PostgreSQL cannot hold: it is refused text, and may be anything."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _written(findings: tuple[Finding, ...]) -> str:
    safe = [
        msgspec.structs.replace(f, evidence=tuple(storable(seen) for seen in f.evidence))
        for f in findings
    ]
    return msgspec.json.encode(safe).decode()


def _record(row: Row) -> Record:
    note = Note(
        conversation_id=ConversationId(row["conversation_id"]),
        author_id=UserId(row["author_id"]),
        message_id=None if row["message_id"] is None else MessageId(row["message_id"]),
        findings=_FINDINGS.decode(row["findings"]),
        refused_text=row["refused_text"],
    )
    return Record(row["id"], Kind(row["kind"]), note, row["created_at"])


def _room_filter(row: Row) -> RoomFilter:
    size, structure, meaning = (
        None if row[level] is None else Action(row[level])
        for level in ("size", "structure", "meaning")
    )
    return RoomFilter(size, structure, meaning)
