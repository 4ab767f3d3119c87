"""What is no JSON, or cannot be stored, is refused where it comes in."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.foundation.errors import Invalid, Refusal, Unreadable
from causerie.gateway.decoding import decode, invalid_from, require_storable

ANYTHING: msgspec.json.Decoder[object] = msgspec.json.Decoder(object)


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A text with a number."""

    text: str
    number: int = 1


LINE = msgspec.json.Decoder(Line)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000])
def test_deep_nesting_is_unreadable_where_the_type_would_allow_it(body: bytes) -> None:
    with pytest.raises(Unreadable, match="too deeply"):
        decode(body, ANYTHING)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_refusal(body: bytes) -> None:
    try:
        line = decode(body, LINE)
    except Refusal:
        return

    assert isinstance(line.text, str)


@given(st.text(max_size=50), st.integers())
def test_what_comes_through_can_be_stored(text: str, number: int) -> None:
    body = msgspec.json.encode({"text": text, "number": number}) if abs(number) < 2**63 else b"0"
    try:
        line = decode(body, LINE)
    except Refusal:
        return

    assert "\0" not in line.text
    assert -(2**63) < line.number < 2**63
    line.text.encode()


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("a\0", ""),
        ({"a": {"b": ["x", "\0"]}}, "a.b[1]"),
        ({"a\0": 1}, ""),
        (Line("ok", 2**63), "number"),
        ([-(2**63)], "[0]"),
    ],
)
def test_the_place_of_what_cannot_be_stored_is_named(value: object, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_storable(value)

    assert refused.value.errors[0].field == field


def test_the_path_of_a_missing_field_is_whole() -> None:
    refusal = invalid_from("Object missing required field `id` - at `$.user`")

    assert refusal.errors[0].field == "user.id"
