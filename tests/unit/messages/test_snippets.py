"""Snippets: what was found is marked, and nothing in them can be anything but text."""

from __future__ import annotations

import html
import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from causerie.messages.model import candidates, plain_text, snippet_of, words_in
from causerie.messages.model.snippets import MAX_SNIPPET_CHARS


def test_what_was_found_is_marked() -> None:
    assert snippet_of("one two one", {"one"}) == "<mark>one</mark> two <mark>one</mark>"


def test_only_whole_words_are_marked() -> None:
    assert snippet_of("cat concat cat-like", {"cat"}) == (
        "<mark>cat</mark> concat <mark>cat</mark>-like"
    )


def test_what_is_shown_has_no_marks_of_markdown() -> None:
    content = "## Plan\n**one** and `two`, see [this](https://example.org)"

    assert snippet_of(content, {"one", "two"}) == (
        "Plan <mark>one</mark> and <mark>two</mark>, see this"
    )
    assert snippet_of(content, {"example"}).endswith("(https://<mark>example</mark>.org)")


def test_markup_in_the_content_is_text() -> None:
    hostile = "<script>alert('found')</script> <mark>a & b</mark>"

    assert snippet_of(hostile, {"found"}) == (
        "&lt;script&gt;alert(&#x27;<mark>found</mark>&#x27;)&lt;/script&gt; "
        "&lt;mark&gt;a &amp; b&lt;/mark&gt;"
    )


def test_a_word_that_looks_like_an_entity_is_marked_as_a_word() -> None:
    assert snippet_of("&lt; lt", {"lt"}) == "&amp;<mark>lt</mark>; <mark>lt</mark>"


def test_of_a_long_text_the_part_with_most_of_it_is_shown() -> None:
    text = f"needle {'hay ' * 200}needle and needle{' hay' * 200}"

    snippet = snippet_of(text, {"needle"})

    assert snippet.count("<mark>") == 2
    assert snippet.startswith("…hay")
    assert snippet.endswith("hay…")
    assert len(snippet) < MAX_SNIPPET_CHARS + 40


def test_of_a_long_text_without_words_the_beginning_is_shown() -> None:
    assert snippet_of("x" * 1000, ()) == "x" * MAX_SNIPPET_CHARS + "…"


def test_accents_made_of_two_characters_are_one_letter() -> None:
    assert words_in("e\u0301te\u0301") == ["été"]
    assert snippet_of("e\u0301te\u0301", {"été"}) == "<mark>été</mark>"


def test_only_words_that_begin_alike_are_asked_about() -> None:
    contents = ["L\u2019Été dernier", "œufs et OIES", "nothing"]

    assert candidates(contents, ["ete", "oeuf"]) == ["OIES", "et", "Été", "œufs"]
    assert candidates(contents, []) == []


@given(st.text(), st.lists(st.text(max_size=5)))
def test_without_its_marks_a_snippet_is_a_part_of_what_is_said(text: str, extra: list[str]) -> None:
    marked = {*words_in(text)[::2], *extra}

    snippet = snippet_of(text, marked)

    plain = re.sub(r"</?mark>", "", snippet)
    assert not re.search(r"[<>\"']", plain)
    said = plain_text(unicodedata.normalize("NFC", text), shown=marked)
    assert html.unescape(plain).strip("…") in said
