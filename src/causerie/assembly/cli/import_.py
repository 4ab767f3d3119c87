"""``causerie import``: conversations from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import ConfigDir, load_or_fail, plainly

if TYPE_CHECKING:  # help must come fast
    from causerie.assembly.importing import Imported

app = typer.Typer(help="Bring in conversations from elsewhere.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Bring in conversations from elsewhere."""


@app.command()
def irc(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="Logs: lines of [HH:MM] <nick> text."),
    ],
    config_dir: ConfigDir = None,
) -> None:
    """Load IRC logs for a demo: each file a room, each nick a user without a password.

    A nick that is somebody's username speaks as that user. Beside a running server or alone;
    harmless when repeated: a log that has grown adds what is new.
    """
    settings = load_or_fail(config_dir).settings
    # What was said long ago calls nobody: no one is told of a mention in it.
    settings = replace(settings, features=replace(settings.features, user_mentions=False))
    with plainly():
        import uvloop

        from causerie.assembly.administration import open_node
        from causerie.assembly.importing import import_irc

        async def run() -> list[Imported]:
            async with open_node(settings, makes=True) as node:
                return await import_irc(
                    files,
                    accounts=node.accounts.service,
                    conversations=node.conversations.service,
                    messages=node.messages.service,
                )

        report = uvloop.run(run())
    for file in report:
        refused = f", {file.refused} refused" if file.refused else ""
        typer.echo(
            f"{file.room}: {file.lines} lines ({file.new_lines} new{refused}) of {file.speakers} people"
        )
