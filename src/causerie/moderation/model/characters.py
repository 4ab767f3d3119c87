"""Level one: size and encoding. Characters that break what they are shown in, and floods of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from causerie.moderation.model.verdict import Finding, Level

# Scripts that write vowels and tones as marks put four on a letter at most; more hide the letter.
MAX_MARKS_IN_A_ROW = 4
MAX_SURE_MARKS_IN_A_ROW = 8  # From here on no language is left that it could be.
MAX_LINES = 100  # Three screens; a longer paste belongs into a file.
MAX_REPEATS = 100  # Of one character, one after another: longer than any drawn line.

# C0 and C1 without tab, line feed and carriage return; DEL; noncharacters.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_REPEATED = re.compile(rf"([^\s])\1{{{MAX_REPEATS},}}")
_EVIDENCE_CHARACTERS = 3


def size_findings(text: str) -> Iterator[Finding]:
    """Look at a text's characters one by one, whatever they mean."""
    # str.isprintable: one pass in C, and true of nearly every message.
    if not text.isprintable():
        yield from _unprintable(text)
    if not text.isascii():
        yield from _marks(text)
    if len(text) > MAX_REPEATS and (found := _REPEATED.search(text)):
        count = found.end() - found.start()
        yield Finding(Level.SIZE, "repeated_character", 0.5, (f"{found[1]!a} x {count}",))


def _unprintable(text: str) -> Iterator[Finding]:
    if found := _CONTROLS.findall(text):
        yield Finding(Level.SIZE, "control_characters", 0.5, named(found))
    if found := _SURROGATES.findall(text):
        yield Finding(Level.SIZE, "broken_encoding", 1.0, named(found))
    if (lines := text.count("\n")) >= MAX_LINES:
        yield Finding(Level.SIZE, "many_lines", 0.5, (f"{lines + 1} lines",))


def _marks(text: str) -> Iterator[Finding]:
    # The first marks begin at U+0300; below it no look into the tables is needed.
    marks = {c for c in set(text) if c >= "\u0300" and unicodedata.category(c) in {"Mn", "Me"}}
    if not marks:
        return
    longest = count = 0
    for character in text:
        count = count + 1 if character in marks else 0
        longest = max(longest, count)
    if longest > MAX_MARKS_IN_A_ROW:
        score = 1.0 if longest > MAX_SURE_MARKS_IN_A_ROW else 0.6
        yield Finding(Level.SIZE, "combining_marks", score, (f"{longest} on one letter",))


def named(characters: list[str]) -> tuple[str, ...]:
    """Name characters that cannot be shown, each once: ``U+202E``."""
    distinct = dict.fromkeys(characters)
    return tuple(f"U+{ord(c):04X}" for c in list(distinct)[:_EVIDENCE_CHARACTERS])
