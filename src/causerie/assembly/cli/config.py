"""``causerie config``: look at the configuration, check it, turn it into files."""

from __future__ import annotations

from typing import Annotated

import typer

from causerie.assembly.cli.failures import ConfigDir, load_or_fail

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at the configuration, or check it."
)


@app.command()
def show(
    config_dir: ConfigDir = None,
    toml: Annotated[
        bool,
        typer.Option("--toml", help="Print a file for config/, old variables turned into keys."),
    ] = False,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="With --toml: write secrets too, readable by anyone.")
    ] = False,
) -> None:
    """Print the configuration in force and where each value comes from; secrets masked."""
    if secrets and not toml:
        raise typer.BadParameter("needs --toml", param_hint="--secrets")
    from causerie.assembly.settings import show as forms

    loaded = load_or_fail(config_dir)
    typer.echo(forms.as_toml(loaded, secrets=secrets) if toml else forms.as_table(loaded), nl=False)


@app.command()
def check(config_dir: ConfigDir = None) -> None:
    """Check the configuration; say everything that is wrong with it, and leave with 2."""
    loaded = load_or_fail(config_dir)
    for notice in loaded.notices:
        typer.echo(f"Note: {notice}", err=True)
    typer.echo(f"The configuration is right ({loaded.settings.server.environment}).")


@app.command("env-example")
def env_example() -> None:
    """Print .env.example: every key as a variable, at its default."""
    from causerie.assembly.settings import show as forms

    typer.echo(forms.as_env_example(), nl=False)
