"""Codes as people type them."""

from __future__ import annotations

import re

import pytest

from causerie.accounts.model import hash_of_backup_code, is_totp, new_backup_code, plain_code
from causerie.foundation.identity import UserId

ADA, BOB = UserId(1), UserId(2)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("123456", "123456"), ("123 456", "123456"), ("abcd-efgh", "ABCDEFGH"), ("", "")],
)
def test_a_code_is_read_without_what_stands_between(typed: str, plain: str) -> None:
    assert plain_code(typed) == plain


@pytest.mark.parametrize("typed", ["x" * 65, "१२३४५६", "\ud800"])
def test_what_no_keyboard_of_ours_types_is_no_code(typed: str) -> None:
    assert plain_code(typed) is None


@pytest.mark.parametrize(
    ("plain", "expected"),
    [("123456", True), ("12345", False), ("1234567", False), ("12345A", False)],
)
def test_an_authenticators_code_has_six_digits(plain: str, expected: bool) -> None:
    assert is_totp(plain) is expected


def test_a_backup_code_has_120_bits_in_groups() -> None:
    code = new_backup_code(lambda size: bytes(range(size)))

    assert re.fullmatch(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", code)


def test_a_backup_code_is_its_users_own() -> None:
    assert hash_of_backup_code(ADA, "AB-CD") == hash_of_backup_code(ADA, "abcd")
    assert hash_of_backup_code(ADA, "ABCD") != hash_of_backup_code(BOB, "ABCD")
