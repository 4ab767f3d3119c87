"""``causerie doctor``: what is wrong with a set-up, and what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import FAILED, ConfigDir, plainly
from causerie.assembly.cli.watching import own_address

if TYPE_CHECKING:  # help must come fast
    from causerie.assembly.doctor import Diagnosis


def doctor(
    url: Annotated[
        str | None, typer.Option("--url", help="A running server. [the one of this configuration]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigDir = None,
) -> None:
    """Say what is wrong with a set-up, and what to do. Status 1: something is.

    Nothing is changed. Without a running server that part is left out.
    """
    with plainly():
        diagnosis = _examine(url, config)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(diagnosis).decode())
    else:
        for finding in diagnosis.findings:
            typer.echo(f"{finding.verdict:<9} {finding.check}: {finding.found}")
            if finding.remedy:
                typer.echo(f"{'':<9}   -> {finding.remedy}")
        typer.echo(f"Score: {diagnosis.score} of 100.")
    if not diagnosis.is_well:
        raise typer.Exit(FAILED)


def _examine(url: str | None, config: Path | None) -> Diagnosis:
    import asyncio

    from causerie.assembly.doctor.diagnosis import diagnose, of_configuration
    from causerie.assembly.settings import ConfigurationError, load

    try:
        loaded = load(config_dir=config, environ=os.environ, working_dir=Path.cwd())
    except ConfigurationError as error:
        return of_configuration(error)
    return asyncio.run(diagnose(loaded, (url or own_address(loaded.settings)).rstrip("/")))
