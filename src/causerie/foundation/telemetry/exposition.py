"""Prometheus' text format, written from names that are kept ready.

The library makes an object of each sample, sorts its labels and escapes them at every scrape: 0.1 s
for 5,000 samples, in which the loop does nothing else. Here what stands before a number is made
once, and is also what the processes of a server know a series by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec
from prometheus_client.utils import floatToGoString

PLAIN = 1_000_000  # From here on Go, and so everybody who writes the format, takes an exponent.

Number = int | float


class Together(StrEnum):
    """How what several processes of one server show is one number."""

    SUM = "sum"  # each holds its own: connections, what waits in memory
    MOST = "most"  # all see the same, some later than others: jobs in the database, uptime
    LEAST = "least"  # the worst counts: whether the database is up

    def of(self, first: Number, second: Number) -> Number:
        """Make one of two."""
        if self is Together.SUM:
            return first + second
        return max(first, second) if self is Together.MOST else min(first, second)


class Family(msgspec.Struct, array_like=True):
    """One metric of one process, or of several together; ``samples`` by what is written before them."""

    name: str
    kind: str
    documentation: str
    together: Together
    samples: dict[str, Number]


class Series:
    """One line of a metric, without its number."""

    __slots__ = ("labels", "name", "text")

    def __init__(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.labels = labels or {}
        shown = ",".join(f'{key}="{_escaped(value)}"' for key, value in sorted(self.labels.items()))
        self.text = f"{name}{{{shown}}}" if shown else name


def write(families: Iterable[Family]) -> bytes:
    """Write families in Prometheus' text format."""
    parts: list[str] = []
    for family in families:
        meaning = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
        parts.append(f"# HELP {family.name} {meaning}\n# TYPE {family.name} {family.kind}\n")
        parts += [f"{text} {number(value)}\n" for text, value in family.samples.items()]
    return "".join(parts).encode()


def number(value: Number) -> str:
    """Write a number as Go does, which all who read the format expect."""
    if type(value) is int and -PLAIN < value < PLAIN:
        return f"{value}.0"
    written: str = floatToGoString(value)  # type: ignore[no-untyped-call] # the library's way
    return written


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
