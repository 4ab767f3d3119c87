"""What is one emoji, and how it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.foundation.errors import Invalid
from causerie.messages.model import require_emoji
from causerie.messages.model.emoji import MAX_EMOJI_CODE_POINTS

AS_PICTURE, AS_TEXT, JOINER = "\ufe0f", "\ufe0e", "\u200d"
ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "gbeng") + "\U000e007f"
KISS = "👩🏻\u200d❤\ufe0f\u200d💋\u200d👨🏿"

ONE = [
    "🚀",
    "👍",
    "👍🏽",
    "☝🏽",
    "❤\ufe0f",
    "☺\ufe0f",
    "©\ufe0f",
    "1\ufe0f\u20e3",
    "#\ufe0f\u20e3",
    "🇫🇷",
    "🇪🇺",
    ENGLAND,
    "👨\u200d👩\u200d👧\u200d👦",
    "🏳\ufe0f\u200d🌈",
    "🏴\u200d☠\ufe0f",
    "👁\ufe0f\u200d🗨\ufe0f",
    "🧑🏾\u200d⚕\ufe0f",
    KISS,
    "🫩",  # of Unicode 16
    "\U0001faf9",  # kept free for one that is yet to come
]
NONE = [
    "",
    " ",
    "a",
    "1",
    "#",
    "+1",
    ":rocket:",
    "🚀🚀",
    "🚀 ",
    " 🚀",
    "🚀\x00",
    "🚀🏽",  # a rocket has no skin
    "🇫",
    "🇽🇽",
    "🇫🇷🇩🇪",
    "1\u20e3\u20e3",
    "a\ufe0f\u20e3",
    "❤" + AS_TEXT,
    AS_PICTURE,
    JOINER,
    "👩" + JOINER,
    JOINER + "👩",
    "🚀\ufe0f\ufe0f",
    "\U0001f3f4" + "\U000e0067" + "\U000e007f",
    "\ud83d",
    "★",
    "🚀\u0301",
    "🚀\u202e",
    "😀" * 1000,
]


@pytest.mark.parametrize("emoji", ONE)
def test_one_emoji_is_taken_as_it_is(emoji: str) -> None:
    assert require_emoji(emoji) == emoji


@pytest.mark.parametrize("text", NONE)
def test_whatever_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        require_emoji(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("❤", "❤\ufe0f"),
        ("👍\ufe0f", "👍"),
        ("☝\ufe0f🏽", "☝🏽"),
        ("1\u20e3", "1\ufe0f\u20e3"),
        ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("👁\u200d🗨", "👁\ufe0f\u200d🗨\ufe0f"),
        (KISS.replace(AS_PICTURE, ""), KISS),
    ],
)
def test_the_same_emoji_is_written_in_one_way(written: str, meant: str) -> None:
    assert require_emoji(written) == meant


def test_pictures_are_joined_as_far_as_they_are_one() -> None:
    require_emoji(JOINER.join("👩" * 4))

    with pytest.raises(Invalid):
        require_emoji(JOINER.join("👩" * 5))


@given(st.text(st.sampled_from([*"❤🚀👍🏽🇫🇷1#", AS_PICTURE, JOINER, "\u20e3", "\U000e0067"])))
def test_what_is_taken_is_short_and_written_as_it_stays(text: str) -> None:
    try:
        emoji = require_emoji(text)
    except Invalid:
        return

    assert require_emoji(emoji) == emoji
    assert len(emoji) <= MAX_EMOJI_CODE_POINTS + 4  # U+FE0F is added to each picture at most
    assert emoji.replace(AS_PICTURE, "") == text.replace(AS_PICTURE, "")
