"""What single steps of the server cost, in its own code and with a real database.

python -m bench.micro > report.json
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import uvloop

from bench import broadcasting, child
from bench.machine import SERVER_CORE
from causerie.accounts import Origin, UserChanged
from causerie.accounts import wiring as accounts
from causerie.assembly.storage import ALL_MIGRATIONS
from causerie.foundation.clock import SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database, EmbeddedPostgres, migrate
from causerie.foundation.telemetry import configure_logs
from causerie.limits import Action, LimitOptions
from causerie.limits import wiring as limits
from causerie.moderation import ContentFilter, Policy, shipped_classifiers

COLD_TIMES = 200
WARM_TIMES = 20_000
US_PER_SECOND = 1e6
TIMEOUT_SECONDS = 120.0
COMMON_WORDS = [
    "hello",
    "does",
    "anyone",
    "know",
    "how",
    "to",
    "install",
    "this",
    "driver",
    "on",
    "my",
    "laptop?",
    "I",
    "tried",
    "the",
    "package",
    "from",
    "site,",
    "but",
    "it",
    "says",
    "that",
    "the",
    "file",
    "is",
    "missing",
    "and",
    "then",
    "it",
    "stops.",
    "what",
    "should",
    "we",
    "do",
    "about",
    "it",
    "now?",
    "thanks",
    "for",
    "your",
    "help",
    "yesterday,",
    "I",
    "will",
    "look",
    "at",
    "the",
    "log",
    "again",
    "when",
    "I",
    "am",
    "home",
    "and",
    "tell",
    "you",
    "which",
    "error",
    "comes",
    "first.",
    "maybe",
    "the",
    "old",
    "version",
    "works",
    "better",
    "with",
    "that",
    "card,",
    "who",
    "knows",
]
PER_MINUTE = 1_000_000  # Never reached, but counted.


class Micro(msgspec.Struct, frozen=True):
    """Medians in microseconds; the slowest cold one, too, since its bar is a maximum."""

    jwt_cold: float
    jwt_cold_p99: float
    jwt_cached: float
    limit_check: float
    content_filter: float
    broadcast_plain: float
    broadcast_deflated: float


def drive() -> Micro:
    """Measure in a process of its own, on the server's core. Raises ``Failed``."""
    printed = child.run(
        child.python("bench.micro"), core=SERVER_CORE, timeout_seconds=TIMEOUT_SECONDS
    )
    return msgspec.json.decode(printed, type=Micro)


async def _measure(folder: Path) -> Micro:
    postgres = EmbeddedPostgres(folder)
    endpoint = await postgres.start()
    await migrate(endpoint.owner_dsn, ALL_MIGRATIONS, apply=True)
    database = Database(endpoint.app_dsn, max_connections=4)
    await database.open()
    try:
        cold, cached = await _time_tokens(database, folder)
    finally:
        await database.close()
        await postgres.stop()
    plain, deflated = await broadcasting.compare(COMMON_WORDS)
    return Micro(
        jwt_cold=statistics.median(cold),
        jwt_cold_p99=statistics.quantiles(cold, n=100)[98],
        jwt_cached=cached,
        limit_check=_time_limit(),
        content_filter=_time_filter(),
        broadcast_plain=plain,
        broadcast_deflated=deflated,
    )


async def _time_tokens(database: Database, folder: Path) -> tuple[list[float], float]:
    """Microseconds of each cold validation (signature and database), and of a cached one."""
    events = Events()
    built = await accounts.build(
        database,
        accounts.AccountOptions(data_dir=folder),
        events=events,
        completion=Completion(),
        guesses=limits.build_guesses(database, events=events, clock=SystemClock()),
    )
    origin = Origin(ip="127.0.0.1", user_agent="bench")
    someone = await built.service.register("someone", "a pass phrase of some length", origin)
    token = someone.access_token

    async def validate() -> None:
        await built.service.authenticate_bearer(token)

    cold = []
    for _ in range(COLD_TIMES):
        events.announce([UserChanged(UserId(someone.user.id))])  # forgets what was proven
        cold.append(await _time(validate, times=1))
    cached = await _time(validate, times=WARM_TIMES)
    built.close()
    return cold, cached


async def _time(step: Callable[[], Awaitable[None]], *, times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        await step()
    return (time.perf_counter() - begun) / times * US_PER_SECOND


def _time_limit() -> float:
    options = LimitOptions(messages_per_minute=PER_MINUTE)
    messages = limits.build_book(options, clock=SystemClock()).of_users(Action.MESSAGES)
    begun = time.perf_counter()
    for number in range(WARM_TIMES):
        messages.require(UserId(number % 1000 + 1))
    return (time.perf_counter() - begun) / WARM_TIMES * US_PER_SECOND


def _time_filter() -> float:
    """The median of lines of some 100 characters, each with a word that was never seen before."""
    content_filter, policy = ContentFilter(shipped_classifiers()), Policy()
    chance = random.Random(1)
    costs = []
    for number in range(WARM_TIMES):
        words = chance.sample(COMMON_WORDS, k=17)
        line = " ".join([*words, f"{chance.choice(COMMON_WORDS)}{number:x}"])
        begun = time.perf_counter()
        content_filter.judge(line, policy)
        costs.append((time.perf_counter() - begun) * US_PER_SECOND)
    return statistics.median(costs[WARM_TIMES // 2 :])


def main() -> None:
    # The product logs to standard output where nobody says otherwise; that is the report's here.
    configure_logs(level="warning")
    with child.folder() as folder:
        report = uvloop.run(_measure(folder / "data"))
    sys.stdout.buffer.write(msgspec.json.encode(report))


if __name__ == "__main__":
    main()
