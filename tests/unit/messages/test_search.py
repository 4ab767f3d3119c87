"""What somebody typed, as what is looked for; and whatever was typed, no surprise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.foundation.errors import Invalid
from causerie.messages.model import Has, Search, parse_moment, parse_search


def asked(text: str) -> dict[str, Any]:
    """The parts of a search that are not empty."""
    search = parse_search(text, field="q")
    parts = {name: getattr(search, name) for name in search.__struct_fields__}
    return {name: part for name, part in parts.items() if part}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hello", {"words": ("hello",)}),
        ("  hello   world ", {"words": ("hello", "world")}),
        ("hello hello", {"words": ("hello",)}),
        ('"hello world"', {"phrases": ("hello world",)}),
        ('"not closed', {"phrases": ("not closed",)}),
        ("« bonjour à tous »", {"phrases": ("bonjour à tous",)}),
        ("“hello there”", {"phrases": ("hello there",)}),
        ('one"two three"four', {"words": ("one", "four"), "phrases": ("two three",)}),
        ("yes -no", {"words": ("yes",), "without": ("no",)}),
        ('yes -"not this"', {"words": ("yes",), "without": ("not this",)}),
        ("from:ann", {"senders": ("ann",)}),
        ("FROM:@Ann from:bob", {"senders": ("Ann", "bob")}),
        ("x -from:ann", {"words": ("x",), "not_senders": ("ann",)}),
        ("in:#general", {"places": ("general",)}),
        ("in:room_12 in:@bob", {"places": ("room_12", "@bob")}),
        ("x -in:general", {"words": ("x",), "not_places": ("general",)}),
        ("has:link has:FILE", {"has": (Has.LINK, Has.FILE)}),
        ("x -has:pin", {"words": ("x",), "has_not": (Has.PIN,)}),
        ("http://example.com/a?b=c", {"words": ("http://example.com/a?b=c",)}),
        ("subject:this", {"words": ("subject:this",)}),
        ("a - b", {"words": ("a", "-", "b")}),
        ("x --force", {"words": ("x",), "without": ("-force",)}),
    ],
)
def test_a_query_says_what_is_looked_for(text: str, parts: dict[str, object]) -> None:
    assert asked(text) == parts


def test_days_are_left_out_at_both_ends() -> None:
    search = parse_search("x after:2026-01-01 before:2026-01-31", field="q")

    assert search.after == datetime(2026, 1, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert search.before == datetime(2026, 1, 31, tzinfo=UTC)


def test_of_several_bounds_the_narrowest_holds() -> None:
    search = parse_search(
        "x before:2026-03-01 before:2026-02-01 after:2026-01-01T10:00:00Z after:2025-01-01",
        field="q",
    )

    assert search.before == datetime(2026, 2, 1, tzinfo=UTC)
    assert search.after == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31t12:00:00.123z", datetime(2026, 1, 31, 12, 0, 0, 123000, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T12:00:00 02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),  # an unencoded plus
        ("2026-01-31T12:00:00-02:00", datetime(2026, 1, 31, 14, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_rfc_3339_has_them(text: str, moment: datetime) -> None:
    assert parse_moment(text, field="before") == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        "2026-01-31T25:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "٢٠٢٦-01-31",
    ],
)
def test_what_is_no_moment_is_invalid(text: str) -> None:
    with pytest.raises(Invalid, match="before"):
        parse_moment(text, field="before")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "name something"),
        ("   ", "name something"),
        ('""', "name something"),
        ("-no", "name something"),
        ("-has:link", "name something"),
        ("before:2026-01-01", "name something"),
        ("has:flag", "has: takes one of file, link, reaction, pin"),
        ("from:", "from: must be followed"),
        ('x from:""', "from: must be followed"),
        ("x in: y", "in: must be followed"),
        ("x before:soon", "RFC 3339"),
        ("x -before:2026-01-01", "cannot be negated"),
        ("x" * 501, "500 characters"),
        (" ".join(map(str, range(25))), "24 words"),
        (" ".join(f"from:u{n}" for n in range(9)), "8 names"),
        ("a\x00b", "NUL"),
        ("a\ud800b", "surrogates"),
    ],
)
def test_what_cannot_be_meant_is_invalid_and_says_why(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refusal:
        parse_search(text, field="query")

    assert refusal.value.errors[0].field == "query"


# Its texts are slow to make where others keep the machine busy; that says nothing of the search.
@given(st.text() | st.from_regex(r"(-?(from|in|has|before|after)?:?[\"a-z0-9 -]{0,6}){0,9}"))
def test_whatever_is_typed_is_a_search_or_invalid(text: str) -> None:
    try:
        search = parse_search(text, field="q")
    except Invalid:
        return
    assert isinstance(search, Search)
