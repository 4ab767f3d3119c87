"""The word lists: profanity, insults, slurs and threats in French and English.

One automaton looks for all of them in one pass over a folded text, whatever their number; what
stands within a longer word is sorted out after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec
from ahocorasick_rs import AhoCorasick, MatchKind

from causerie.moderation.model.folding import MAX_CHUNK_CHARS, may_be_in_disguise, readings

MAX_HITS = 8  # Enough to explain a verdict; a text full of them is not looked at further.
MIN_SPELLED_LETTERS = 3  # "a b" is no word spelled out; "p u t e" is.
_ENDINGS = ("s", "es", "x")
_SECTION = re.compile(r"\[(\w+) (\d\.\d+)\]")
_HELD_APART = re.compile(r"[^a-z0-9]+")
# What stands between the words of a phrase. Not "*", "@" or "$", which stand for letters.
_GAPS = str.maketrans(dict.fromkeys("\t\n\r'’‘`\"“”«»,.;:!?¡¿()[]{}<>-–—_/\\|~", " "))
# The same for plain text, which is quicker put through as bytes.
_PLAIN_GAPS = bytes(ord(chr(byte).translate(_GAPS)) for byte in range(256))
_MIN_MASKED_CHARS = 4


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A word of the lists that was found, as it was written, and the rule it belongs to."""

    rule: str
    score: float
    written: str


class _Entry(msgspec.Struct, frozen=True, gc=False):
    word: str
    rule: str
    score: float
    goes_on: bool  # more letters may follow
    begins_before: bool  # more letters may stand before


def read_words(text: str) -> Iterator[_Entry]:
    """Read a list as ``words.txt`` explains it. Raises ``ValueError``."""
    rule, score = "", 0.0
    for number, line in enumerate(text.splitlines(), 1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        if section := _SECTION.fullmatch(written):
            rule, score = section[1], float(section[2])
            continue
        word = _HELD_APART.sub(" ", written.strip("*")).strip()
        if not rule or not word:
            raise ValueError(f"line {number} of the word list: {written!r}")
        yield _Entry(word, rule, score, written.endswith("*"), written.startswith("*"))


class WordList:
    """Finds the words of a list in folded text."""

    def __init__(self, text: str) -> None:
        self._entries = list(read_words(text))
        self._automaton = AhoCorasick(
            [entry.word for entry in self._entries], matchkind=MatchKind.LeftmostLongest
        )
        self._masked = {
            masked: entry for entry in self._entries if entry.score >= 0.5
            for masked in _masked(entry.word)
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self._entries)

    def hits(self, folded: str) -> list[Hit]:
        """Find the words in a text of small letters; overlapping ones once, the longest."""
        if folded.isascii():
            spaced = folded.encode().translate(_PLAIN_GAPS).decode()
        else:
            spaced = folded.translate(_GAPS)
        if "  " in spaced:
            spaced = " ".join(spaced.split())
        found = self._automaton.find_matches_as_indexes(spaced)
        if not found:
            return []
        hits: list[Hit] = []
        for index, start, end in found:
            entry = self._entries[index]
            if _stands_alone(entry, spaced, start, end):
                hits.append(Hit(entry.rule, entry.score, spaced[start:end]))
                if len(hits) == MAX_HITS:
                    break
        return hits

    def hits_in_disguise(self, chunk: str) -> list[Hit]:
        """Find a word in the ways that a folded word without white space may be read."""
        if not may_be_in_disguise(chunk):
            return []
        for reading in sorted(readings(chunk)):
            for hit in self.hits(reading):
                return [Hit(hit.rule, hit.score, chunk[:MAX_CHUNK_CHARS])]
        if "*" in chunk:
            bare = chunk[:MAX_CHUNK_CHARS].strip(".,;:?!\"'")
            if (entry := self._masked.get(bare)) is not None:
                return [Hit(entry.rule, entry.score, bare)]
        return []

    def hits_spelled_out(self, folded: str) -> list[Hit]:
        """Find words whose letters stand alone: ``p u t e``, ``f . u . c . k``."""
        spelled: list[str] = []
        hits: list[Hit] = []
        for part in (*_HELD_APART.split(folded), "end"):
            if len(part) == 1:
                spelled.append(part)
                continue
            if len(spelled) >= MIN_SPELLED_LETTERS:
                word = "".join(spelled)
                written = " ".join(spelled)[:MAX_CHUNK_CHARS]
                hits += [Hit(h.rule, h.score, written) for h in self.hits(word)]
            spelled.clear()
        return hits[:MAX_HITS]


def _stands_alone(entry: _Entry, text: str, start: int, end: int) -> bool:
    if start and text[start - 1].isalnum() and not entry.begins_before:
        return False
    if end == len(text) or entry.goes_on or not text[end].isalnum():
        return True
    return any(
        text.startswith(ending, end)
        and (end + len(ending) == len(text) or not text[end + len(ending)].isalnum())
        for ending in _ENDINGS
    )


def _masked(word: str) -> Iterator[str]:
    """Say how a word is written by those who do not quite: ``f*ck``, ``f**k``."""
    if len(word) < _MIN_MASKED_CHARS or not word.isalpha():
        return
    yield word[0] + "*" * (len(word) - 2) + word[-1]
    for place in range(1, len(word) - 1):
        yield word[:place] + "*" + word[place + 1 :]


@cache
def default_words() -> WordList:
    """The lists that the product has."""
    text = resources.files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    return WordList(text)
