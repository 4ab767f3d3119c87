"""What the audit trail needs: its tables, a signature, and a memory outside of the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.audit.model import (
    Archive,
    Chain,
    Checkpoint,
    Details,
    Entry,
    EventQuery,
    Link,
    LogQuery,
    Page,
    SecurityEvent,
    Severity,
    StoredEvent,
)
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Connection


class Recorder(Protocol):
    """Writes into the audit log inside the transaction of what it records."""

    async def record(
        self,
        tx: Connection,
        *,
        action: str,
        target: str,
        severity: Severity,
        actor: UserId | None,
        address: str | None,
        before: Details | None,
        after: Details | None,
    ) -> None:
        """Add an entry, which is there with the commit. Without an actor: whom ``tx`` named."""
        ...


class EventStore(Protocol):
    """The table of security events. Raises ``Unavailable``."""

    async def add(self, events: Sequence[SecurityEvent]) -> None:
        """Store them in this order, all or none."""
        ...


class Reading(Protocol):
    """What is read by people. Raises ``Unavailable``."""

    async def entries(self, query: LogQuery) -> Page[Entry]:
        """Give the entries that the query is after, newest first."""
        ...

    async def events(self, query: EventQuery) -> Page[StoredEvent]:
        """Give the events that the query is after, newest first."""
        ...

    async def entries_after(self, row_id: int, *, limit: int) -> Sequence[Entry]:
        """Give the entries that follow a row, oldest first."""
        ...

    async def events_after(self, row_id: int, *, limit: int) -> Sequence[StoredEvent]:
        """Give the events that follow a row, oldest first."""
        ...


class ChainStore(Protocol):
    """The chains, as whoever checks and signs them sees them. Raises ``Unavailable``."""

    def links(self, chain: Chain, *, after: int, upto: int) -> AsyncIterator[Link]:
        """Give the rows with ``after < id <= upto`` in order of their ids."""
        ...

    async def link(self, chain: Chain, row_id: int) -> Link | None:
        """Give one row."""
        ...

    async def newest(self, chain: Chain) -> int:
        """Give the newest row's id; 0 where there is none."""
        ...

    async def newest_checkpoint(self, chain: Chain) -> Checkpoint | None:
        """Give the checkpoint of the newest rows that are signed."""
        ...

    async def checkpoints(self, chain: Chain) -> Sequence[Checkpoint]:
        """Give all checkpoints in order."""
        ...

    async def newest_archive(self, chain: Chain) -> Archive | None:
        """Give what was archived last."""
        ...

    async def add_checkpoint(self, checkpoint: Checkpoint) -> bool:
        """Store a checkpoint; False where another node was first."""
        ...


class Archives(Protocol):
    """What was moved into files, and the moving. Raises ``Unavailable``."""

    async def last_before(self, chain: Chain, before: datetime) -> int:
        """Give the id up to which every row is older; 0 where none is."""
        ...

    async def all(self, chain: Chain) -> Sequence[Archive]:
        """Give all archives, the oldest first."""
        ...

    async def remove(self, archive: Archive) -> int:
        """Store the archive and remove its rows, both or neither; gives how many went."""
        ...


class Signer(Protocol):
    """Signs what must not be made up by whoever rules the database."""

    def sign(self, content: bytes) -> bytes:
        """Give the signature."""
        ...

    def is_signed(self, content: bytes, signature: bytes) -> bool:
        """Say whether the signature is ours and of this content."""
        ...


class Remembered(msgspec.Struct, frozen=True):
    """The newest row that was signed, of one chain."""

    last_id: int
    hash: str


class Memory(Protocol):
    """Remembers outside of the database how far each chain was signed. Blocks for a file's time."""

    def load(self) -> Mapping[str, Remembered]:
        """Give what is remembered, by the chains' names."""
        ...

    def keep(self, remembered: Mapping[str, Remembered]) -> None:
        """Remember this instead."""
        ...
