"""The group-commit writer: sends wait, what has gathered is committed together, then they hear.

While one batch commits the next gathers: alone a message waits for one commit, under load the
batches grow by themselves (``gathering.py``). Never a timer that delays a lone message.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections import deque
from collections.abc import Sequence

import msgspec
import structlog
from typing_extensions import override

from causerie.files import FileId
from causerie.foundation.errors import Invalid, Refusal, Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, MessageId, Seq
from causerie.foundation.postgres import (
    Connection,
    Database,
    Disk,
    DiskState,
    Record,
    StorageFull,
    is_wrong_data,
    translated,
)
from causerie.foundation.telemetry import metrics
from causerie.messages.events import MessagesSent, ThreadUpdated
from causerie.messages.model import Draft, Message, Sent
from causerie.messages.ports import MessageStore, Outgoing, SendDone
from causerie.messages.store.gathering import Gathering
from causerie.messages.store.tables import QUERIES
from causerie.messages.store.written import REFUSALS, message_from, thread_of, with_surroundings

log = structlog.get_logger()

# What 1,000 senders have on their way. The larger the batch, the more of it a reader gets in one
# write. Measured: 128 to 1,024 give the same durable sends/s, within the machine's noise.
MAX_BATCH_SENDS = 1024
MAX_QUEUED_SENDS = 20_000  # A second of the fastest machine; who comes later is told at once.
MAX_BATCH_BYTES = 2 << 20  # Of text; the driver holds a batch three times over while it is sent.
MAX_QUEUED_BYTES = 16 << 20  # Of text; the rest of the 50 MB of an outage is what surrounds it.
WIDE_CHARACTER_BYTES = 4  # What a character beyond ASCII takes at most, in memory as in UTF-8.
RETRY_SECONDS = 0.1  # A restarted PostgreSQL is found within this, and asked ten times a second.
NAME_BYTES = 12  # 96 bits: the names of two processes never meet.
PROBE_SECONDS = 2.0  # How often a full disk is asked whether there is room again.


class Pending(msgspec.Struct, frozen=True):
    """A send on its way, and who wants to know."""

    draft: Draft
    done: SendDone
    text_bytes: int  # at most


class GroupCommitWriter(Outgoing):
    """One per process, on one connection: two would commit one room's messages out of order."""

    def __init__(
        self,
        database: Database,
        store: MessageStore,
        events: Events,
        disk: Disk,
        *,
        has_mentions: bool = True,
    ) -> None:
        self._database = database
        self._store = store
        self._events = events
        self._disk = disk
        self._has_mentions = has_mentions
        self._queue: deque[Pending] = deque()
        self._gathering = Gathering(lambda: len(self._queue))
        self._queued_bytes = 0
        self._is_full = False
        self._is_stopping = False
        self._arrival: asyncio.Future[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._connection: Connection | None = None
        self._name = secrets.token_urlsafe(NAME_BYTES)
        self._numbers = itertools.count(1)
        metrics.WRITER_QUEUE_DEPTH.read_from(lambda: len(self._queue))

    @override
    def put(self, draft: Draft, done: SendDone) -> None:
        if self._is_stopping:
            raise Unavailable("The server is stopping")
        if self._is_full or self._disk.state is not DiskState.OK:
            raise StorageFull("The database's disk is full; nothing was stored")
        if len(self._queue) >= MAX_QUEUED_SENDS or self._queued_bytes >= MAX_QUEUED_BYTES:
            raise Unavailable("Too many messages wait for the database")
        content = draft.content
        size = len(content) if content.isascii() else len(content) * WIDE_CHARACTER_BYTES
        self._queue.append(Pending(draft, done, size))
        self._queued_bytes += size
        self._idle.clear()
        if self._arrival is not None:
            self._arrival.set_result(None)
            self._arrival = None

    async def drain(self, deadline_seconds: float) -> bool:
        """Take nothing more, and wait until all that was taken is committed. False: in vain."""
        self._is_stopping = True
        try:
            await asyncio.wait_for(self._idle.wait(), deadline_seconds)
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Commit batch after batch: a supervised worker."""
        # A run that failed while it waited for room does not say so for ever.
        self._is_full = False
        began = time.perf_counter()
        try:
            while True:
                if not self._queue:
                    self._idle.set()
                    self._arrival = asyncio.get_running_loop().create_future()
                    await self._arrival
                    began = time.perf_counter()
                await self._gathering.wait()
                batch, taken = self._take(), time.perf_counter()
                await self._commit(batch)
                self._gathering.committed(len(batch), time.perf_counter() - taken)
                metrics.SEND_SECONDS.observe(time.perf_counter() - began)
                began = taken  # What waits now came after it.
        finally:
            self._arrival = None
            self._drop_connection()

    def _take(self) -> list[Pending]:
        queue = self._queue
        batch: list[Pending] = []
        size = 0
        while queue and len(batch) < MAX_BATCH_SENDS and size < MAX_BATCH_BYTES:
            pending = queue.popleft()
            batch.append(pending)
            size += pending.text_bytes
        self._queued_bytes -= size
        return batch

    # --- one batch -------------------------------------------------------------------------------

    async def _commit(self, batch: Sequence[Pending]) -> None:
        """Bring a batch to its end, whatever it is: everyone in it hears exactly once."""
        try:
            rows = await self._write(batch)
        except StorageFull as refusal:
            await self._wait_for_room(batch, refusal)
        except Exception as error:
            if len(batch) > 1:
                # One bad row fails them all: halve until it stands alone.
                half = len(batch) // 2
                await self._commit(batch[:half])
                await self._commit(batch[half:])
            else:
                log.exception("message_not_storable", error_type=type(error).__name__)
                # What else fails is ours, and is answered as such.
                is_theirs = is_wrong_data(error)
                _tell(batch[0], Invalid("content", "Cannot be stored") if is_theirs else error)
        else:
            known = self._announce(batch, rows)
            if known:
                await self._tell_known(known)

    async def _write(self, batch: Sequence[Pending]) -> list[Record]:
        """Commit, over and over until the database is there: its number makes repeating it safe."""
        drafts = [pending.draft for pending in batch]
        client_ids = [d.client_id for d in drafts]
        arguments: tuple[object, ...] = (
            self._name,
            next(self._numbers),
            [d.conversation_id for d in drafts],
            [d.sender_id for d in drafts],
            client_ids,
            [d.fingerprint for d in drafts],
            [d.message_type.value for d in drafts],
            [d.content for d in drafts],
        )
        query = QUERIES["write_batch"]
        if any(d.parent_id is not None or d.file_ids or "@" in d.content for d in drafts):
            # Looked for here, so that a batch of plain messages is not asked about what it lacks.
            parents = [d.parent_id for d in drafts]
            files = [_array_of(d.file_ids) if d.file_ids else None for d in drafts]
            arguments = (
                *arguments,
                parents if any(parents) else None,
                files if any(files) else None,
            )
            query = QUERIES["write_batch_in_full"]
        while True:
            try:
                began = time.perf_counter()
                with translated():
                    connection = self._connection or await self._connect()
                    rows = await connection.fetch(query, *arguments)
            except StorageFull:
                raise
            except Unavailable:
                self._drop_connection()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                metrics.WRITER_COMMIT_SECONDS.observe(time.perf_counter() - began)
                metrics.WRITER_BATCH_SIZE.observe(len(batch))
                return rows

    async def _connect(self) -> Connection:
        self._connection = await self._database.dedicated()
        await self._connection.execute(QUERIES["settle_plans"])
        await self._connection.execute(QUERIES["forget_writers"])
        if not self._has_mentions:
            await self._connection.execute(QUERIES["mentions_off"])
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    # --- after the commit ------------------------------------------------------------------------

    def _announce(
        self, batch: Sequence[Pending], rows: Sequence[Record]
    ) -> list[tuple[Pending, MessageId]]:
        # Not a coroutine: nothing can cancel us between the commit and the last who hears of it.
        stored: list[tuple[Pending, Message]] = []
        known: list[tuple[Pending, MessageId]] = []
        by_conversation: dict[ConversationId, list[Message]] = {}
        threads: dict[MessageId, ThreadUpdated] = {}
        for ord_, outcome, message_id, seq, created_at, around in rows:
            pending = batch[ord_ - 1]
            if outcome == "stored":
                message = message_from(pending.draft, message_id, seq, created_at)
                if around is not None:
                    message = with_surroundings(message, around)
                    if message.parent_id is not None:
                        threads[message.parent_id] = thread_of(message, message.parent_id, around)
                stored.append((pending, message))
                by_conversation.setdefault(message.conversation_id, []).append(message)
            elif outcome == "known":
                known.append((pending, message_id))
            else:
                _tell(pending, REFUSALS[outcome]())
        self._events.announce(
            [
                *(
                    MessagesSent(conversation_id, tuple(sorted(messages, key=_seq)))
                    for conversation_id, messages in by_conversation.items()
                ),
                *threads.values(),
            ]
        )
        for pending, message in stored:
            metrics.MESSAGES.labels(message.kind).inc()
            _tell(pending, Sent(message, is_new=True))
        return known

    async def _tell_known(self, known: Sequence[tuple[Pending, MessageId]]) -> None:
        """Answer those whose key was used before with the message as it is now."""
        try:
            messages = await self._store.by_ids([message_id for _, message_id in known])
            roots = {m.parent_id for m in messages.values() if m.parent_id is not None}
            threads = await self._store.threads_now(tuple(roots)) if roots else ()
            seen = await self._store.as_seen(
                [messages[message_id] for _, message_id in known],
                [pending.draft.sender_id for pending, _ in known],
            )
        except Exception as error:
            if not isinstance(error, Refusal):
                log.exception("known_messages_not_read")
            for pending, _ in known:
                _tell(pending, error)
            return
        self._announce_known([messages[message_id] for _, message_id in known], threads)
        for (pending, _), message in zip(known, seen, strict=True):
            _tell(pending, Sent(message, is_new=False))

    def _announce_known(
        self, messages: Sequence[Message], threads: Sequence[ThreadUpdated]
    ) -> None:
        # The first time may have been a moment ago, and its answer lost with the connection: then
        # nobody has been told. Who has been drops what is not newer than the last number.
        for message in sorted(messages, key=_seq):
            self._events.announce([MessagesSent(message.conversation_id, (message,))])
        self._events.announce(threads)

    # --- a full disk -----------------------------------------------------------------------------

    async def _wait_for_room(self, batch: Sequence[Pending], refusal: StorageFull) -> None:
        """Say no to everyone who waits, and take nothing until there is room again."""
        self._is_full = True
        self._disk.report_full()
        log.error("writing_stopped_disk_full", refused=len(batch) + len(self._queue))
        waiting = [*batch, *self._queue]
        self._queue.clear()
        self._queued_bytes = 0
        for pending in waiting:
            _tell(pending, refusal)
        self._idle.set()
        while not await self._has_room():  # noqa: ASYNC110 - it is the database that is asked
            await asyncio.sleep(PROBE_SECONDS)
        self._is_full = False
        log.info("writing_resumed")

    async def _has_room(self) -> bool:
        if self._disk.state is not DiskState.OK:
            return False
        try:
            with translated():
                connection = self._connection or await self._connect()
                await connection.execute(QUERIES["probe"])
        except Unavailable:
            self._drop_connection()
            return False
        return True


def _array_of(ids: Sequence[FileId]) -> str:
    """An array as PostgreSQL writes it: rows of different lengths fit into no array of arrays."""
    return "{" + ",".join(map(str, ids)) + "}"


def _tell(pending: Pending, outcome: Sent | Exception) -> None:
    try:
        pending.done(outcome)
    except Exception:
        log.exception("send_outcome_not_delivered")


def _seq(message: Message) -> Seq:
    return message.seq
