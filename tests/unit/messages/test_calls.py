"""Whether a text calls all of a room is read as the database's trigger reads it."""

from __future__ import annotations

import pytest

from causerie.messages.model import calls_room


@pytest.mark.parametrize(
    "text", ["@room", "hey @here!", "(@room)", "@Room.", "look, @HERE", "`code` @room", "~~~ @room"]
)
def test_who_calls_all(text: str) -> None:
    assert calls_room(text)


@pytest.mark.parametrize(
    "text",
    [
        "room",
        "@roommate",
        "me@here",
        "a/@room",
        "`@room`",
        "```\n@here\n```",
        "~~~\n@here\n~~~\nthat was it",
        "```py\n@room",
        "\\@room",
        "@@room",
        "@room.x",
        "",
    ],
)
def test_what_calls_nobody(text: str) -> None:
    assert not calls_room(text)
