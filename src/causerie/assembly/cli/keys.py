"""``causerie keys``: what the server signs and encrypts with, from the operator's side."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from causerie.assembly.cli.failures import WRONG_USAGE, ConfigDir, fail, load_or_fail, plainly

if TYPE_CHECKING:  # help must come fast
    from datetime import datetime

    from causerie.accounts import KeyCard
    from causerie.accounts.wiring import Accounts

T = TypeVar("T")

app = typer.Typer(
    help="Make, list and change keys. They sign tokens and encrypt what is stored.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

MASTER_KEY_BYTES = 32  # AES-256
JWT_SECRET_BYTES = 48  # More than HS256 can use; 64 characters.


@app.command()
def generate(
    kind: Annotated[
        str, typer.Argument(help="master: for security.master_key; secret: for security.jwt_secret")
    ] = "master",
) -> None:
    """Print a new master key (64 hex digits), or a secret for HS256; nothing is stored."""
    if kind == "master":
        typer.echo(secrets.token_hex(MASTER_KEY_BYTES))
    elif kind == "secret":
        typer.echo(secrets.token_urlsafe(JWT_SECRET_BYTES))
    else:
        fail(f"there is no {kind!r} to generate: master or secret", status=WRONG_USAGE)


@app.command("list")
def list_(config: ConfigDir = None) -> None:
    """Show the keys that sign access tokens, the newest first; never the keys themselves."""

    async def run(accounts: Accounts) -> list[KeyCard]:
        return list(accounts.keys.cards())

    _show(_with_accounts(config, run))


@app.command()
def rotate(
    now: Annotated[
        bool,
        typer.Option("--now", help="Sign at once, unpublished: others may refuse for minutes."),
    ] = False,
    withdraw: Annotated[
        bool,
        typer.Option(
            "--withdraw", help="After a theft: sign at once, and void all that others have signed."
        ),
    ] = False,
    fields: Annotated[
        bool, typer.Option("--fields", help="The key of personal fields instead.")
    ] = False,
    config: ConfigDir = None,
) -> None:
    """Make the next key that signs access tokens, and show all of them.

    It is published at once and signs ten minutes later, when everybody can know it; the older ones
    stay published until the last token that they have signed is over. Beside a running server, or
    alone.
    """
    if fields:
        _rotate_fields(config)
        return

    async def run(accounts: Accounts) -> list[KeyCard]:
        await accounts.keys.rotate(at_once=now, withdraw=withdraw)
        return list(accounts.keys.cards())

    _show(_with_accounts(config, run))
    if withdraw:
        typer.echo("All other keys are gone. A running server knows within a minute.")


def _rotate_fields(config: Path | None) -> None:
    made = _with_accounts(config, lambda accounts: accounts.personal.rotate())
    typer.echo(f"What is written from now on is encrypted under key {made}.")
    typer.echo("causerie keys encrypt-existing does the same for what is stored already.")


@app.command("encrypt-existing")
def encrypt_existing(config: ConfigDir = None) -> None:
    """Encrypt personal fields that are stored in clear, by an older system, or under an older key.

    In batches, beside a running server or alone; harmless to interrupt and to repeat.
    """
    done = _with_accounts(config, lambda accounts: accounts.personal.encrypt_existing())
    typer.echo(f"{done.encrypted} values encrypted")
    if done.unreadable:
        fail("these users' values do not open: " + ", ".join(map(str, done.unreadable)))


def _show(cards: Sequence[KeyCard]) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    for card in cards:
        until = "" if card.published_until is None else f", gone at {_shown(card.published_until)}"
        signs = f"signs from {_shown(card.signs_from)}"
        typer.echo(f"{card.key_id}  {card.algorithm:<7}  {card.state(now):<7}  {signs}{until}")


def _with_accounts(config_dir: Path | None, work: Callable[[Accounts], Awaitable[T]]) -> T:
    settings = load_or_fail(config_dir).settings
    with plainly():
        import uvloop

        from causerie.assembly.administration import open_slice

        async def run() -> T:
            async with open_slice(settings) as accounts:
                return await work(accounts)

        return uvloop.run(run())


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"
