"""The writer with a span for each send and each batch; it stands in for it where traces are on."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.foundation.events import Events
from causerie.foundation.postgres import Database, Disk, Record
from causerie.foundation.telemetry import tracing
from causerie.foundation.telemetry.tracing import Begun, Tracer
from causerie.messages.model import Draft, Sent
from causerie.messages.ports import MessageStore, SendDone
from causerie.messages.store.writer import GroupCommitWriter, Pending


class TracedWriter(GroupCommitWriter):
    """A batch is a child of its first send, and linked with all of them."""

    def __init__(
        self,
        database: Database,
        store: MessageStore,
        events: Events,
        disk: Disk,
        *,
        has_mentions: bool,
        tracer: Tracer,
    ) -> None:
        super().__init__(database, store, events, disk, has_mentions=has_mentions)
        self._tracer = tracer

    @override
    def put(self, draft: Draft, done: SendDone) -> None:
        begun = self._tracer.begin(
            "messages.send", {"causerie.conversation": draft.conversation_id}
        )
        try:
            super().put(draft, _TracedDone(begun, done))
        except Exception as refusal:
            begun.end(refusal)
            raise

    @override
    async def _commit(self, batch: Sequence[Pending]) -> None:
        sends = [p.done.begun for p in batch if isinstance(p.done, _TracedDone)]
        with self._tracer.span(
            "messages.commit",
            {"causerie.batch_size": len(batch)},
            parent=sends[0] if sends else None,
            links=sends,
        ):
            await super()._commit(batch)

    @override
    async def _write(self, batch: Sequence[Pending]) -> list[Record]:
        with self._tracer.span("postgresql write_batch", {"db.system.name": "postgresql"}):
            return await super()._write(batch)


class _TracedDone:
    """Who wants to know, behind the end of the send's span."""

    def __init__(self, begun: Begun, done: SendDone) -> None:
        self.begun = begun
        self._done = done

    def __call__(self, outcome: Sent | Exception) -> None:
        self.begun.end(outcome if isinstance(outcome, Exception) else None)
        self._done(outcome)


def open_writer(
    database: Database, store: MessageStore, events: Events, disk: Disk, *, has_mentions: bool
) -> GroupCommitWriter:
    """The process's one writer, with spans where there is a tracer."""
    tracer = tracing.current()
    if tracer is None:
        return GroupCommitWriter(database, store, events, disk, has_mentions=has_mentions)
    return TracedWriter(database, store, events, disk, has_mentions=has_mentions, tracer=tracer)
