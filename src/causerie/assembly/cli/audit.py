"""``causerie audit``: look at the audit trail, check it, take it out."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from causerie.assembly.cli.failures import FAILED, ConfigDir, fail, load_or_fail, plainly

if TYPE_CHECKING:  # help must come fast
    from causerie.assembly.auditing import Archivist, AuditDesk

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="See who did what, and what looked like an attack.",
)

Events = Annotated[bool, typer.Option("--events", help="The security events, not the audit log.")]


@app.command()
def verify(config: ConfigDir = None) -> None:
    """Check that no row was changed, deleted, inserted or cut off; name those that were.

    Beside a running server, or alone. Leaves with 1 where something was tampered with.
    """
    verdict = _with_desk(config, lambda desk: desk.verify())
    for finding in verdict.findings:
        typer.echo(str(finding), err=True)
    for chain, rows in verdict.rows.items():
        typer.echo(
            f"{chain}: {rows} rows looked at, {verdict.archived[chain]} archived, "
            f"{verdict.unsigned[chain]} not signed yet"
        )
    if not verdict.is_sound:
        raise typer.Exit(FAILED)
    typer.echo("The audit trail is whole.")


@app.command()
def show(
    events: Events = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many, the newest.")] = 50,
    config: ConfigDir = None,
) -> None:
    """Print the newest entries, one a line, the newest last."""

    async def run(desk: AuditDesk) -> list[str]:
        return await desk.newest(events=events, limit=limit)

    for line in _with_desk(config, run):
        typer.echo(line)


@app.command()
def export(
    file: Annotated[str, typer.Argument(help="JSON lines, the oldest first; - for output.")],
    events: Events = False,
    config: ConfigDir = None,
) -> None:
    """Write all entries into a file, each with its hash."""
    try:
        with (
            nullcontext(sys.stdout) if file == "-" else Path(file).open("w", encoding="utf-8")
        ) as out:
            written = _with_desk(config, lambda desk: desk.export(out.write, events=events))
    except OSError as error:
        fail(f"{file} cannot be written: {error}")
    typer.echo(f"{written} entries written", err=True)


@app.command()
def archive(
    before: Annotated[datetime, typer.Option(help="Rows older than this day (UTC).")],
    to: Annotated[Path, typer.Option(help="A file that does not exist yet.")],
    events: Events = False,
    config: ConfigDir = None,
) -> None:
    """Move old rows into a file, and remember where the chain goes on, signed."""
    from causerie.audit import Chain

    chain = Chain.EVENTS if events else Chain.LOGS
    day = before.replace(tzinfo=before.tzinfo or UTC)

    async def run(archivist: Archivist) -> str:
        with to.open("xb") as file:
            done = await archivist.write(chain, before=day, write=file.write)
            file.flush()
            os.fsync(file.fileno())
        if done is None:
            to.unlink()
            return "Nothing is as old as that."
        removed = await archivist.remove(done)
        return f"{removed} rows, up to {done.last_id}, moved to {to}"

    typer.echo(_with_archivist(config, run))


@app.command("check-archive")
def check_archive(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    events: Events = False,
    config: ConfigDir = None,
) -> None:
    """Check that a file of `archive` is what was signed; name the row that is not."""
    from causerie.audit import Chain

    chain, content = (Chain.EVENTS if events else Chain.LOGS), file.read_bytes()
    typer.echo(_with_archivist(config, lambda archivist: archivist.check(chain, content)))


def _with_archivist(config_dir: Path | None, work: Callable[[Archivist], Awaitable[str]]) -> str:
    settings = load_or_fail(config_dir).settings
    with plainly():
        import uvloop

        from causerie.assembly.auditing import open_archivist
        from causerie.audit import ArchiveRefused

        async def run() -> str:
            async with open_archivist(settings) as archivist:
                return await work(archivist)

        try:
            return uvloop.run(run())
        except ArchiveRefused as refused:
            fail(str(refused))


def _with_desk(config_dir: Path | None, work: Callable[[AuditDesk], Awaitable[T]]) -> T:
    settings = load_or_fail(config_dir).settings
    with plainly():
        import uvloop

        from causerie.assembly.auditing import open_audit

        async def run() -> T:
            async with open_audit(settings) as desk:
                return await work(desk)

        return uvloop.run(run())
