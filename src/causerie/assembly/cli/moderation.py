"""``causerie moderation``: sanctions, from the operator's side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from causerie.assembly.cli.failures import ConfigDir, fail, load_or_fail, plainly

if TYPE_CHECKING:  # help must come fast
    from causerie.assembly.wiring import Node
    from causerie.foundation.identity import UserId
    from causerie.moderation import Sanction

T = TypeVar("T")

app = typer.Typer(
    help="Warn, mute and ban users. Reports, appeals, trust, and what the filter does.",
    no_args_is_help=True,
)

Username = Annotated[str, typer.Argument(help="Whom it is about.")]
Reason = Annotated[str, typer.Option(help="Why; the user is told.")]
Seconds = Annotated[int | None, typer.Option(min=1, help="How long; without it, for good.")]


@app.command()
def warn(username: Username, reason: Reason, config: ConfigDir = None) -> None:
    """Tell a user that something is not all right."""
    _impose(config, username, "warning", reason, None)


@app.command()
def mute(
    username: Username, reason: Reason, seconds: Seconds = None, config: ConfigDir = None
) -> None:
    """Let a user read and not write."""
    _impose(config, username, "mute", reason, seconds)


@app.command()
def ban(
    username: Username, reason: Reason, seconds: Seconds = None, config: ConfigDir = None
) -> None:
    """Keep a user out."""
    _impose(config, username, "ban", reason, seconds)


@app.command()
def lift(
    sanction_id: Annotated[int, typer.Argument(help="The number that `history` shows.")],
    reason: Reason,
    config: ConfigDir = None,
) -> None:
    """Take a mute or a ban back."""

    async def run(node: Node) -> Sanction:
        return await node.conduct.sanctions.lift_as_operator(sanction_id, reason=reason)

    show([line_of(with_node(config, run))])


@app.command()
def history(
    username: Username,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    config: ConfigDir = None,
) -> None:
    """List a user's sanctions, the newest first."""

    async def run(node: Node) -> list[str]:
        from causerie.moderation import SanctionQuery, Subject, SubjectKind

        subject = Subject(SubjectKind.USER, await id_of(node, username))
        found, _ = await node.conduct.sanctions.page(SanctionQuery(limit, subject=subject))
        return [line_of(sanction) for sanction in found]

    show(with_node(config, run))


def _impose(
    config_dir: Path | None, username: str, kind: str, reason: str, seconds: int | None
) -> None:
    async def run(node: Node) -> Sanction:
        from causerie.moderation import NewSanction, SanctionKind, Subject, SubjectKind

        subject = Subject(SubjectKind.USER, await id_of(node, username))
        new = NewSanction(subject, SanctionKind(kind), reason, seconds=seconds)
        return await node.conduct.sanctions.impose_as_operator(new)

    show([line_of(with_node(config_dir, run))])


async def id_of(node: Node, username: str) -> UserId:
    """Give whose name it is, or leave."""
    user = await node.accounts.service.find_by_username(username)
    if user is None:
        fail(f"there is no user {username}")
    return user.id


def show(lines: Iterable[str]) -> None:
    """Print lines that hold what users wrote: none of it moves the cursor or passes for a line."""
    for line in lines:
        typer.echo(
            "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        )


def line_of(sanction: Sanction) -> str:
    """Write a sanction out for people."""
    from causerie.accounts import FOREVER

    until = "" if sanction.ends_at is None else f" until {sanction.ends_at:%Y-%m-%d %H:%M} UTC"
    if sanction.ends_at == FOREVER:
        until = " for good"
    lifted = "" if sanction.lift is None else f", lifted: {sanction.lift.reason}"
    return f"{sanction.id} {sanction.created_at:%Y-%m-%d} {sanction.kind}{until}: {sanction.reason}{lifted}"


def with_node(config_dir: Path | None, work: Callable[[Node], Awaitable[T]]) -> T:
    """Do something with a node that does not serve."""
    settings = load_or_fail(config_dir).settings
    with plainly():
        import uvloop

        from causerie.assembly.administration import open_node
        from causerie.foundation.errors import Refusal, Unavailable

        async def run() -> T:
            async with open_node(settings) as node:
                try:
                    return await work(node)
                except Unavailable:
                    raise
                except Refusal as refusal:
                    fail(str(refusal))

        return uvloop.run(run())
