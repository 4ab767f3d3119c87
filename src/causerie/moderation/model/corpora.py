"""Labelled texts from files, in the formats in which the public corpora come."""

from __future__ import annotations

import csv
import html
import io
import random
import re
from collections import defaultdict
from enum import StrEnum

import msgspec

_IRC_LINE = re.compile(r"\[\d\d:\d\d\] <[^>]*> ?(.*)")


class Topic(StrEnum):
    """What a classifier looks for."""

    SPAM = "spam"
    ABUSE = "abuse"


class Labelled(msgspec.Struct, frozen=True, gc=False):
    """A text, and whether it is what a classifier looks for."""

    text: str
    is_positive: bool


def read_spam(text: str) -> list[Labelled]:
    """Read ``label<TAB>text``, label ham or spam. Raises ``ValueError``."""
    found = []
    for number, line in enumerate(text.rstrip("\n").split("\n"), 1):
        label, tab, content = line.partition("\t")
        if not tab or label not in {"ham", "spam"}:
            raise ValueError(f"line {number} is not ham or spam, a tab, and a text")
        found.append(Labelled(html.unescape(content), label == "spam"))
    return found


def read_abuse(text: str) -> list[Labelled]:
    """Read CSV with the columns class (hate, offensive, neither) and text. Raises ``ValueError``."""
    found = []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not {"class", "text"} <= set(reader.fieldnames or ()):
        raise ValueError("the file has no columns class and text")
    for row in reader:
        if row["class"] not in {"hate", "offensive", "neither"}:
            raise ValueError(f"line {reader.line_num} has another class: {row['class']!r}")
        found.append(Labelled(html.unescape(row["text"]), row["class"] != "neither"))
    return found


def read_irc(text: str) -> list[str]:
    """Read what people said of a channel's log, ``[HH:MM] <nick> text``; other lines are passed."""
    found = (_IRC_LINE.match(line) for line in text.split("\n"))
    return [match[1] for match in found if match is not None and match[1].strip()]


def folds_of(examples: list[Labelled], *, count: int, seed: int = 7) -> list[int]:
    """Deal examples into folds, each with its share of either label.

    The same text more than once goes into one fold: a classifier is not to meet in the examination
    what it was taught.
    """
    by_text: defaultdict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        by_text[" ".join(example.text.lower().split())].append(place)
    texts = sorted(by_text)
    random.Random(seed).shuffle(texts)  # noqa: S311 - the same folds each time
    fold_of = [0] * len(examples)
    dealt = {False: 0, True: 0}
    for text in texts:
        label = examples[by_text[text][0]].is_positive
        for place in by_text[text]:
            fold_of[place] = dealt[label] % count
        dealt[label] += 1
    return fold_of
