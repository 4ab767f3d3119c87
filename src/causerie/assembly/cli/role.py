"""``causerie role``: what the roles may do, from the operator's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import ConfigDir, fail
from causerie.assembly.cli.user import with_accounts

if TYPE_CHECKING:  # help must come fast
    from causerie.accounts import AccountService

app = typer.Typer(help="Look at roles, and say what they may do.", no_args_is_help=True)


@app.command("list")
def list_(config: ConfigDir = None) -> None:
    """Print each role with its permissions."""

    async def run(accounts: AccountService) -> dict[str, frozenset[str]]:
        return dict(accounts.roles())

    for name, permissions in sorted(with_accounts(config, run).items()):
        typer.echo(f"{name}: {' '.join(sorted(permissions)) or '(nothing)'}")


@app.command("set")
def set_(
    role: Annotated[str, typer.Argument()],
    permissions: Annotated[list[str] | None, typer.Argument(help="None takes all away.")] = None,
    config: ConfigDir = None,
) -> None:
    """Give a role exactly these permissions; a running server takes them over within a second."""
    from causerie.foundation.errors import Refusal

    async def run(accounts: AccountService) -> None:
        try:
            await accounts.change_permissions(role, frozenset(permissions or ()))
        except Refusal as refusal:
            fail(str(refusal))

    with_accounts(config, run)
    typer.echo(f"{role} is allowed: {' '.join(sorted(permissions or ())) or 'nothing'}")
