"""``causerie moderation filter`` and ``verdicts``: what a room wants of the filter, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.cases import As, Limit
from causerie.assembly.cli.failures import WRONG_USAGE, ConfigDir, fail
from causerie.assembly.cli.moderation import id_of, show, with_node

if TYPE_CHECKING:  # help must come fast
    from causerie.assembly.wiring import Node
    from causerie.moderation import Action, Record

SERVERS = "default"  # Instead of an action: what the settings say.

Room = Annotated[str, typer.Argument(help="As room_12.")]
Wanted = Annotated[
    str | None,
    typer.Option(
        metavar="ACTION", help="off, flag, refuse (what is sure), strict (all), or default."
    ),
]


def filter_(
    room: Room,
    who: As,
    size: Wanted = None,
    structure: Wanted = None,
    meaning: Wanted = None,
    config: ConfigDir = None,
) -> None:
    """Print what a room does about each level of the filter, or change it; the rest stays.

    A running server does so within a minute.
    """
    named = {"size": size, "structure": structure, "meaning": meaning}
    changed = {level: _action(word) for level, word in named.items() if word is not None}

    async def run(node: Node) -> list[str]:
        import msgspec

        from causerie.moderation import Level

        screener, manager = node.filtering.screener, await node.accounts.service.stand_in_for(who)
        wanted, effective = await screener.room_filter(manager, room)
        if changed:
            wanted = msgspec.structs.replace(wanted, **changed)
            wanted, effective = await screener.set_room_filter(manager, room, wanted)
        return [
            f"{level}: {effective.action_of(level)}"
            + ("" if getattr(wanted, level) else " (the server's)")
            for level in Level
        ]

    show(with_node(config, run))


def verdicts(
    who: As,
    room: Annotated[str | None, typer.Option(help="Only of this room.")] = None,
    author: Annotated[str | None, typer.Option(help="Only of this user's texts.")] = None,
    limit: Limit = 50,
    config: ConfigDir = None,
) -> None:
    """List what the filter flagged and refused, the newest first."""

    async def run(node: Node) -> list[Record]:
        return await node.filtering.screener.records(
            await node.accounts.service.stand_in_for(who),
            limit=limit,
            conversation=room,
            author_id=None if author is None else await id_of(node, author),
        )

    show(_line_of(record) for record in with_node(config, run))


def _action(word: str) -> Action | None:
    from causerie.moderation import Action

    if word == SERVERS:
        return None
    if word not in set(Action):
        fail(f"there is no action {word}", status=WRONG_USAGE)
    return Action(word)


def _line_of(record: Record) -> str:
    from causerie.conversations import wire_id

    note = record.note
    findings = "; ".join(
        f"{finding.rule} {finding.score:.2f} {' '.join(finding.evidence)}".rstrip()
        for finding in note.findings
    )
    is_refused = note.refused_text is not None
    done = (
        f"refused: {note.refused_text}" if is_refused else f"flagged as message {note.message_id}"
    )
    return (
        f"{record.id} {record.created_at:%Y-%m-%d %H:%M} user {note.author_id}"
        f" in {wire_id(record.kind, note.conversation_id)}, {findings}; {done}"
    )
