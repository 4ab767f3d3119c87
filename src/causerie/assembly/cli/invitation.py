"""``causerie invitation``: who may register by invitation, from the operator's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import ConfigDir
from causerie.assembly.cli.user import with_accounts
from causerie.foundation.identity import MAX_ID

if TYPE_CHECKING:  # help must come fast
    from causerie.accounts import AccountService, Invitation

app = typer.Typer(help="Make, list and revoke invitations to register.", no_args_is_help=True)


@app.command()
def make(
    note: Annotated[str, typer.Option(help="For whom or what, for the list.")] = "",
    uses: Annotated[int, typer.Option(help="How many accounts it may make.")] = 1,
    days: Annotated[int, typer.Option(help="How long it is good.")] = 7,
    config: ConfigDir = None,
) -> None:
    """Make an invitation, and print its code, this once."""

    async def run(accounts: AccountService) -> str:
        code, _ = await accounts.invitations.create_as_operator(note=note, uses=uses, days=days)
        return code

    typer.echo(with_accounts(config, run))


@app.command("list")
def list_(config: ConfigDir = None) -> None:
    """List the invitations that have not expired, without their codes."""

    async def run(accounts: AccountService) -> list[Invitation]:
        return await accounts.invitations.list_as_operator()

    for one in with_accounts(config, run):
        until = f"{one.expires_at:%Y-%m-%d %H:%M}"
        typer.echo(f"{one.id} {one.uses} of {one.max_uses} used, until {until} {one.note}".rstrip())


@app.command()
def revoke(
    invitation_id: Annotated[
        int, typer.Argument(min=1, max=MAX_ID, help="The number that `list` shows.")
    ],
    config: ConfigDir = None,
) -> None:
    """End an invitation; the accounts that it made stay."""

    async def run(accounts: AccountService) -> None:
        await accounts.invitations.revoke_as_operator(invitation_id)

    with_accounts(config, run)
    typer.echo(f"{invitation_id} is void")
