"""What may stand as a reaction: one emoji, in the one way in which it is written here (UTS #51)."""

from __future__ import annotations

import re
from functools import lru_cache

from causerie.foundation.errors import Invalid
from causerie.messages.model.emoji_table import PEOPLE, PICTURES, REGIONS, SIGNS

# The longest that Unicode recommends, two people of two skin tones who kiss, has 10; longer text is
# not looked at.
MAX_EMOJI_CODE_POINTS = 16
MAX_JOINED = 4  # Pictures that are one: a family of four, the most that Unicode recommends.

_JOINER = "\u200d"
_AS_PICTURE = "\ufe0f"
_TONES = "\U0001f3fb-\U0001f3ff"


def _characters(table: str) -> str:
    """The table as the inside of a class of characters."""
    bounds = [[chr(int(end, 16)) for end in span.split("-")] for span in table.split()]
    return "".join("-".join(span) for span in bounds)


_PART = (
    f"(?:[{_characters(PEOPLE)}]{_AS_PICTURE}?[{_TONES}]"
    f"|[{_characters(PICTURES)}{_characters(SIGNS)}]{_AS_PICTURE}?)"
)
_JOINED = re.compile(f"{_PART}(?:{_JOINER}{_PART}){{0,{MAX_JOINED - 1}}}")
_KEYCAP = re.compile(f"([0-9#*]){_AS_PICTURE}?\u20e3")
_REGION_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
# A black flag, up to six small letters and digits of a region's subdivision, and the end of them.
_SUBDIVISION_FLAG = re.compile(
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
)
_SIGN = re.compile(f"([{_characters(SIGNS)}])(?![{_TONES}])")
_FLAGS = frozenset(
    "".join(chr(ord(letter) - ord("A") + 0x1F1E6) for letter in region)
    for region in REGIONS.split()
)


@lru_cache(maxsize=4096)  # Those that are in use at all; each is asked for over and over.
def require_emoji(text: str) -> str:
    """Give one emoji as it is written here. Raises ``Invalid`` for whatever else.

    Joined ones, flags, keycaps and skin tones are one emoji each. What clients write with and without
    U+FE0F is the same emoji: it stands where the character would be text without it, and nowhere
    else ("fully-qualified", UTS #51 ED-18a).
    """
    emoji = _find(text) if len(text) <= MAX_EMOJI_CODE_POINTS else None
    if emoji is None:
        raise Invalid("emoji", "Must be one emoji")
    return emoji


def _find(text: str) -> str | None:
    if _JOINED.fullmatch(text):
        return _SIGN.sub(rf"\1{_AS_PICTURE}", text.replace(_AS_PICTURE, ""))
    keycap = _KEYCAP.fullmatch(text)
    if keycap:
        return f"{keycap[1]}{_AS_PICTURE}\u20e3"
    if _REGION_FLAG.fullmatch(text):
        return text if text in _FLAGS else None
    return text if _SUBDIVISION_FLAG.fullmatch(text) else None
