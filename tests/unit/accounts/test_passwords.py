"""The rules for new passwords."""

from __future__ import annotations

import pytest

from causerie.accounts.model import is_triable, is_trivial, require_password
from causerie.accounts.model.common_passwords import common_passwords
from causerie.foundation.errors import Invalid


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "PASSWORD1",
        "letmein123",
        "P@ssw0rd",
        "motdepasse",
        "iloveyou",
        "12345678",
        "987654321",
        "abcdefgh",
        "qwertyuiop",
        "azertyuiop",
        "aaaaaaaa",
        "1212121212",
        "ada.lovelace",
        "ADA.LOVELACE",
        "ecalevol.ada",
        "ada.lovelaceada.lovelace",
        "causerie",
        "CauserieCauserie",
    ],
)
def test_what_everybody_tries_first_is_trivial(password: str) -> None:
    assert is_trivial(password, username="Ada.Lovelace")


@pytest.mark.parametrize(
    "password",
    [
        "ada.lovelace's",
        "two words",
        "q7#mZp2x",
        "ééééééé!",
        "correct horse battery staple",
        "a" * 128,
        "abcdefgh1",
        "causerie is fun",
    ],
)
def test_what_nobody_tries_first_is_not(password: str) -> None:
    assert not is_trivial(password, username="Ada.Lovelace")


@pytest.mark.parametrize("length", [0, 1, 7, 129, 5000])
def test_the_length_is_bounded_in_characters(length: int) -> None:
    with pytest.raises(Invalid, match="8 to 128 characters"):
        require_password("é" * length, username="ada")


@pytest.mark.parametrize("password", ["🗝ab🔒cd🔑e", "🗝ab🔒cd🔑e" * 14])
def test_a_character_is_a_code_point(password: str) -> None:
    assert len(password) in {8, 112}
    assert require_password(password, username="ada") == password


@pytest.mark.parametrize("password", ["null\0null", "lone \ud800 surrogate"])
def test_what_cannot_be_stored_cannot_be_a_password(password: str) -> None:
    assert not is_triable(password)
    with pytest.raises(Invalid):
        require_password(password, username="ada")


def test_the_list_holds_only_what_the_length_would_let_pass() -> None:
    assert len(common_passwords()) > 10_000  # ASVS 5.0, V6.2.4: 3,000 at least
    assert all(len(password) >= 8 for password in common_passwords())
    assert all(password == password.casefold() for password in common_passwords())
