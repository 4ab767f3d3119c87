"""The commands and how they hang together."""

from __future__ import annotations

from typing import Annotated

import typer

import causerie
from causerie.assembly.cli import (
    api_key,
    audit,
    cases,
    classifiers,
    config,
    doctor,
    filtering,
    import_,
    invitation,
    jobs,
    keys,
    limits,
    moderation,
    role,
    server,
    user,
    watching,
)
from causerie.assembly.loadtest.cli import loadtest

app = typer.Typer(
    name="causerie",
    help="A self-hosted messaging server: durable, ordered, resumable.",
    no_args_is_help=True,
    # Plain help, plain errors: rich costs more time to import than a command takes, and its
    # tracebacks show local variables, which hold secrets.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(server.serve)
app.command("migrate")(server.migrate)
app.add_typer(user.app, name="user")
app.add_typer(role.app, name="role")
app.add_typer(invitation.app, name="invitation")
app.add_typer(keys.app, name="keys")
app.add_typer(import_.app, name="import")
app.add_typer(jobs.app, name="jobs")
app.add_typer(limits.app, name="limits")
app.add_typer(config.app, name="config")
app.add_typer(audit.app, name="audit")
app.add_typer(cases.app, name="moderation")  # with the commands of moderation.py
app.add_typer(api_key.app, name="api-key")
app.add_typer(api_key.bots, name="bot")
moderation.app.command("filter")(filtering.filter_)
moderation.app.command("verdicts")(filtering.verdicts)
moderation.app.command("train")(classifiers.train)
moderation.app.command("evaluate")(classifiers.evaluate)
app.command("loadtest")(loadtest)
app.command("doctor")(doctor.doctor)
app.command("top")(watching.top)
app.command("verify-monitoring")(watching.verify_monitoring)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"causerie {causerie.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Run, look after and try a Causerie server."""


def run() -> None:
    """Run the command that the process's arguments name."""
    app()
