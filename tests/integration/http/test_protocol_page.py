"""docs/protocol.md, and the pages beside it, say what this version speaks, and no more."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scenes.node import NodeScene

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "protocol.md").read_text()
CALLS = "".join(
    (DOCS / f"{page}.md").read_text()
    for page in ("protocol", "accounts", "webhooks", "files", "notifications")
)
SOCKET = PAGE.partition("## The socket")[2].partition("### Coming back")[0]
OPERATORS = (
    "/api/v2/admin/",
    "/api/v2/audit/",
    "/api/v2/moderation/",
    "/health",
    "/api/health",
    "/metrics",
)


def first_cells(text: str, head: str) -> list[str]:
    """The words in the first column of the table with this head."""
    rows = text.partition(f"| {head} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


async def codes_of(scene: NodeScene, commands: list[str]) -> dict[str, str]:
    peer = await scene.connect("/ws/v2", await scene.register("ada"))
    await peer.hear("hello")
    codes = {}
    for command in commands:
        peer.say({"type": command, "ref": 1, "data": {"message_id": 0}})
        answer = await peer.hear("ack" if command in {"ping", "subscribe"} else "error")
        codes[command] = answer["data"].get("code", "")
    return codes


async def test_commands_that_are_promised_are_there(scene: NodeScene) -> None:
    promised = first_cells(SOCKET, "command")

    assert len(promised) == 16
    assert set((await codes_of(scene, promised)).values()) <= {"", "invalid"}


async def test_every_call_is_on_the_page(scene: NodeScene) -> None:
    paths = (await scene.call("GET", "/openapi.json")).json()["paths"]
    calls = {
        re.sub(r"{(conversation|message|file)_id}", "{id}", path)
        for path in paths
        if not path.startswith(OPERATORS)
    }

    # Both stand there beside their neighbour, by their last word.
    assert {call for call in calls if call not in CALLS} == {
        "/api/v2/conversations/{id}/leave",
        "/api/v2/files/{id}/thumbnail",
    }
