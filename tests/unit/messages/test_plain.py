"""What a message says without its Markdown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.messages.model import plain_text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("**bold**, *it*, _it_, __b__, ~~gone~~", "bold, it, it, b, gone"),
        ("**all *of* it** and ***both***", "all of it and both"),
        ("# Title #\n> quoted **x\n> y**\n\n- one\n* two\n1. three", "Title quoted x y one two 1. three"),
        ("before\n```py\na = b*c*d\n# no title\n```\n*after*", "before a = b*c*d # no title after"),
        ("~~~\nnever *closed*", "never *closed*"),
        ("`a*b*c` and ``x ` y``", "a*b*c and x ` y"),
        (r"\*not\* \[this\](https://e.org)", "*not* [this](https://e.org)"),
        ("see [the docs](https://e.org/a_b) now", "see the docs now"),
        ("**https://e.org/a_b_c**", "https://e.org/a_b_c"),
        ("a[0](x) and [note](later)", "a[0](x) and [note](later)"),
        ("snake_case_name, 2 * 3 * 4, a > b, @mia_x_", "snake_case_name, 2 * 3 * 4, a > b, @mia_x_"),
        ("*opened and `never closed", "*opened and `never closed"),
        ("*a **b* c**", "a **b c**"),
    ],
)  # fmt: skip
def test_marks_go_and_words_stay(content: str, said: str) -> None:
    assert plain_text(content) == said


def test_where_a_link_leads_is_told_where_it_is_what_was_looked_for() -> None:
    link = "see [this](https://example.org/plan)"

    assert plain_text(link, shown={"example"}) == "see this (https://example.org/plan)"
    assert plain_text(link, shown={"this"}) == "see this"


@given(st.text(alphabet="ab *_~`[](){}#>-+\\\n1.h:/"))
def test_no_letter_of_what_is_no_link_is_lost(content: str) -> None:
    assert [c for c in plain_text(content) if c in "ab"] == [c for c in content if c in "ab"]


@pytest.mark.parametrize(
    "piece", ["*a ", "* a**", "`a``a", "[", "[a](", "> ", "_a", "*_~~", "`a ``", "\\", "~", "```\n"]
)  # fmt: skip
def test_a_text_of_marks_takes_no_longer_than_its_length(piece: str) -> None:
    began = time.process_time()
    plain_text(piece * (40_000 // len(piece)))

    # A tenth of a second at most; what is quadratic takes half a minute.
    assert time.process_time() - began < 5
