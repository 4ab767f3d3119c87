"""What the pages for operators name is there: metrics and commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from causerie.assembly.cli.app import app
from causerie.foundation.telemetry import metrics

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
METRICS = {metric.name for metric in metrics.CATALOGUE}
COMMANDS = typer.main.get_command(app)


def is_metric(name: str) -> bool:
    return name in METRICS or re.sub(r"_(?:bucket|sum|count)$", "", name) in METRICS


def strangers_in(words: list[str]) -> list[str]:
    """The words of a command line that no group of commands has."""
    place: object = COMMANDS
    for word in words:
        known = getattr(place, "commands", None)
        if known is None:
            return []  # What follows are arguments.
        if word not in known:
            return [word]
        place = known[word]
    return []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_metric_and_command_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    # One that ends in _ stands for several, whose endings follow.
    named = set(re.findall(r"\bchat_server_\w*[a-z]\b", text))
    commands = re.findall(r"(?:^|`|\$ )causerie ((?:[a-z][a-z-]+ ?)+)", text, re.MULTILINE)

    assert {name for name in named if not is_metric(name)} == set()
    assert [line for line in commands if strangers_in(line.split())] == []
