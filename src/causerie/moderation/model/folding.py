"""Seeing through disguises: how a text looks to a reader, in plain small Latin letters.

Only for judging; what is stored is what was written. Bounded: a text grows at most to
``MAX_FOLDED_CHARS`` (one ligature of Arabic alone is eighteen letters to NFKC).
"""

from __future__ import annotations

import re
import unicodedata

MAX_FOLDED_CHARS = 8000  # Twice the longest message of the default settings.

# Letters of other scripts that look like Latin ones in common fonts, small letters (what is folded
# is in small letters by then). Our own table: Cyrillic, Greek, Armenian, and Latin's own relatives
# that NFKD leaves alone.
_LOOKS_LIKE = {
    "a": "аαɑ",
    "b": "ьҍ",
    "c": "сϲᴄ",
    "d": "ԁɗ",
    "e": "еєҽɛəё",
    "f": "ғſƒ",
    "g": "ɡցǥ",
    "h": "һհћ",
    "i": "іιıɩӏї",
    "j": "јϳ",
    "k": "кκқҝ",
    "l": "ŀłӀ",
    "m": "мʍ",
    "n": "пηոռ",
    "o": "оοσօøө",
    "p": "рρҏ",
    "q": "ԛգ",
    "r": "гᴦɾ",
    "s": "ѕꜱʂ",
    "t": "тτŧ",
    "u": "υսцʋմ",
    "v": "ѵνᴠ",
    "w": "ѡωԝɯ",
    "x": "хχҳ",
    "y": "уγүұ",
    "z": "ᴢʐƶ",
    "ss": "ß",
    "ae": "æ",
    "oe": "œ",
}
LOOK_ALIKES = {ord(other): latin for latin, others in _LOOKS_LIKE.items() for other in others}
# Whole alphabets of squared and circled capitals, which NFKC leaves as symbols.
LOOK_ALIKES |= {
    start + offset: chr(ord("a") + offset)
    for start in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
    for offset in range(26)
}
# What is not seen at all: format characters, and letters that are drawn as nothing.
_UNSEEN_LETTERS = "\u115f\u1160\u3164\uffa0\u2800\u034f"

# What stands for a letter in a word that has letters too; "1" is tried as "i" and as "l".
_LEET = {
    "0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s",
    "€": "e", "£": "l", "+": "t", "(": "c", "!": "i", "|": "i", "1": "i", "µ": "u",
}  # fmt: skip
_LEET_I = str.maketrans(_LEET)
_I_OR_L = frozenset("1|!")
_LEET_L = str.maketrans(_LEET | dict.fromkeys(_I_OR_L, "l"))
_LEETED = re.compile(f"[{re.escape(''.join(_LEET))}]")
_STRETCHED = re.compile(r"(.)\1{2,}")
_LETTER = re.compile(r"[^\W\d_]")
_AROUND_WORDS = ".,;:?\"'()[]{}<>«»…"
_SEPARATORS = r".\-_*·•,'’/\\"
_SEPARATED = re.compile(f"[{_SEPARATORS}]")
_ENDS = frozenset(_AROUND_WORDS) | {"!"}  # What ends a sentence says nothing of the word before it.
# What a disguise cannot do without: a sign for a letter, a letter three times, two separators in turn.
_DISGUISES = re.compile(rf"[*{re.escape(''.join(_LEET))}]|(.)\1\1|[{_SEPARATORS}].?[{_SEPARATORS}]")

MAX_CHUNK_CHARS = 40  # Longer than any word of the lists; what is longer is an address or code.


def fold(text: str) -> str:
    """Give a text as it looks, in small letters. Plain ASCII costs nothing more than that."""
    if text.isascii():
        return text.lower()
    # First as a whole: styled letters (𝐟, ⓕ, ｆ) become plain; then marks and the unseen go.
    plain = unicodedata.normalize("NFKC", text)[:MAX_FOLDED_CHARS].lower()
    spread = unicodedata.normalize("NFKD", plain)[:MAX_FOLDED_CHARS]
    if spread.isascii():
        return spread
    # By distinct character: a text of four thousand has a few dozen.
    return spread.translate({ord(c): _look_of(c) for c in set(spread) if c >= "\x80"})


def _look_of(character: str) -> str | None:
    latin = LOOK_ALIKES.get(ord(character))
    if latin is not None:
        return latin
    is_unseen = character in _UNSEEN_LETTERS or (
        unicodedata.category(character) in {"Mn", "Me", "Cf", "Cs"}
    )
    return None if is_unseen else character


def readings(chunk: str) -> set[str]:
    """Give the ways in which a folded word without white space may be meant.

    ``sh1t``, ``f.u.c.k``, ``meeerde``: digits for letters, letters held apart, letters drawn out.
    The word itself is not among them.
    """
    bare = chunk[:MAX_CHUNK_CHARS].strip(_AROUND_WORDS)
    plain = bare.rstrip("!")
    if plain.isalpha():
        return _drawn_in(plain)
    if _LETTER.search(plain) is None:
        return set()  # a number, a face, a rule of dashes
    found: set[str] = set()
    # Where letters are held apart no two stand side by side, so the first two do not.
    parts = [] if plain[:2].isalnum() else _SEPARATED.split(plain)
    if len(parts) > 2 and max(map(len, parts)) == 1:
        together = "".join(parts)
        found = {together.translate(_LEET_I), together.translate(_LEET_L)}
    if _LEETED.search(bare):
        read = {written.translate(_LEET_I) for written in (bare, plain)}
        if not _I_OR_L.isdisjoint(bare):
            read |= {written.translate(_LEET_L) for written in (bare, plain)}
        found |= read | {_STRETCHED.sub(r"\1", its) for its in read if is_stretched(its)}
        found.discard(bare)
    return found


def _drawn_in(word: str) -> set[str]:
    if not is_stretched(word):
        return set()
    return {_STRETCHED.sub(r"\1", word), _STRETCHED.sub(r"\1\1", word)}


def may_be_in_disguise(chunk: str) -> bool:
    """Say quickly of a folded chunk whether it may be read in another way, or is masked by "*"."""
    if not (chunk.isalpha() or (chunk[-1:] in _ENDS and chunk[:-1].isalpha())):
        return _DISGUISES.search(chunk) is not None
    return is_stretched(chunk)


def is_stretched(word: str) -> bool:
    """Say whether a letter stands three times in a row."""
    # Then two at least are missing of its letters; of most words not even that, and it is told sooner.
    return len(set(word)) + 2 <= len(word) and _STRETCHED.search(word) is not None
