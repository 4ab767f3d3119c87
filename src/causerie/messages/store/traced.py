"""The writer where messages are followed: by lines of the log, and by spans with traces on."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from typing_extensions import override

from causerie.foundation.events import Events
from causerie.foundation.identity import MessageId
from causerie.foundation.postgres import Database, Disk, Record
from causerie.foundation.telemetry import following, tracing
from causerie.foundation.telemetry.following import Origin, Place
from causerie.foundation.telemetry.tracing import Begun, Tracer
from causerie.messages.model import Draft, Sent
from causerie.messages.ports import MessageStore, SendDone
from causerie.messages.store.writer import GroupCommitWriter, Pending

log = structlog.get_logger()


class FollowedWriter(GroupCommitWriter):
    """Knows by which request or connection each send came, and says so to who announces it."""

    @override
    def put(self, draft: Draft, done: SendDone) -> None:
        super().put(draft, _FollowedDone(done, following.here()))

    @override
    def _announce(
        self, batch: Sequence[Pending], rows: Sequence[Record]
    ) -> list[tuple[Pending, MessageId]]:
        origins: dict[Place, Origin] = {}
        for ord_, outcome, message_id, seq, *_ in rows:
            done, draft = batch[ord_ - 1].done, batch[ord_ - 1].draft
            if outcome == "stored" and isinstance(done, _FollowedDone):
                origins[draft.conversation_id, seq] = done.origin
                log.debug(
                    "message_committed",
                    conversation_id=draft.conversation_id,
                    number=seq,
                    message_id=message_id,
                    **done.origin.ids,
                )
        with following.these(origins):
            return super()._announce(batch, rows)


class TracedWriter(FollowedWriter):
    """With a span for each send and each batch: a child of its first send, and linked with all."""

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
            super(FollowedWriter, self).put(draft, _TracedDone(done, following.here(), begun))
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


class _FollowedDone:
    """Who wants to know, and where what they sent came from."""

    def __init__(self, done: SendDone, origin: Origin) -> None:
        self.origin = origin
        self._done = done

    def __call__(self, outcome: Sent | Exception) -> None:
        self._done(outcome)


class _TracedDone(_FollowedDone):
    """The same, behind the end of the send's span."""

    def __init__(self, done: SendDone, origin: Origin, begun: Begun) -> None:
        super().__init__(done, origin)
        self.begun = begun

    @override
    def __call__(self, outcome: Sent | Exception) -> None:
        self.begun.end(outcome if isinstance(outcome, Exception) else None)
        super().__call__(outcome)


def open_writer(
    database: Database, store: MessageStore, events: Events, disk: Disk, *, has_mentions: bool
) -> GroupCommitWriter:
    """The process's one writer, which follows what it writes where that is wanted."""
    tracer = tracing.current()
    if tracer is not None:
        return TracedWriter(database, store, events, disk, has_mentions=has_mentions, tracer=tracer)
    kind = FollowedWriter if following.is_followed() else GroupCommitWriter
    return kind(database, store, events, disk, has_mentions=has_mentions)
