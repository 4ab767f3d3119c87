"""How ``causerie top`` looks in a terminal: a table where it is wide, a list where it is narrow."""

from __future__ import annotations

import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from causerie.assembly.watching.figures import Cluster, Figures

WIDE_COLUMNS = 100  # What a row of all figures takes.
LAG_LIMIT_SECONDS = 0.1  # The same as in the alert LoopLags.
SLOW_SEND_SECONDS = 0.25  # The objective.

# Caption, text, and whether it is bad.
Column = tuple[str, Callable[[Figures], str], Callable[[Figures], bool]]


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value * 1000:.1f}ms" if value < 1 else f"{value:.1f}s"


def _count(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.1f}M"
    if value >= 1e4:
        return f"{value / 1e3:.1f}k"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def _never(_: Figures) -> bool:
    return False


COLUMNS: tuple[Column, ...] = (
    ("conns", lambda f: _count(f.connections), _never),
    ("deliv/s", lambda f: _count(f.deliveries_per_second), _never),
    ("sends/s", lambda f: _count(f.sends_per_second), _never),
    ("http/s", lambda f: _count(f.requests_per_second), lambda f: f.errors_per_second > 0),
    ("p50", lambda f: _seconds(f.send_p50_seconds), _never),
    (
        "p99",
        lambda f: _seconds(f.send_p99_seconds),
        lambda f: (f.send_p99_seconds or 0) > SLOW_SEND_SECONDS,
    ),
    (
        "lag",
        lambda f: _seconds(f.loop_lag_p99_seconds),
        lambda f: (f.loop_lag_p99_seconds or 0) > LAG_LIMIT_SECONDS,
    ),
    (
        "workers",
        lambda f: f"{f.workers - len(f.workers_down)}/{f.workers}",
        lambda f: bool(f.workers_down),
    ),
    (
        "redis",
        lambda f: f.redis if f.redis != "up" else _seconds(f.redis_p99_seconds),
        lambda f: f.redis == "away",
    ),
    (
        "db",
        lambda f: f.database if f.database != "up" else _seconds(f.database_p95_seconds),
        lambda f: f.database == "down" or f.database_waiting > 0,
    ),
    ("cpu", lambda f: f"{f.cpu_share * 100:.0f}%", _never),
    ("mem", lambda f: f"{f.memory_bytes / 2**20:.0f}M", _never),
)


def drawn(cluster: Cluster, *, width: int) -> RenderableType:
    """The cluster, for a terminal of so many columns."""
    body = _wide(cluster) if width >= WIDE_COLUMNS else _narrow(cluster)
    return Group(body, *_remarks(cluster))


def _rows(cluster: Cluster) -> Iterator[tuple[str, Figures | None]]:
    for node in cluster.nodes:
        yield node.url.partition("://")[2], node.figures
    if len(cluster.nodes) > 1:
        yield "all", cluster.together


def _cell(column: Column, figures: Figures) -> Text:
    _, show, is_bad = column
    return Text(show(figures), style="bold red" if is_bad(figures) else "")


def _wide(cluster: Cluster) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="bold")
    table.add_column("node", no_wrap=True)
    for caption, _, _ in COLUMNS:
        table.add_column(caption, justify="right", no_wrap=True)
    for name, figures in _rows(cluster):
        if figures is None:
            table.add_row(name, Text("down", style="bold red"), *[""] * (len(COLUMNS) - 1))
        else:
            table.add_row(name, *[_cell(column, figures) for column in COLUMNS])
    return table


def _narrow(cluster: Cluster) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, figures in _rows(cluster):
        table.add_row(Text(name, style="bold", overflow="ellipsis"), "")
        if figures is None:
            table.add_row("", Text("down", style="bold red"))
            continue
        for column in COLUMNS:
            table.add_row(f" {column[0]}", _cell(column, figures))
    return table


def _remarks(cluster: Cluster) -> list[Text]:
    lines: list[Text] = []
    for node in cluster.nodes:
        if node.problem is not None:
            lines.append(Text(f"{node.url}: {node.problem}", style="red"))
        elif node.figures is not None and node.figures.workers_down:
            down = ", ".join(node.figures.workers_down)
            lines.append(Text(f"{node.url}: not running: {down}", style="red"))
    return lines


def show_live(look: Callable[[], Cluster], *, interval_seconds: float) -> None:
    """Draw again and again until q or Ctrl-C."""
    console = Console()
    with (
        _keys(sys.stdin) as has_quit,
        Live(console=console, screen=True, auto_refresh=False) as live,
    ):
        while True:
            hint = Text("q to leave", style="dim")
            live.update(Group(drawn(look(), width=console.width), hint), refresh=True)
            if has_quit(interval_seconds):
                return


@contextmanager
def _keys(stdin: IO[str]) -> Iterator[Callable[[float], bool]]:
    """Give a function that waits so long for a q; keys are read as they are pressed."""
    descriptor = stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def has_quit(seconds: float) -> bool:
        ready, _, _ = select.select([descriptor], [], [], seconds)
        return bool(ready) and stdin.read(1) in {"q", "Q", ""}

    try:
        tty.setcbreak(descriptor)
        yield has_quit
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
