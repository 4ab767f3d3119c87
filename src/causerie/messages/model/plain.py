"""What a message says without the marks of its Markdown, in one line: for an excerpt of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

# The blocks and marks that the page shows, by the same rules (web/src/text/markdown.ts).
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*[\w+#.-]*\s*")
_QUOTES = re.compile(r"\A(?: {0,3}> ?)+")
_HEADING = re.compile(r"#{1,6}\s+")
_BULLET = re.compile(r"\A {0,3}[-*+]\s+(?=\S)")
_PIECE = re.compile(
    r"\\(?P<escaped>[\\`*_~\[\]()>#+\-.!@])"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?P<code>[^`]|[^`].*?[^`])(?P=ticks)(?!`)"
    r"|\[(?P<words>[^\[\]\n]{1,500})\]\((?P<address>(?:https?://|mailto:)[^\s()]{1,2000})\)"
    r"|(?P<bare>https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?*_~)])"
    r"|(?P<mark>(?P<of>[*_~])(?P=of)*)"
)
_MARKS = frozenset({"*", "**", "***", "_", "__", "___", "~~"})
_WORD = re.compile(r"[^\W_]+")


def plain_text(content: str, *, shown: Collection[str] = ()) -> str:
    """Give the words alone. Where a link leads is told only if one of these words is in it."""
    return " ".join(" ".join(_paragraphs(content, shown)).split())


def _paragraphs(content: str, shown: Collection[str]) -> Iterator[str]:
    """The text between code, without its marks; and the code, as it is."""
    open_fence = ""
    text: list[str] = []
    for line in content.splitlines():
        fence = _FENCE.fullmatch(line)
        if open_fence:
            if fence and fence[0].strip() == open_fence:
                open_fence = ""
            else:
                yield line
        elif fence:
            yield _without_marks("\n".join(text), shown)
            text, open_fence = [], fence[1]
        else:
            text.append(_begun(line))
    yield _without_marks("\n".join(text), shown)


def _begun(line: str) -> str:
    """A line without what it begins with as a block."""
    line = _QUOTES.sub("", line)
    heading = _HEADING.match(line)
    if heading:
        return line[heading.end() :].rstrip(" #")
    return _BULLET.sub("", line)


def _without_marks(text: str, shown: Collection[str]) -> str:
    parts: list[str] = []
    opened: dict[str, list[int]] = {}  # of each mark, at which parts one may have begun
    at = 0
    for found in _PIECE.finditer(text):
        parts.append(text[at : found.start()])
        at = found.end()
        mark = found["mark"]
        parts.append(mark or _said(found, shown))
        if mark in _MARKS:
            _pair(parts, mark, opened, before=text[: found.start()][-1:], after=text[at : at + 1])
    parts.append(text[at:])
    return "".join(parts)


def _said(found: re.Match[str], shown: Collection[str]) -> str:
    words = found["words"]
    if words is None:
        return found["escaped"] or found["code"] or found[0]
    address = found["address"]
    is_shown = any(word in shown for word in _WORD.findall(address))
    return f"{words} ({address})" if is_shown else words


def _pair(
    parts: list[str], mark: str, opened: dict[str, list[int]], *, before: str, after: str
) -> None:
    """Take the last part away where it ends what was opened, with its beginning."""
    is_word = mark[0] == "_"  # snake_case is no emphasis
    begun = opened.setdefault(mark, [])
    if begun and before.strip() and not (is_word and after.isalnum()):
        first = begun.pop()
        parts[first] = parts[-1] = ""
        for others in opened.values():
            while others and others[-1] > first:
                others.pop()
    elif after.strip() and not (is_word and before.isalnum()):
        begun.append(len(parts) - 1)
