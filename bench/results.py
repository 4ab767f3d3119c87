"""What was measured: values, a table for the terminal, and files to keep."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.machine import Machine

FOLDER = Path(__file__).parent / "results"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    ``bar`` is a sentence; ``holds`` is None where there is no bar or nothing to compare with.
    ``details`` are the whole reports behind the number, and ``notes`` what the reader must know,
    faults first.
    """

    row: str
    what: str
    unit: str
    ours: float
    peers: dict[str, float] = {}
    bar: str = ""
    holds: bool | None = None
    notes: list[str] = []
    details: dict[str, object] = {}

    @property
    def ratios(self) -> dict[str, float]:
        """Ours by each peer's."""
        return {name: self.ours / value for name, value in self.peers.items() if value}


class Results(msgspec.Struct, frozen=True):
    """One run of the bench."""

    machine: Machine
    figures: list[Figure]


def show(figures: list[Figure], console: Console) -> None:
    """Print the table and what must be known beside it."""
    table = Table(title="Causerie, and others on the same machine in the same run")
    for column in ("row", "what", "Causerie", "others", "ratio", "bar", "holds"):
        table.add_column(column, overflow="fold")
    for figure in figures:
        table.add_row(*_cells(figure))
    console.print(table)
    for figure in figures:
        for note in figure.notes:
            console.print(f"  {figure.row}: {note}", highlight=False)


def save(results: Results) -> None:
    """Write ``latest.json`` and ``latest.md``."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "latest.json").write_bytes(as_json(results))
    (FOLDER / "latest.md").write_text(as_markdown(results))


def as_json(results: Results) -> bytes:
    """Everything, with the whole reports."""
    return msgspec.json.format(msgspec.json.encode(results)) + b"\n"


def as_markdown(results: Results) -> str:
    """The same as a page."""
    machine = results.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    place = (
        f"{machine.date}, commit {machine.commit}. {machine.processor}, {machine.cores} cores, "
        f"{machine.memory_gib} GiB, {machine.system}, Python {machine.python}. {versions}."
    )
    lines = [
        "# The latest run of `make bench`",
        "",
        place,
        "",
        "| row | what | Causerie | others | ratio | bar | holds |",
        "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ]
    lines += ["| " + " | ".join(_cells(figure)) + " |" for figure in results.figures]
    notes = [f"- `{figure.row}`: {note}" for figure in results.figures for note in figure.notes]
    return "\n".join([*lines, *([""] if notes else []), *notes, ""])


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.row,
        f"{figure.what}, {figure.unit}",
        _number(figure.ours),
        "; ".join(f"{name} {_number(value)}" for name, value in figure.peers.items()),
        "; ".join(f"{ratio:.2f}" for ratio in figure.ratios.values()),
        figure.bar,
        {True: "yes", False: "NO", None: ""}[figure.holds],
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
