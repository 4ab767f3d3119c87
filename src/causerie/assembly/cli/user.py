"""``causerie user``: accounts, from the operator's side."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from causerie.assembly.cli.failures import (
    FAILED,
    WRONG_USAGE,
    ConfigDir,
    fail,
    load_or_fail,
    plainly,
)

if TYPE_CHECKING:  # help must come fast
    from causerie.accounts import AccountService, ImportReport

T = TypeVar("T")

app = typer.Typer(help="Make and look after accounts.", no_args_is_help=True)

STDIN = 0
MAX_REJECTED_SHOWN = 20  # The first ones tell what is wrong with a file; the count tells the rest.


@app.command("import")
def import_(
    file: Annotated[
        str, typer.Argument(help="JSON lines, or CSV with a head line; - for standard input.")
    ],
    config: ConfigDir = None,
) -> None:
    """Make accounts in bulk; those that exist are left as they are.

    A line has `username`, and may have `password` or `password_hash` (Argon2 or bcrypt),
    `display_name`, `email` and `role`.
    """
    from causerie.accounts import read_csv, read_jsonl

    lines = _lines_of(file)
    first = next((line for line in lines if line.strip()), "{")
    is_csv = not first.lstrip().startswith("{")

    async def run(accounts: AccountService) -> ImportReport:
        return await accounts.import_users(read_csv(lines) if is_csv else read_jsonl(lines))

    report = with_accounts(config, run, makes=True)
    typer.echo(
        f"{report.created} created, {report.existing} existed already, "
        f"{report.rejected_count} rejected"
    )
    for line in report.rejected[:MAX_REJECTED_SHOWN]:
        typer.echo(f"line {line.line}: {line.reason}", err=True)
    if report.rejected:
        raise typer.Exit(FAILED)


@app.command()
def create(
    username: Annotated[str, typer.Argument(help="1 to 32 of A-Z a-z 0-9 _ . -")],
    role: Annotated[str, typer.Option(help="admin, moderator, user or guest")] = "user",
    config: ConfigDir = None,
) -> None:
    """Make one account; the password is read from standard input."""
    import msgspec

    from causerie.accounts import read_jsonl

    password = typer.prompt("Password", hide_input=True) if sys.stdin.isatty() else _first_line()
    line = msgspec.json.encode({"username": username, "password": password, "role": role}).decode()

    async def run(accounts: AccountService) -> ImportReport:
        return await accounts.import_users(read_jsonl([line]))

    report = with_accounts(config, run, makes=True)
    if report.rejected:
        fail(report.rejected[0].reason)
    if report.existing:
        fail(f"there is a user {username} already")
    typer.echo(f"{username} created")


@app.command()
def role(
    username: Annotated[str, typer.Argument()],
    name: Annotated[str, typer.Argument(metavar="ROLE", help="As `causerie role list` shows.")],
    config: ConfigDir = None,
) -> None:
    """Give a user another role; a running server takes it over within a second."""
    from causerie.foundation.errors import Refusal

    async def run(accounts: AccountService) -> None:
        try:
            await accounts.change_role(username, name)
        except Refusal as refusal:
            fail(str(refusal))

    with_accounts(config, run)
    typer.echo(f"{username} is {name} now")


@app.command()
def token(
    username: Annotated[str, typer.Argument()],
    seconds: Annotated[int, typer.Option(min=1, help="How long it lasts.")] = 900,
    config: ConfigDir = None,
) -> None:
    """Print an access token for a user, without a password; the log keeps note of it."""
    from causerie.foundation.errors import NotFound

    async def run(accounts: AccountService) -> list[str]:
        try:
            return await accounts.mint_access_tokens([username], seconds=seconds)
        except NotFound:
            fail(f"there is no user {username}")

    typer.echo(with_accounts(config, run)[0])


@app.command("end-sessions")
def end_sessions(username: Annotated[str, typer.Argument()], config: ConfigDir = None) -> None:
    """End all sessions of a user: their sockets close, their tokens are void; API keys go on."""

    async def run(accounts: AccountService) -> None:
        await accounts.revoke_user((await accounts.stand_in_for(username)).user_id)

    with_accounts(config, run)
    typer.echo(f"{username} is logged in nowhere now")


@app.command("revoke-token")
def revoke_token(
    jti: Annotated[str, typer.Argument(help="The `jti` of an access token.")],
    config: ConfigDir = None,
) -> None:
    """Void one access token: its sockets close within a second."""

    async def run(accounts: AccountService) -> None:
        await accounts.revoke_token(jti)

    with_accounts(config, run)
    typer.echo(f"{jti} is void")


def with_accounts(
    config_dir: Path | None,
    work: Callable[[AccountService], Awaitable[T]],
    *,
    makes: bool = False,
) -> T:
    """Do something with the accounts of the server that the settings name, or is to be made."""
    settings = load_or_fail(config_dir).settings
    with plainly():
        import uvloop

        from causerie.assembly.administration import open_accounts

        async def run() -> T:
            async with open_accounts(settings, makes=makes) as accounts:
                return await work(accounts)

        return uvloop.run(run())


def _lines_of(file: str) -> list[str]:
    try:
        # As they stand: a quoted cell may hold a line break, and a spreadsheet writes a mark first.
        with (
            open(STDIN, encoding="utf-8-sig", newline="", closefd=False)
            if file == "-"
            else Path(file).open(encoding="utf-8-sig", newline="")
        ) as lines:
            return list(lines)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}", status=WRONG_USAGE)


def _first_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
