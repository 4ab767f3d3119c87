"""``causerie serve`` and ``causerie migrate``."""

from __future__ import annotations

import typer

from causerie.assembly.cli.failures import ConfigDir, load_or_fail, plainly


def serve(config_dir: ConfigDir = None) -> None:
    """Run the server, its embedded database with it. SIGINT, SIGTERM or SIGHUP stop both."""
    loaded = load_or_fail(config_dir)
    for notice in loaded.notices:
        typer.echo(f"Note: {notice}", err=True)
    with plainly():
        from causerie.assembly.serve import run

        run(loaded.settings)


def migrate(config_dir: ConfigDir = None) -> None:
    """Bring the database's schema up to date.

    It is what a start does too, unless `database.auto_migrate` is off. Beside a running server, or
    alone.
    """
    loaded = load_or_fail(config_dir)
    with plainly():
        import uvloop

        from causerie.assembly.storage import open_storage

        async def apply() -> None:
            async with open_storage(loaded.settings, apply=True, beside_server=True, makes=True):
                pass

        uvloop.run(apply())
    typer.echo("The schema is up to date.")
