"""``causerie jobs``: what could not be done, and having it done again, while the server runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from causerie.assembly.cli.failures import WRONG_USAGE, ConfigDir, fail, load_or_fail, plainly

if TYPE_CHECKING:  # help must come fast
    from causerie.foundation.jobs import Dead, DeadLetters

T = TypeVar("T")

app = typer.Typer(
    help="See what background work was given up; have it done.",
    no_args_is_help=True,
)

Kind = Annotated[str | None, typer.Option("--kind", help="Of this kind only.")]


@app.command()
def dead(
    kind: Kind = None,
    before: Annotated[int | None, typer.Option("--before", help="Older than this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    config: ConfigDir = None,
) -> None:
    """List what was given up, the newest first, and why."""

    async def run(letters: DeadLetters) -> list[Dead]:
        return await letters.find(kind=kind, before=before, limit=limit)

    for job in _with_letters(config, run):
        where = f" to {job.destination}" if job.destination else ""
        typer.echo(
            f"{job.id:>8} {job.kind}{where} died {job.died_at:%Y-%m-%d %H:%M:%S} UTC"
            f" after {job.attempts} attempts: {job.reason}"
        )


@app.command()
def replay(
    ids: Annotated[list[int] | None, typer.Argument(help="Numbers, as `dead` lists them.")] = None,
    kind: Kind = None,
    since: Annotated[
        datetime | None, typer.Option("--since", help="Died at this UTC time or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", help="Died before this UTC time.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    config: ConfigDir = None,
) -> None:
    """Have done again what fits all that is said."""
    if everything == any((ids, kind, since, until)):
        fail("say which, or --all alone", status=WRONG_USAGE)

    async def run(letters: DeadLetters) -> int:
        return await letters.revive(
            ids=ids or None, kind=kind, since=_utc(since), until=_utc(until)
        )

    typer.echo(f"{_with_letters(config, run)} put back")


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _with_letters(config_dir: Path | None, work: Callable[[DeadLetters], Awaitable[T]]) -> T:
    settings = load_or_fail(config_dir).settings
    with plainly():
        import uvloop

        from causerie.assembly.administration import open_dead_letters

        async def run() -> T:
            async with open_dead_letters(settings) as letters:
                return await work(letters)

        return uvloop.run(run())
