"""``causerie moderation``: what moderators decide, and what follows by itself.

What takes a person is done for one, ``--as``: with their permissions, and on record under their name
with "command line" as the address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import WRONG_USAGE, ConfigDir, fail
from causerie.assembly.cli.moderation import (
    Reason,
    Username,
    app,
    id_of,
    line_of,
    show,
    with_node,
)

if TYPE_CHECKING:  # help must come fast
    from causerie.assembly.wiring import Node
    from causerie.foundation.identity import Principal
    from causerie.moderation import Sanction

__all__ = ["app"]

As = Annotated[str, typer.Option("--as", metavar="USERNAME", help="The moderator who does it.")]
Limit = Annotated[int, typer.Option(min=1, max=100, help="How many at most.")]
SanctionNumber = Annotated[int, typer.Argument(help="The number that `appeals` shows.")]


@app.command()
def kick(
    username: Username,
    room: Annotated[str, typer.Argument(help="As room_12.")],
    reason: Reason,
    who: As,
    config: ConfigDir = None,
) -> None:
    """Put a user out of a room."""

    async def run(node: Node) -> Sanction:
        from causerie.moderation import NewSanction, SanctionKind, Subject, SubjectKind

        moderator = await _moderator(node, who)
        subject = Subject(SubjectKind.USER, await id_of(node, username))
        new = NewSanction(
            subject, SanctionKind.KICK, reason, conversation=room, author=moderator.user_id
        )
        return await node.conduct.sanctions.impose(moderator, new)

    show([line_of(with_node(config, run))])


@app.command()
def appeals(limit: Limit = 50, config: ConfigDir = None) -> None:
    """List sanctions with an open appeal, the newest first, and what is said against them."""

    async def run(node: Node) -> list[str]:
        from causerie.moderation import SanctionQuery

        query = SanctionQuery(limit, has_open_appeal=True)
        found, _ = await node.conduct.sanctions.page(query)
        return [f"{line_of(s)}; appeal: {s.appeal.text}" for s in found if s.appeal is not None]

    show(with_node(config, run))


@app.command()
def decide(
    sanction_id: SanctionNumber,
    reason: Reason,
    who: As,
    grant: Annotated[bool, typer.Option("--grant/--refuse", help="Granting lifts it.")],
    config: ConfigDir = None,
) -> None:
    """Decide about an appeal."""

    async def run(node: Node) -> Sanction:
        return await node.conduct.sanctions.decide(
            await _moderator(node, who), sanction_id, is_granted=grant, reason=reason
        )

    show([line_of(with_node(config, run))])


@app.command()
def reports(
    who: As,
    state: Annotated[str, typer.Option(help="open, upheld or dismissed")] = "open",
    limit: Limit = 50,
    config: ConfigDir = None,
) -> None:
    """List reports, the newest first."""

    async def run(node: Node) -> list[str]:
        from causerie.moderation import ReportQuery, ReportState

        if state not in set(ReportState):
            fail(f"there is no state {state}", status=WRONG_USAGE)
        query = ReportQuery(limit, state=ReportState(state))
        found, _ = await node.conduct.reports.list(await _moderator(node, who), query)
        return [
            f"{r.id} {r.created_at:%Y-%m-%d} {r.reason} about user {r.subject}"
            f" by user {r.reporter}: {r.comment or r.content or ''}"
            for r in found
        ]

    show(with_node(config, run))


@app.command()
def close(
    report_ids: Annotated[list[int], typer.Argument(help="The numbers that `reports` shows.")],
    reason: Reason,
    who: As,
    uphold: Annotated[
        bool, typer.Option("--uphold/--dismiss", help="Upheld, the ladder says what follows.")
    ],
    delete_messages: Annotated[
        bool, typer.Option("--delete-messages", help="Delete what was reported.")
    ] = False,
    config: ConfigDir = None,
) -> None:
    """Decide about reports; what follows is done by the running server, or the next one."""

    async def run(node: Node) -> list[str]:
        from causerie.moderation import Decision

        decision = Decision(
            sorted(set(report_ids)), uphold, reason, deletes_messages=delete_messages
        )
        done = await node.conduct.reports.decide(await _moderator(node, who), decision)
        return [f"{report.id} {report.state}" for report in done]

    show(with_node(config, run))


@app.command()
def ladder(
    who: As,
    rung: Annotated[
        list[str] | None,
        typer.Option("--rung", metavar="POINTS=KIND[:SECONDS]", help="All of them; repeat it."),
    ] = None,
    half_life: Annotated[
        int | None, typer.Option(min=1, metavar="SECONDS", help="In what time points halve.")
    ] = None,
    config: ConfigDir = None,
) -> None:
    """Print what points lead to by themselves, or change it."""

    async def run(node: Node) -> list[str]:
        from causerie.moderation import read_rung

        sanctions, moderator = node.conduct.sanctions, await _moderator(node, who)
        now = await sanctions.ladder(moderator)
        if rung or half_life is not None:
            rungs = [read_rung(text) for text in rung] if rung else now.rungs
            now = await sanctions.set_ladder(
                moderator, rungs, half_life_seconds=half_life or now.half_life_seconds
            )
        shown = [
            f"{r.points:g}={r.kind}" + ("" if r.seconds is None else f":{r.seconds}")
            for r in now.rungs
        ]
        return [*shown, f"points halve in {now.half_life_seconds} s"]

    show(with_node(config, run))


@app.command()
def reputation(
    username: Username,
    who: As,
    trust: Annotated[
        str | None,
        typer.Option(help="Decide it: suspect, normal, verified, premium; `score` leaves it."),
    ] = None,
    config: ConfigDir = None,
) -> None:
    """Print what somebody's conduct comes to, or decide how far they are trusted."""

    async def run(node: Node) -> str:
        from causerie.foundation.identity import Trust

        if trust is not None and trust not in {"score", *Trust}:
            fail(f"there is no trust {trust}", status=WRONG_USAGE)
        service, moderator = node.conduct.reputations, await _moderator(node, who)
        subject = await id_of(node, username)
        if trust is not None:
            wanted = None if trust == "score" else Trust(trust)
            await service.pin_trust(moderator, subject, wanted)
        found, standing = await service.of(moderator, subject)
        decided = " (decided by hand)" if standing.is_pinned else ""
        return f"{username}: {found.score} of 100, {standing.trust}{decided}"

    typer.echo(with_node(config, run))


async def _moderator(node: Node, username: str) -> Principal:
    return await node.accounts.service.stand_in_for(username)
