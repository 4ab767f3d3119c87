"""``causerie role``: what the roles may do, from the operator's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import ConfigDir
from causerie.assembly.cli.user import with_accounts

if TYPE_CHECKING:  # help must come fast
    from causerie.accounts import AccountService

app = typer.Typer(help="Look at roles, and say what they may do.", no_args_is_help=True)

RoleName = Annotated[
    str, typer.Argument(metavar="ROLE", help="1 to 32 of a-z and _, a letter first.")
]
Permissions = Annotated[
    list[str] | None, typer.Argument(help="As `list` shows them; without any it may do nothing.")
]


@app.command("list")
def list_(config: ConfigDir = None) -> None:
    """Print each role with its permissions."""

    async def run(accounts: AccountService) -> dict[str, frozenset[str]]:
        return dict(accounts.roles())

    for name, permissions in sorted(with_accounts(config, run).items()):
        typer.echo(f"{name}: {' '.join(sorted(permissions)) or '(nothing)'}")


@app.command("set")
def set_(role: RoleName, permissions: Permissions = None, config: ConfigDir = None) -> None:
    """Give a role exactly these permissions; a running server takes them over within a second."""

    async def run(accounts: AccountService) -> None:
        await accounts.change_permissions(role, frozenset(permissions or ()))

    with_accounts(config, run)
    _print_allowed(role, permissions)


@app.command()
def make(role: RoleName, permissions: Permissions = None, config: ConfigDir = None) -> None:
    """Make a role with these permissions; `causerie user role` gives it to somebody."""

    async def run(accounts: AccountService) -> None:
        await accounts.role_desk.make_as_operator(role, frozenset(permissions or ()))

    with_accounts(config, run)
    _print_allowed(role, permissions)


@app.command()
def remove(role: RoleName, config: ConfigDir = None) -> None:
    """Remove a role that nobody has; the four that every server has stay."""

    async def run(accounts: AccountService) -> None:
        await accounts.role_desk.remove_as_operator(role)

    with_accounts(config, run)
    typer.echo(f"{role} is removed")


def _print_allowed(role: str, permissions: list[str] | None) -> None:
    typer.echo(f"{role} is allowed: {' '.join(sorted(set(permissions or ()))) or 'nothing'}")
