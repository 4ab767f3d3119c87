"""The part of a message that shows why it was found, as HTML that is safe whatever it holds."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from causerie.messages.model.plain import plain_text

MAX_SNIPPET_CHARS = 240  # Three lines of a list of results
LEAD_CHARS = 60  # What stands before the first word that was found
MAX_CUT_CHARS = 20  # As far back as the beginning of a word is looked for
MAX_MARKS = 300  # Finding the best place compares them with each other.
ELLIPSIS = "…"
OPEN, CLOSE = "<mark>", "</mark>"

# As the index has them: letters and digits; everything else parts words.
_WORD = re.compile(r"[^\W_]+")
# Letters that are no letter with a sign, by what the index makes them begin with.
_BEGINNINGS = str.maketrans("œæøłđßðþ", "oaoldsdt")


def words_in(text: str) -> list[str]:
    """The words of a text, as they stand there."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def candidates(contents: Iterable[str], terms: Iterable[str]) -> list[str]:
    """The words of texts that may be there because of the terms: those that begin alike."""
    beginnings = {_beginning(word) for term in terms for word in words_in(term)}
    words = {word for content in contents for word in words_in(content)}
    return sorted(word for word in words if _beginning(word) in beginnings)


def snippet_of(content: str, marked: Collection[str]) -> str:
    """Cut what it says to where most of the marked words stand, escape it and mark them."""
    text = plain_text(unicodedata.normalize("NFC", content), shown=marked)
    found = [m.span() for m in _WORD.finditer(text) if m[0] in marked][:MAX_MARKS]
    start = _start(text, found)
    end = _end(text, start)
    parts = [ELLIPSIS] if start else []
    at = start
    for begin, finish in found:
        if begin >= start and finish <= end:
            parts += [html.escape(text[at:begin]), OPEN, html.escape(text[begin:finish]), CLOSE]
            at = finish
    parts.append(html.escape(text[at:end]))
    if end < len(text):
        parts.append(ELLIPSIS)
    return "".join(parts)


def _start(text: str, found: Sequence[tuple[int, int]]) -> int:
    if len(text) <= MAX_SNIPPET_CHARS or not found:
        return 0
    ahead = MAX_SNIPPET_CHARS - LEAD_CHARS
    best = max(found, key=lambda span: sum(span[0] <= b <= span[0] + ahead for b, _ in found))
    start = min(max(0, best[0] - LEAD_CHARS), len(text) - MAX_SNIPPET_CHARS)
    # Forward to the beginning of a word, if there is one before what was found.
    space = text.find(" ", start, min(start + MAX_CUT_CHARS, best[0])) if start else -1
    return space + 1 if space >= 0 else start


def _end(text: str, start: int) -> int:
    end = start + MAX_SNIPPET_CHARS
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", end - MAX_CUT_CHARS, end + 1)
    return space if space >= 0 else end


def _beginning(word: str) -> str:
    return unicodedata.normalize("NFKD", word[0].lower())[0].translate(_BEGINNINGS)
