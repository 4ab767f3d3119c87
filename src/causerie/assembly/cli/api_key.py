"""``causerie api-key`` and ``causerie bot``: programs' ways in, from the operator's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import ConfigDir
from causerie.assembly.cli.user import with_accounts

if TYPE_CHECKING:  # help must come fast
    from causerie.accounts import AccountService, ApiKey, User

app = typer.Typer(help="Make, list and revoke API keys of users and bots.", no_args_is_help=True)
bots = typer.Typer(help="Make accounts that are programs.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="Whose keys.")]


@app.command()
def make(
    username: Username,
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="A permission that it has of its owner's; repeat it."),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long; without it, for good.")] = None,
    config: ConfigDir = None,
) -> None:
    """Make a key, and print it, this once."""

    async def run(accounts: AccountService) -> str:
        owner = await accounts.stand_in_for(username)
        key, _ = await accounts.api_keys.create_as_operator(
            owner.user_id, name=name, scopes=scope or (), days=days
        )
        return key

    typer.echo(with_accounts(config, run))


@app.command("list")
def list_(username: Username, config: ConfigDir = None) -> None:
    """List the keys that somebody has, without what opens them."""

    async def run(accounts: AccountService) -> list[ApiKey]:
        owner = await accounts.stand_in_for(username)
        return await accounts.api_keys.list_as_operator(owner.user_id)

    for key in with_accounts(config, run):
        until = "" if key.expires_at is None else f" until {key.expires_at:%Y-%m-%d}"
        typer.echo(f"{key.id} {key.hint}... {key.name}{until}: {' '.join(key.scopes) or '-'}")


@app.command()
def revoke(
    key_id: Annotated[int, typer.Argument(help="The number that `list` shows.")],
    config: ConfigDir = None,
) -> None:
    """Void a key; its sockets close within a second."""

    async def run(accounts: AccountService) -> None:
        await accounts.api_keys.revoke_as_operator(key_id)

    with_accounts(config, run)
    typer.echo(f"{key_id} is void")


@bots.callback()
def _programs() -> None:
    """Keep `make` a command of its own, though it is the only one."""


@bots.command("make")
def make_bot(
    username: Annotated[str, typer.Argument(help="1 to 32 of A-Z a-z 0-9 _ . -")],
    display_name: Annotated[str | None, typer.Option(help="How it is shown.")] = None,
    config: ConfigDir = None,
) -> None:
    """Make an account that no password opens; `causerie api-key make` gives it a key."""

    async def run(accounts: AccountService) -> User:
        return await accounts.api_keys.make_bot(None, username, display_name or username)

    typer.echo(f"{with_accounts(config, run, makes=True).username} made")
