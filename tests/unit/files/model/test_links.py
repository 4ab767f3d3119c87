"""Links that prove themselves."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.files.model import FileId, Link, Variant, expiry_after, read_link, write_link
from causerie.foundation.crypto import MasterKey
from causerie.foundation.identity import UserId

KEY = MasterKey(secrets.token_bytes(32))
LINK = Link(FileId(12), UserId(7), Variant.CONTENT, 1_000_000)
BEFORE = 999_999.0


def test_a_link_says_what_was_written() -> None:
    assert read_link(write_link(LINK, KEY), KEY, now_seconds=BEFORE) == LINK


def test_a_link_ends() -> None:
    assert read_link(write_link(LINK, KEY), KEY, now_seconds=1_000_000.0) is None


@pytest.mark.parametrize(("old", "new"), [("12-", "13-"), ("-7-", "-8-"), ("1000000", "9000000")])
def test_a_link_that_was_changed_says_nothing(old: str, new: str) -> None:
    token = write_link(LINK, KEY).replace(old, new, 1)

    assert read_link(token, KEY, now_seconds=BEFORE) is None


def test_a_link_to_the_thumbnail_is_none_to_the_content() -> None:
    token = write_link(LINK, KEY).replace("content", "thumbnail")

    assert read_link(token, KEY, now_seconds=BEFORE) is None


def test_another_servers_link_says_nothing() -> None:
    other = MasterKey(secrets.token_bytes(32))

    assert read_link(write_link(LINK, other), KEY, now_seconds=BEFORE) is None


@given(st.text(max_size=200))
def test_whatever_is_given_is_no_link(token: str) -> None:
    assert read_link(token, KEY, now_seconds=BEFORE) is None


@given(st.floats(min_value=0, max_value=1e10))
def test_a_link_lives_five_to_ten_minutes(now: float) -> None:
    assert 300 <= expiry_after(now) - now <= 601
