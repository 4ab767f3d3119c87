"""What all checks of a message cost: the limit, the permissions and the filter, as a send goes through.

python -m bench.chain FILE... > report.json

The files are ordinary chat, ``[HH:MM] <nick> text``; their lines are sent in their order. Processor
time of this thread, so that what else runs on the machine counts only by what it does to the caches.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import uvloop
from typing_extensions import override

from bench import child
from bench.machine import SERVER_CORE
from causerie.accounts import Permission, Restrictions
from causerie.accounts.store import StoredRestrictions
from causerie.assembly.settings import Settings
from causerie.assembly.storage import ALL_MIGRATIONS
from causerie.conversations import wire_id
from causerie.conversations import wiring as conversations
from causerie.foundation.clock import SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Refusal
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.postgres import Database, EmbeddedPostgres, migrate
from causerie.foundation.telemetry import configure_logs
from causerie.limits import Action, LimitOptions
from causerie.limits import wiring as limits
from causerie.messages import Draft, MessageService, MessageType, Names, Sent
from causerie.messages.ports import Outgoing, SendDone
from causerie.messages.store import PostgresMessages
from causerie.moderation import read_irc
from causerie.moderation import wiring as moderation

PER_MINUTE = 1_000_000  # Never reached, but counted.
MAX_CHARS = 4000  # The default of limits.max_message_length.
TIMEOUT_SECONDS = 300.0
US_PER_SECOND = 1e6
_USER = frozenset({Permission.CREATE_CONVERSATIONS, Permission.SEND_MESSAGES})


class Costs(msgspec.Struct, frozen=True):
    """Microseconds of a message: half of them cost at most the first, 99 of 100 the second."""

    p50: float
    p99: float


class Chain(msgspec.Struct, frozen=True):
    """In a process that has just begun and knows no word, and the same lines when they come again."""

    lines: int
    cold: Costs
    warm: Costs


def drive(files: Sequence[Path]) -> Chain:
    """Measure in a process of its own, on the server's core. Raises ``Failed``."""
    printed = child.run(
        child.python("bench.chain", *(path.resolve() for path in files)),
        core=SERVER_CORE,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    return msgspec.json.decode(printed, type=Chain)


class _NoNames(Names):
    """Of nobody: nothing is read here."""

    @override
    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        return {}

    @override
    async def ids_of(self, names: Collection[str]) -> Sequence[UserId]:
        return []


class _Accepted(Outgoing):
    """Where the checks end: what is put here would be committed next."""

    def __init__(self) -> None:
        self.drafts = 0

    @override
    def put(self, draft: Draft, done: SendDone) -> None:
        self.drafts += 1


async def _measure(folder: Path, lines: Sequence[str]) -> Chain:
    postgres = EmbeddedPostgres(folder)
    endpoint = await postgres.start()
    await migrate(endpoint.owner_dsn, ALL_MIGRATIONS, apply=True)
    database = Database(endpoint.app_dsn, max_connections=2)
    await database.open()
    try:
        return await _send_all(database, lines)
    finally:
        await database.close()
        await postgres.stop()


async def _send_all(database: Database, lines: Sequence[str]) -> Chain:
    events, clock = Events(), SystemClock()
    rooms = conversations.build(database=database, events=events, completion=Completion()).service
    sender = await _somebody(database)
    room = await rooms.create_room(sender, name="bench")
    await rooms.membership(room.id, sender.user_id)  # Remembered from here on, as by a first send.
    security = Settings().security
    filtering = await moderation.build_filtering(
        database=database, conversations=rooms, wording=moderation.build_wording(security)
    )
    accepted = _Accepted()
    service = MessageService(
        conversations=rooms,
        store=PostgresMessages(database, _NoNames(), has_mentions=True),
        outgoing=accepted,
        events=events,
        completion=Completion(),
        voices=Restrictions(StoredRestrictions(database), events, clock),
        screening=filtering.screener,
        max_content_chars=MAX_CHARS,
        has_threads=True,
        has_files=True,
    )
    book = limits.build_book(LimitOptions(messages_per_minute=PER_MINUTE), clock=clock)
    limit = book.of_users(Action.MESSAGES)
    name = wire_id(room.kind, room.id)

    def send(line: str) -> float:
        begun = time.thread_time()
        with suppress(Refusal):
            limit.require(sender.user_id)
            service.submit(
                sender,
                conversation=name,
                content=line,
                client_id=None,
                message_type=MessageType.TEXT,
                done=_unheard,
            )
        return (time.thread_time() - begun) * US_PER_SECOND

    cold, warm = _costs(map(send, lines)), _costs(map(send, lines))
    if accepted.drafts < len(lines):  # of two times as many
        raise child.Failed(f"chain: {accepted.drafts:,} of {2 * len(lines):,} lines passed")
    return Chain(len(lines), cold, warm)


def _costs(measured: Iterable[float]) -> Costs:
    costs = list(measured)
    return Costs(statistics.median(costs), statistics.quantiles(costs, n=100)[98])


def _unheard(_: Sent | Exception) -> None:
    """Nothing is committed here, so nothing is told."""


async def _somebody(database: Database) -> Principal:
    async with database.connection() as connection:
        user_id = await connection.fetchval(
            "INSERT INTO accounts.users (username, display_name) VALUES ('ann', 'Ann') RETURNING id"
        )
    return Principal(UserId(user_id), "ann", "user", "", "", _USER)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("logs", type=Path, nargs="+", help="lines of [HH:MM] <nick> text")
    logs: list[Path] = parser.parse_args().logs
    # The product logs to standard output where nobody says otherwise; that is the report's here.
    configure_logs(level="warning")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in logs]
    lines = [line for text in texts for line in read_irc(text)]
    with child.folder() as folder:
        report = uvloop.run(_measure(folder / "data", lines))
    sys.stdout.buffer.write(msgspec.json.encode(report))


if __name__ == "__main__":
    main()
