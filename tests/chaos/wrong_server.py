"""``causerie serve``, made wrong on purpose: the controls run the same tests against it.

``python wrong_server.py WRONG[,WRONG...]``. Everything but the named wrong is the real server.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from causerie.assembly.cli.server import serve
from causerie.conversations import ConversationView
from causerie.foundation.identity import MessageId, Seq
from causerie.foundation.postgres import Connection, EmbeddedPostgres, Record
from causerie.foundation.postgres.disk import DiskGuard, DiskState
from causerie.foundation.realtime import Entry, Topic
from causerie.foundation.realtime.catching import CatchUp
from causerie.gateway import session, sweeper
from causerie.messages import api_socket, wiring
from causerie.messages.events import MessagesSent
from causerie.messages.model import Draft, Message, Sent
from causerie.messages.ports import SendDone
from causerie.messages.store import traced, writer
from causerie.messages.store.writer import Pending
from causerie.messages.wire import Resumed, Subscribe

# So that a kill at any moment finds something between a commit and what should come after it.
GAP_SECONDS = 0.15
UNBOUNDED = 1 << 60
CLIENT_IDS = 4  # Their place among the arguments of write_batch.
_numbers = itertools.count(1)


def _made_up(draft: Draft, seq: int) -> Message:
    return Message(
        MessageId((1 << 40) + next(_numbers)),
        draft.conversation_id,
        draft.kind,
        Seq(seq),
        draft.sender_id,
        draft.sender_name,
        draft.message_type,
        draft.content,
        draft.client_id,
        datetime.now(UTC),
    )


def _writer() -> Any:  # a class: as it is by now, so that several wrongs add up
    return vars(traced)["GroupCommitWriter"]


def acknowledges_first() -> None:
    """Acknowledge when a send is queued; its commit comes later, if it comes."""

    class Hasty(_writer()):  # type: ignore[misc] # a class that is known at run time
        @override
        def put(self, draft: Draft, done: SendDone) -> None:
            super().put(draft, lambda _outcome: None)
            done(Sent(_made_up(draft, next(_numbers)), is_new=True))

        @override
        async def _write(self, batch: Sequence[Pending]) -> list[Record]:
            await asyncio.sleep(GAP_SECONDS)
            rows: list[Record] = await super()._write(batch)
            return rows

    _write_with(Hasty)


def announces_first() -> None:
    """Tell the readers what is about to be committed."""

    class Gossip(_writer()):  # type: ignore[misc] # a class that is known at run time
        @override
        async def _write(self, batch: Sequence[Pending]) -> list[Record]:
            connection = self._connection or await self._connect()
            seqs: dict[int, int] = {}
            for pending in batch:
                room = pending.draft.conversation_id
                if room not in seqs:
                    query = "SELECT last_seq FROM conversations.conversations WHERE id = $1"
                    seqs[room] = await connection.fetchval(query, room)
                seqs[room] += 1
                message = _made_up(pending.draft, seqs[room])
                self._events.announce([MessagesSent(room, (message,))])
            await asyncio.sleep(GAP_SECONDS)
            rows: list[Record] = await super()._write(batch)
            return rows

    _write_with(Gossip)


class _Unkeyed:
    """A connection on which a batch is written without keys; what is stored names them all the same."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, query: str, *args: Any) -> list[Record]:
        client_ids = args[CLIENT_IDS]
        unkeyed = [*args]
        unkeyed[CLIENT_IDS] = [None] * len(client_ids)
        async with self._connection.transaction():
            rows = await self._connection.fetch(query, *unkeyed)
            await self._connection.executemany(
                "UPDATE messages.messages SET client_id = $1 WHERE id = $2",
                [(client_ids[row[0] - 1], row[2]) for row in rows],
            )
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def forgets_keys() -> None:
    """Store no client_id as a key: a resend is another message."""

    class Forgetful(_writer()):  # type: ignore[misc] # a class that is known at run time
        @override
        async def _connect(self) -> Any:
            self._connection = _Unkeyed(await super()._connect())
            return self._connection

        @override
        async def _write(self, batch: Sequence[Pending]) -> list[Record]:
            rows: list[Record] = await super()._write(batch)
            await asyncio.sleep(GAP_SECONDS)
            return rows

    _write_with(Forgetful)


def skips_numbers() -> None:
    """Take one number too many with each batch."""

    class Wasteful(_writer()):  # type: ignore[misc] # a class that is known at run time
        @override
        async def _write(self, batch: Sequence[Pending]) -> list[Record]:
            connection = self._connection or await self._connect()
            query = "SELECT conversations.take_seqs(ARRAY[$1::bigint], ARRAY[1])"
            await connection.execute(query, batch[0].draft.conversation_id)
            rows: list[Record] = await super()._write(batch)
            return rows

    _write_with(Wasteful)


def does_not_wait_for_the_disk() -> None:
    """Commit with synchronous_commit off, behind the back of the check at the start."""

    class Careless(_writer()):  # type: ignore[misc] # a class that is known at run time
        @override
        async def _connect(self) -> Connection:
            connection: Connection = await super()._connect()
            await connection.execute("SET synchronous_commit = off")
            return connection

    _write_with(Careless)


def keeps_all_that_comes() -> None:
    """Have no bound on what waits for the database."""
    _put_in_place(writer, "MAX_QUEUED_SENDS", UNBOUNDED)
    _put_in_place(writer, "MAX_QUEUED_BYTES", UNBOUNDED)
    _put_in_place(session, "MAX_IN_FLIGHT", UNBOUNDED)


def ignores_the_disk() -> None:
    """Take messages though the disk is full."""
    _put_in_place(DiskGuard, "state", property(lambda _self: DiskState.OK))


def keeps_slow_readers() -> None:
    """Let nobody go who does not read."""
    _put_in_place(session, "MAX_UNSENT_BYTES", UNBOUNDED)
    _put_in_place(sweeper, "STALLED_SECONDS", float(UNBOUNDED))


def resumes_too_late() -> None:
    """Leave out the first message that a client missed."""

    class Inattentive(api_socket.MessageCommands):
        @override
        def _rewind(
            self, session: session.Session, view: ConversationView, command: Subscribe, name: str
        ) -> Resumed:
            since = {room: seq + 1 for room, seq in command.since.items()}
            return super()._rewind(session, view, Subscribe(since, command.revs), name)

    _put_in_place(wiring, "MessageCommands", Inattentive)


def lets_postgres_lie() -> None:
    """Leave a PostgreSQL that has died as it is."""

    async def leave(_self: EmbeddedPostgres) -> None:
        await asyncio.sleep(UNBOUNDED)

    _put_in_place(EmbeddedPostgres, "_revive", leave)


def fills_no_holes() -> None:
    """Leave out what the bus did not bring."""
    _put_in_place(CatchUp, "_mend", _look_away)
    _put_in_place(Topic, "_in_order", _take_all)


async def _look_away(_self: CatchUp, _topic: Topic) -> None:
    """Do nothing."""


def _take_all(self: Topic, entries: Iterable[Entry]) -> list[Entry]:
    ready = [e for e in entries if (e.seq > self.seq if e.seq else e.rev > self.rev)]
    self.seq = max([self.seq, *[e.seq for e in ready]])
    self.rev = max([self.rev, *[e.rev for e in ready]])
    return ready


def _put_in_place(owner: object, name: str, value: object) -> None:
    assert hasattr(owner, name)
    setattr(owner, name, value)


def _write_with(kind: type) -> None:
    _put_in_place(traced, "GroupCommitWriter", kind)


WRONGS: dict[str, Callable[[], None]] = {
    wrong.__name__: wrong
    for wrong in (
        acknowledges_first,
        announces_first,
        forgets_keys,
        skips_numbers,
        does_not_wait_for_the_disk,
        keeps_all_that_comes,
        ignores_the_disk,
        keeps_slow_readers,
        resumes_too_late,
        lets_postgres_lie,
        fills_no_holes,
    )
}

if __name__ == "__main__":
    for name in sys.argv[1].split(","):
        WRONGS[name]()
    serve()
