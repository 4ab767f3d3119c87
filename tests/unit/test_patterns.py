"""No pattern of the source takes long over any text (ReDoS): each is found, and fed what hurts patterns.

What makes a pattern slow is text that it can take in many ways and then must refuse. So each is fed
long runs of every short piece of what it is made of, with an end that it cannot take. Growth is
measured, not time alone: four times the text may take some ten times as long, where a pattern that
goes back over everything takes sixteen times, and one that tries all ways never ends.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import causerie

LENGTHS = (18, 60, 250, 1_000, 4_000)  # A message has 4,000 characters at most.
MAX_GROWTH = 10.0
# What nobody feels: a pattern that is quadratic but this quick on the longest text is let be.
FREE_SECONDS = 0.004
TRIES = 3  # The machine may be busy; the best of three is the pattern's own.
MAX_PIECES = 24
SOURCE = Path(causerie.__file__).parent
# Read from these by other means than a module's names: none of them meets a text of users.
ENTRY_POINTS = ("causerie.__main__",)


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(causerie.__path__, "causerie."):
        if found.name not in ENTRY_POINTS:
            yield found.name


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    held = value.values() if isinstance(value, dict) else value
    for item in [value, *held] if isinstance(held, (list, tuple, type({}.values()))) else [value]:
        if isinstance(item, re.Pattern) and isinstance(item.pattern, str):
            yield item


def metas_in(value: object) -> Iterator[re.Pattern[str]]:
    """Patterns that msgspec checks texts by."""
    for meta in getattr(value, "__metadata__", ()):
        if getattr(meta, "pattern", None):
            yield re.compile(meta.pattern)


def all_patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, tuple[str, re.Pattern[str]]] = {}
    for name in modules():
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue  # an extra that is not installed
        for attribute, value in vars(module).items():
            for n, pattern in enumerate((*patterns_in(value), *metas_in(value))):
                found.setdefault(pattern.pattern, (f"{name}.{attribute}.{n}", pattern))
    return dict(found.values())


def written_at_once() -> Iterator[tuple[str, str, str]]:
    """Where, how and with which literal the source calls ``re``."""
    for path in SOURCE.rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if "import re\n" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    place = f"{path.relative_to(SOURCE)}:{node.lineno}"
                    yield place, ast.unparse(node.func).removeprefix("re."), first.value


PATTERNS = all_patterns()


def pieces_of(pattern: re.Pattern[str]) -> list[str]:
    """Short texts of what a pattern is made of: its letters, alone and in pairs, and of each class."""
    letters = [c for c in dict.fromkeys(re.sub(r"\\\\.", "", pattern.pattern)) if c.isprintable()]
    alone = [*dict.fromkeys([*letters[:12], "a", "1", " ", ".", "-", "_", "\u00e9"])]
    pairs = ["".join(pair) for pair in itertools.permutations(alone[:6], 2)]
    return [*alone, *pairs][:MAX_PIECES]


def is_searched(name: str) -> bool:
    """Whether a pattern may begin anywhere in a text: all but those that are only matched."""
    module, attribute, _ = name.rsplit(".", 2)
    path = importlib.import_module(module).__file__
    used = re.findall(rf"\b{re.escape(attribute)}\.(\w+)", Path(path or "").read_text())
    return not used or not set(used) <= {"match", "fullmatch"}


def seconds(pattern: re.Pattern[str], text: str, *, searched: bool) -> float:
    best = float("inf")
    for _ in range(TRIES):
        begun = time.thread_time()
        if searched:
            pattern.search(text)
        pattern.fullmatch(text)
        best = min(best, time.thread_time() - begun)
        if best < FREE_SECONDS:
            break
    return best


def slow_texts(pattern: re.Pattern[str], *, searched: bool = True) -> Iterator[str]:
    """Name the first piece whose runs take a pattern out of proportion."""
    for piece in pieces_of(pattern):
        for end in ("", "\x00", "!"):
            before = float("inf")
            # From the shortest on: what tries all ways would not come back from the longest.
            for length in LENGTHS:
                now = seconds(pattern, piece * (length // len(piece)) + end, searched=searched)
                if now > FREE_SECONDS and (length == LENGTHS[0] or now > MAX_GROWTH * before):
                    yield f"{length} of {piece!r}, {end!r}: {before:.4f} s, then {now:.4f} s"
                    return
                before = now


def test_no_text_makes_a_pattern_slow() -> None:
    found = {
        name: list(slow_texts(pattern, searched=is_searched(name)))
        for name, pattern in PATTERNS.items()
    }

    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize("evil", [r"(a+)+$", r"(\w|a)*b", r"a*a*$", r"(.*)x(.*)y$"])
def test_a_pattern_that_is_slow_would_be_found(evil: str) -> None:
    assert list(slow_texts(re.compile(evil)))


def test_no_text_makes_a_pattern_slow_that_a_module_does_not_name() -> None:
    known = {pattern.pattern for pattern in PATTERNS.values()}
    others = {
        place: list(slow_texts(re.compile(literal), searched=how not in {"match", "fullmatch"}))
        for place, how, literal in written_at_once()
        if literal not in known
    }

    assert len(known) > 50
    assert {place: texts for place, texts in others.items() if texts} == {}
