"""Ranges as RFC 9110 §14 has them."""

from __future__ import annotations

import pytest

from causerie.files.model.ranges import NotSatisfiable, Stretch, is_same, requested_stretch

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "stretch"),
    [
        ("bytes=0-4", Stretch(0, 5)),
        ("bytes=990-", Stretch(990, 10)),
        ("bytes=-5", Stretch(995, 5)),
        ("bytes=-5000", Stretch(0, 1000)),
        ("bytes=990-99999", Stretch(990, 10)),
        ("BYTES=0-0", Stretch(0, 1)),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=0-4 5-6", None),
        ("lines=1-2", None),
        ("", None),
        (None, None),
    ],
)
def test_a_range_is_understood_or_passed_over(header: str | None, stretch: Stretch | None) -> None:
    assert requested_stretch(header, size=SIZE) == stretch


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_a_range_past_the_end_cannot_be_had(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        requested_stretch(header, size=SIZE)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        (None, False),
    ],
)
def test_a_tag_is_compared_weakly(header: str | None, expected: bool) -> None:
    assert is_same(header, '"a"') is expected
