"""``causerie limits``: what may be done how often, while the server runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from causerie.assembly.cli.failures import WRONG_USAGE, ConfigDir, fail, load_or_fail, plainly

if TYPE_CHECKING:  # help must come fast
    from causerie.foundation.identity import Trust
    from causerie.limits import Block, LimitService, LimitView

T = TypeVar("T")

app = typer.Typer(
    help="Look at limits and change them. A running server follows within a second.",
    no_args_is_help=True,
)

MAX_BLOCKS_SHOWN = 1000  # More than one reads; HTTP pages through all of them.

Name = Annotated[str, typer.Argument(help="The limit's name, as `show` lists it.")]


@app.command()
def show(config: ConfigDir = None) -> None:
    """List all limits; those that were changed at run time have a star."""

    async def run(limits: LimitService) -> list[LimitView]:
        return limits.limits()

    _print(_with_limits(config, run))


@app.command("set")
def set_(  # noqa: PLR0917 - options of a command, which its caller names
    name: Name,
    amount: Annotated[
        int | None, typer.Argument(help="How many a period; 0 switches the limit off.")
    ] = None,
    period: Annotated[
        int | None, typer.Option("--period", metavar="SECONDS", help="How long a period is.")
    ] = None,
    burst: Annotated[
        int | None, typer.Option("--burst", help="How many of them at once (token_bucket).")
    ] = None,
    algorithm: Annotated[
        str | None, typer.Option("--algorithm", help="token_bucket or sliding_window")
    ] = None,
    factor: Annotated[
        list[str] | None,
        typer.Option("--factor", metavar="TRUST=X", help="Times X at this trust: suspect=0.25"),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Go back to what the settings make of it.")
    ] = False,
    config: ConfigDir = None,
) -> None:
    """Change a limit; what is not named stays as it is."""
    from causerie.limits import Algorithm, RuleChange

    if algorithm is not None and algorithm not in set(Algorithm):
        fail(f"there is no algorithm {algorithm}", status=WRONG_USAGE)
    change = RuleChange(
        amount=amount,
        period_seconds=period,
        burst=burst,
        algorithm=None if algorithm is None else Algorithm(algorithm),
        factors=_factors(factor or ()),
    )
    if default == (change != RuleChange()):
        fail("say what to change, or --default alone", status=WRONG_USAGE)

    async def run(limits: LimitService) -> list[LimitView]:
        if default:
            return [await limits.reset(name, by=None)]
        return [await limits.change(name, change, by=None)]

    _print(_with_limits(config, run))


@app.command()
def blocks(
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are over or lifted, too.")
    ] = False,
    config: ConfigDir = None,
) -> None:
    """List who is shut out for a while, the latest first, and why."""

    async def run(limits: LimitService) -> list[Block]:
        return await limits.blocks.blocks(
            active=not everything, before=None, limit=MAX_BLOCKS_SHOWN
        )

    for block in _with_limits(config, run):
        lifted = "" if block.lifted_at is None else " (lifted)"
        typer.echo(
            f"{block.id:>6} {block.subject.scope} {block.subject.id}"
            f" until {block.until:%Y-%m-%d %H:%M:%S} UTC{lifted}: {block.rule}, {block.reason}"
        )


@app.command()
def block(
    scope: Annotated[str, typer.Argument(help="user or address")],
    subject: Annotated[str, typer.Argument(help="A user's number, or an address or network.")],
    seconds: Annotated[int, typer.Option(min=1, help="How long.")],
    reason: Annotated[str, typer.Option(help="Why; admins see it.")],
    config: ConfigDir = None,
) -> None:
    """Shut somebody out: a user from writing, an address from logging in."""
    from causerie.limits import Scope

    if scope not in set(Scope):
        fail(f"there is no scope {scope}", status=WRONG_USAGE)

    async def run(limits: LimitService) -> Block:
        return await limits.blocks.place(
            Scope(scope), subject, seconds=seconds, reason=reason, by=None
        )

    made = _with_limits(config, run)
    typer.echo(f"{made.id} until {made.until:%Y-%m-%d %H:%M:%S} UTC")


@app.command()
def lift(
    block: Annotated[int, typer.Argument(help="The block's number, as `blocks` lists it.")],
    config: ConfigDir = None,
) -> None:
    """End a block; it does not make the next one longer."""
    from causerie.foundation.errors import NotFound

    async def run(limits: LimitService) -> None:
        try:
            await limits.blocks.lift(block, by=None)
        except NotFound:
            fail(f"there is no block {block}")

    _with_limits(config, run)
    typer.echo(f"{block} lifted")


def _factors(given: Sequence[str]) -> dict[Trust, float] | None:
    from causerie.foundation.identity import Trust

    try:
        pairs = [text.split("=", 1) for text in given]
        return {Trust(trust): float(factor) for trust, factor in pairs} or None
    except ValueError:
        known = ", ".join(Trust)
        fail(f"--factor wants one of {known}, an = and a number", status=WRONG_USAGE)


def _print(views: Sequence[LimitView]) -> None:
    for view in views:
        rule = view.rule
        star = "*" if rule != view.default else " "
        amount = "off" if not rule.amount else f"{rule.amount} in {rule.period_seconds} s"
        burst = f", {rule.burst} at once" if rule.algorithm == "token_bucket" else ""
        factors = " ".join(f"{trust}={factor:g}" for trust, factor in rule.factors.items())
        by_trust = f"  {factors}" if set(rule.factors.values()) != {1.0} else ""
        typer.echo(
            f"{star} {view.action:<14} {view.scope:<8} {amount}"
            + (f"{burst} ({rule.algorithm}){by_trust}" if rule.amount else "")
        )


def _with_limits(config_dir: Path | None, work: Callable[[LimitService], Awaitable[T]]) -> T:
    settings = load_or_fail(config_dir).settings
    with plainly():
        import uvloop

        from causerie.assembly.administration import open_limits

        async def run() -> T:
            async with open_limits(settings) as limits:
                return await work(limits)

        return uvloop.run(run())
