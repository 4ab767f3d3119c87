"""Level two: structure. Markup and code that aim at who reads, floods of links and mentions, disguises.

Content is stored as written and made safe where it is shown, so none of this protects a reader by
itself: it tells moderators, and keeps out what has no other use. Each pattern is one that stays
linear on any input: no repetition stands beside or within another that takes the same characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick

from causerie.moderation.model.characters import named
from causerie.moderation.model.folding import LOOK_ALIKES, MAX_CHUNK_CHARS
from causerie.moderation.model.verdict import Finding, Level

MANY_LINKS = 5
TOO_MANY_LINKS = 20  # A list of sources of a long message; more is advertising.
MANY_MENTIONS = 10
TOO_MANY_MENTIONS = 30  # A whole team called by name; more is a nuisance.
# Joiners stand within emoji and Persian or Indic words, one or two each; these stand for nothing.
MANY_UNSEEN = 10
TOO_MANY_UNSEEN = 100

MAX_EVIDENCE = 3

# Each begins with a literal or one character class, and repeats only what cannot begin it anew.
_PATTERNS = {
    "script_markup": re.compile(
        r"<(?:script|iframe|object|embed|svg|math|base|meta|form)[\s/>]", re.IGNORECASE
    ),
    "event_handler": re.compile(
        r"<[a-z][^<>]{0,200}[\s/\"']on(?:error|load|click|mouse|focus|anim|toggle|pointer)",
        re.IGNORECASE,
    ),
    "script_address": re.compile(
        r"(?:java|vb|live)script:|data:(?:text/html|image/svg)", re.IGNORECASE
    ),
    "sql_injection": re.compile(
        r"['\"]\s?(?:or|and)\s['\"]?\w{1,20}['\"]?\s?=\s?['\"]?\w"
        r"|\bunion\s(?:all\s)?select\b|;\s?(?:drop|truncate|alter)\s(?:table|database)\b"
        r"|\b(?:sleep|benchmark|pg_sleep|xp_cmdshell)\(",
        re.IGNORECASE,
    ),
    "template_injection": re.compile(
        r"\$\{(?:jndi|env|sys|java|t\()|\{\{[^{}]{0,100}(?:__|config|self|7\s?\*\s?7)"
        r"|<%=|#\{[^{}]{0,100}__",
        re.IGNORECASE,
    ),
    "path_traversal": re.compile(r"(?:\.\.[/\\]){3}|%2e%2e(?:%2f|/)|%c0%af", re.IGNORECASE),
}
_SCORES = {"path_traversal": 0.5}
# What each pattern cannot do without, in small letters: looked for in one pass before any of them,
# since nearly no message has any of it.
_SIGNS = AhoCorasick(
    [
        *("<script", "<iframe", "<object", "<embed", "<svg", "<math", "<base", "<meta", "<form"),
        *("onerror", "onload", "onclick", "onmouse", "onfocus", "onanim", "ontoggle", "onpointer"),
        *("script:", "data:text", "data:image", "union ", "union\t", "union\n"),
        *("' or", "' and", '" or', '" and', "'or", "'and"),
        *('"or', '"and', "; drop", ";drop", "; trun", ";trun", "; alter", ";alter"),
        *("sleep(", "benchmark(", "xp_cmdshell(", "${", "{{", "<%=", "#{"),
        *("../", "..\\", "%2e", "%c0"),
    ]
)

_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@.])@[\w.\-]{1,32}")
_OVERRIDES = "\u202d\u202e"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_WORD = re.compile(r"[^\W\d_]{2,40}")
_PLAIN_LETTER = re.compile("[a-zA-Z]")
_SHORTENERS = ("bit.ly/", "tinyurl.com/", "goo.gl/", "t.ly/", "is.gd/", "cutt.ly/", "rb.gy/")


def structure_findings(text: str, lowered: str) -> list[Finding]:
    """Look at how a text is built. Cheap where there is nothing of note."""
    findings: list[Finding] = []
    if _SIGNS.find_matches_as_indexes(lowered):
        findings += _injections(text)
    if "://" in text or "www." in text:
        findings += _links(text)
    if "@" in text and text.count("@") >= MANY_MENTIONS:
        findings += _mentions(text)
    if not text.isascii():
        findings += _disguises(text)
    return findings


def _injections(text: str) -> Iterator[Finding]:
    for rule, pattern in _PATTERNS.items():
        if found := pattern.search(text):
            evidence = found[0][:MAX_CHUNK_CHARS]
            yield Finding(Level.STRUCTURE, rule, _SCORES.get(rule, 0.6), (evidence,))


def _links(text: str) -> Iterator[Finding]:
    if (links := len(_LINK.findall(text))) >= MANY_LINKS:
        score = 0.95 if links >= TOO_MANY_LINKS else 0.5
        yield Finding(Level.STRUCTURE, "many_links", score, (f"{links} links",))
    lowered = text.lower()
    if "xn--" in lowered:
        yield Finding(Level.STRUCTURE, "encoded_host", 0.5, ("xn--",))
    if shortened := [s for s in _SHORTENERS if s in lowered]:
        yield Finding(Level.STRUCTURE, "shortened_link", 0.4, tuple(shortened[:MAX_EVIDENCE]))


def _mentions(text: str) -> Iterator[Finding]:
    if (mentions := len(set(_MENTION.findall(text)))) >= MANY_MENTIONS:
        score = 0.95 if mentions >= TOO_MANY_MENTIONS else 0.5
        yield Finding(Level.STRUCTURE, "many_mentions", score, (f"{mentions} mentions",))


def _disguises(text: str) -> Iterator[Finding]:
    if found := _BIDI.findall(text):
        # An override turns letters round that have a direction of their own: nobody types it. The
        # others are how editors mark a quotation from the right, and flagged where left open.
        if any(c in _OVERRIDES for c in found):
            yield Finding(Level.STRUCTURE, "bidi_override", 0.8, named(found))
        elif _leaves_open(text):
            yield Finding(Level.STRUCTURE, "bidi_left_open", 0.5, named(found))
    unseen = _UNSEEN.findall(text)
    if len(unseen) >= MANY_UNSEEN:
        score = 0.95 if len(unseen) >= TOO_MANY_UNSEEN else 0.5
        yield Finding(Level.STRUCTURE, "invisible_characters", score, named(unseen))
    if mixed := _mixed_words(text):
        yield Finding(Level.STRUCTURE, "look_alikes", 0.7, mixed)


def _leaves_open(text: str) -> bool:
    embedded = sum(map(text.count, "\u202a\u202b")) - text.count("\u202c")
    isolated = sum(map(text.count, "\u2066\u2067\u2068")) - text.count("\u2069")
    return embedded > 0 or isolated > 0


def _mixed_words(text: str) -> tuple[str, ...]:
    """Find words in which letters of two scripts stand that look the same."""
    found = []
    for word in _WORD.findall(text):
        # A word of one other script has no plain letter; nor is "café" made of look-alikes.
        if word.isascii() or not _PLAIN_LETTER.search(word):
            continue
        if not any(ord(c) in LOOK_ALIKES for c in word.lower()):
            continue
        if len({_script(c) for c in word} & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1:
            found.append(word)
            if len(found) == MAX_EVIDENCE:
                break
    return tuple(found)


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
