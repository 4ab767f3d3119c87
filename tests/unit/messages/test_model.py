"""What may be a message, a key and a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.foundation.errors import Invalid, TooLarge
from causerie.foundation.identity import MAX_ID
from causerie.messages.model import require_content, require_key, require_page

LIMIT = 10


@pytest.mark.parametrize("content", ["a" * LIMIT, "é" * LIMIT, "😀" * LIMIT, "👨‍👩‍👧‍👦👨"])
def test_length_counts_in_code_points(content: str) -> None:
    require_content(content, limit=LIMIT)

    longer = content + "x" * (LIMIT + 1 - len(content))
    with pytest.raises(TooLarge) as refused:
        require_content(longer, limit=LIMIT)
    assert refused.value.extras() == {"limit": LIMIT, "actual": LIMIT + 1}


def test_a_limit_of_0_is_none() -> None:
    require_content("x" * 1_000_000, limit=0)


@pytest.mark.parametrize(
    "content", ["", " ", "\t\r\n", "\u00a0", "\u2003\u2009", "\u3000", "\u2028\u2029\x1f\x85"]
)
def test_nothing_but_space_is_no_message(content: str) -> None:
    with pytest.raises(Invalid):
        require_content(content, limit=LIMIT)


@pytest.mark.parametrize("content", [" a ", "\u200b", "\u2800", "\x01", "\n.\n"])
def test_anything_beside_space_is_one(content: str) -> None:
    require_content(content, limit=LIMIT)


@pytest.mark.parametrize("content", ["\x00", "a\x00", " \x00 "])
def test_a_nul_cannot_be_stored(content: str) -> None:
    with pytest.raises(Invalid):
        require_content(content, limit=LIMIT)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=128))
def test_printable_ascii_is_a_key(key: str) -> None:
    require_key(key)


@given(st.text(min_size=0, max_size=140))
def test_nothing_else_is_a_key(key: str) -> None:
    is_lawful = 1 <= len(key) <= 128 and all(" " <= character <= "~" for character in key)

    if is_lawful:
        require_key(key)
    else:
        with pytest.raises(Invalid, match="client_id"):
            require_key(key)


@pytest.mark.parametrize(
    ("before", "after", "limit"),
    [(None, None, 1), (1, None, 1000), (MAX_ID, None, 50), (None, 0, 50), (None, MAX_ID, 50)],
)
def test_a_page_is_asked_by_one_bound_at_most(
    before: int | None, after: int | None, limit: int
) -> None:
    require_page(before, after, limit)

    with pytest.raises(Invalid):
        require_page(1, 1, limit)


@pytest.mark.parametrize(
    ("before", "after", "limit", "field"),
    [
        (0, None, 50, "before"),
        (-1, None, 50, "before"),
        (MAX_ID + 1, None, 50, "before"),
        (None, -1, 50, "after"),
        (None, MAX_ID + 1, 50, "after"),
        (None, None, 0, "limit"),
        (None, None, 1001, "limit"),
    ],
)
def test_numbers_that_no_page_has_are_named(
    before: int | None, after: int | None, limit: int, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        require_page(before, after, limit)
    assert refused.value.errors[0].field == field
