"""How long a search takes over a million messages: ``python -m bench.search IRC_FOLDER``.

Makes a data folder of its own with a PostgreSQL in it, fills it from the lines of IRC logs (each
message is the beginning of one line and the end of another), brings all of it into the index, asks a
mix of questions as several readers, prints a table and the plan, and ends. Beside the time on the
clock stands the time that PostgreSQL computed, which other work on the machine does not lengthen as
much. What is timed there is a search as the server makes it: found, words marked, snippets cut. Then a
server is started on that folder, and timed is what a user waits for: see ``bench.opening``.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from typing_extensions import override

from bench.opening import Waited, wait_for_pages
from bench.results import FOLDER
from causerie.assembly.importing import read_irc
from causerie.assembly.storage import ALL_MIGRATIONS
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Connection, Database, EmbeddedPostgres, migrate
from causerie.foundation.postgres.database import connect
from causerie.foundation.telemetry import configure_logs
from causerie.messages import Names
from causerie.messages.model import candidates, parse_search, snippet_of
from causerie.messages.ports import Asked
from causerie.messages.store import PostgresMessages, PostgresSearch, PostgresSearchIndex

ROOMS, PEOPLE = 1000, 2000
CHUNK_MESSAGES = 1000
CLEAN_EVERY_CHUNKS = 100
MAX_P99_MS = 50.0
MAX_PAGE_MS = 100.0
BIG_ROOM = ConversationId(1)  # The busiest of them: an eighth of all that is said.
IN_ALL, IN_THE_BUSIEST = "in all 1,000 rooms", "in 5 of the busiest"
# Readers by what they are in: rooms are busier the lower their number.
READERS: Mapping[str, tuple[int, range]] = {
    IN_ALL: (1, range(1, ROOMS + 1)),
    "in 200 of middle size": (2, range(100, 300)),
    IN_THE_BUSIEST: (3, range(1, 6)),
    "in one small room": (4, range(700, 701)),
}
QUESTIONS = (
    ("common word", "the"),
    ("usual word", "install"),
    ("rare word", "segfault"),
    ("nothing found", "zzzznothing"),
    ("two words", "kernel install"),
    ("phrase", '"how to install"'),
    ("phrase of common words", '"in the"'),
    ("without", "install -ubuntu"),
    ("from:", "from:7 ubuntu"),
    ("has:link", "kernel has:link"),
    ("before:", "install before:2025-01-01"),
    ("in: one room", "in:1 install"),
)


class Measured(msgspec.Struct):
    """One question to one reader, asked over and over; milliseconds."""

    reader: str
    what: str
    found: int
    clock: list[float] = []
    computed: list[float] = []


class Numbers(Names):
    """Users are called by their numbers here."""

    @override
    async def names_of(self, ids: Collection[UserId]) -> Mapping[UserId, str]:
        return {user_id: str(user_id) for user_id in ids}

    @override
    async def ids_of(self, names: Collection[str]) -> Sequence[UserId]:
        return [UserId(int(name)) for name in names]


def main() -> None:
    """Measure, print, and keep the table beside the other results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="*.txt: [HH:MM] <nick> text")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    configure_logs(level="warning")
    lines = [
        line.text
        for path in sorted(options.folder.glob("*.txt"))
        for line in read_irc(path.read_text("utf-8").split("\n"))
    ]
    with tempfile.TemporaryDirectory(prefix="causerie-search-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's user must be able to enter when we are root.
        report = asyncio.run(measure(Path(folder), lines, options.messages, options.rounds))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "search.md").write_text(report)
    print(report)


async def measure(folder: Path, lines: Sequence[str], count: int, rounds: int) -> str:
    """Fill a new database and ask it; gives the report."""
    server = EmbeddedPostgres(folder)
    endpoint = await server.start()
    try:
        await migrate(endpoint.owner_dsn, ALL_MIGRATIONS)
        superuser = await connect(
            server.supervisor_dsn.replace("/postgres?", "/causerie?"),
            statement_timeout_seconds=None,
        )
        database = Database(endpoint.app_dsn, max_connections=1)
        await database.open()
        await seed(superuser, lines, count)
        indexing = await fill_index(database, superuser)
        results = await ask_all(database, rounds)
        plan = await explain(superuser)
        await database.close()
        await superuser.close()
    finally:
        await server.stop()
    room, reader, searcher = f"room_{BIG_ROOM}", READERS[IN_THE_BUSIEST][0], READERS[IN_ALL][0]
    pages = await asyncio.to_thread(
        wait_for_pages, folder, reader=reader, room=room, searcher=searcher, rounds=rounds
    )
    return render(count, indexing, results, pages, plan)


async def seed(superuser: Connection, lines: Sequence[str], count: int) -> None:
    """Write everything that was ever said, past the writer."""
    chance = random.Random(1)
    await superuser.execute(
        "INSERT INTO accounts.users (username, display_name)"
        f" SELECT n, n FROM generate_series(1, {PEOPLE}) n"
    )
    seqs = [0] * (ROOMS + 1)
    rooms = chance.choices(range(1, ROOMS + 1), [1 / n for n in range(1, ROOMS + 1)], k=count)
    began = datetime.now(UTC) - timedelta(minutes=count)

    def rows() -> Iterator[tuple[object, ...]]:
        for number, room in enumerate(rooms, 1):
            seqs[room] += 1
            one, other = chance.choice(lines).split(), chance.choice(lines).split()
            cut = chance.randrange(len(one) + 1)
            text = " ".join(one[:cut] + other[cut : cut + 8]) or "hi"
            at = began + timedelta(minutes=number)
            yield room, seqs[room], number, chance.randrange(1, PEOPLE + 1), "text", text, at

    await superuser.copy_records_to_table(
        "messages",
        schema_name="messages",
        records=rows(),
        columns=(
            "conversation_id", "seq", "id", "sender_id", "message_type", "content", "created_at"
        ),
    )  # fmt: skip
    await superuser.execute(
        "INSERT INTO messages.locator SELECT id, conversation_id, seq FROM messages.messages"
    )
    await superuser.execute(
        "INSERT INTO conversations.conversations (id, kind, visibility, name, creator_id, last_seq)"
        " OVERRIDING SYSTEM VALUE SELECT n, 'room', 'private', 'r' || n, 1, l"
        " FROM unnest($1::bigint[]) WITH ORDINALITY AS t (l, n)",
        seqs[1:],
    )
    for user, places in READERS.values():
        await superuser.execute(
            "INSERT INTO conversations.members (conversation_id, user_id, role)"
            " SELECT n, $1, 'member' FROM unnest($2::bigint[]) n",
            user,
            list(places),
        )
    await superuser.execute("VACUUM ANALYZE")


async def fill_index(database: Database, superuser: Connection) -> float:
    """Index everything; gives the seconds that it took."""
    index = PostgresSearchIndex(database)
    began = time.perf_counter()
    waiting = list(await index.behind(limit=ROOMS))
    chunks = 0
    while waiting:
        some = waiting[:16]
        _, unfinished = await index.index_some(some, limit=CHUNK_MESSAGES)
        waiting = [*waiting[16:], *unfinished]
        chunks += 1
        if chunks % CLEAN_EVERY_CHUNKS == 0:
            print(f"{chunks * CHUNK_MESSAGES:,} messages at most are indexed", flush=True)
    took = time.perf_counter() - began
    await superuser.execute("VACUUM ANALYZE messages.search")  # as autovacuum does meanwhile
    return took


async def ask_all(database: Database, rounds: int) -> list[Measured]:
    """Ask every question of every reader, round after round; the first round is not counted."""
    search = PostgresSearch(database, PostgresMessages(database, Numbers()))
    async with database.connection() as connection:
        backend = connection.get_server_pid()
    results = [Measured(reader, what, 0) for reader in READERS for what, _ in QUESTIONS]
    for turn in range(rounds + 1):
        for result in results:
            query = dict(QUESTIONS)[result.what]
            began, computed = time.perf_counter(), computed_ms(backend)
            result.found = await ask(search, UserId(READERS[result.reader][0]), query)
            if turn:
                result.clock.append((time.perf_counter() - began) * 1000)
                result.computed.append(computed_ms(backend) - computed)
    return results


async def ask(search: PostgresSearch, reader: UserId, query: str) -> int:
    """One search as the service makes it; gives how many were found."""
    parsed = parse_search(query, field="q")
    places = [ConversationId(int(place)) for place in parsed.places] or None
    asked = Asked(parsed, [UserId(int(name)) for name in parsed.senders], (), places, ())
    messages = await search.find(asked, viewer=reader, limit=50)
    contents = [message.content for message in messages]
    terms = [*parsed.words, *parsed.phrases]
    marked = await search.words_found(candidates(contents, terms), terms)
    return len([snippet_of(content, marked) for content in contents])


async def explain(superuser: Connection) -> str:
    """The plan of the first step of a search for a usual word."""
    window = "SELECT messages.window_of((SELECT max(id) FROM messages.locator), 16384)"
    rows = await superuser.fetch(
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF, SUMMARY OFF)"
        " SELECT conversation_id, seq, created_at FROM messages.search"
        f" WHERE vector @@ ({window}) AND vector @@ messages.term_query('install')"
    )
    return "\n".join(str(row[0]) for row in rows)


def computed_ms(backend: int) -> float:
    """The processor time of PostgreSQL's process so far."""
    return int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e6


def at(values: Sequence[float], share: float) -> float:
    """A percentile, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def render(
    count: int, indexing: float, results: Sequence[Measured], pages: Sequence[Waited], plan: str
) -> str:
    """The report, as Markdown."""
    clock = [value for result in results for value in result.clock]
    computed = [value for result in results for value in result.computed]
    lines = [
        (
            f"{count:,} messages, indexed in {indexing:,.0f} s. Milliseconds; the clock / PostgreSQL's"
            " own processor time."
        ),
        "",
        "| reader | question | found | p50 | p99 |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {r.reader} | {r.what} | {r.found} | {at(r.clock, 0.5):.1f} / {at(r.computed, 0.5):.1f}"
            f" | {at(r.clock, 0.99):.1f} / {at(r.computed, 0.99):.1f} |"
            for r in results
        ),
        (
            f"| all | all, at most {MAX_P99_MS:.0f} | | {at(clock, 0.5):.1f} / {at(computed, 0.5):.1f}"
            f" | {at(clock, 0.99):.1f} / {at(computed, 0.99):.1f} |"
        ),
        "",
        (
            f"What a user waits for, of a server whose busiest room has {count // 8:,} messages or so"
            f" (at most {MAX_PAGE_MS:.0f} ms to its last page, {MAX_P99_MS:.0f} for a search):"
        ),
        "",
        "| what | p50 | p99 |",
        "| --- | --- | --- |",
        *(f"| {w.what} | {at(w.clock, 0.5):.1f} | {at(w.clock, 0.99):.1f} |" for w in pages),
        "",
        "```text",
        re.sub(r"\n\s+Index Searches: \d+", "", plan),
        "```",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
