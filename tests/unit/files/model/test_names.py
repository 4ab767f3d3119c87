"""Names that clients give, as they are kept and as headers carry them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.files.model.names import clean_name, content_disposition


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\cmd.exe", "cmd.exe"),
        ("a\0b\r\nc.txt", "abc.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("\u2066hidden\u2069\ufeff", "hidden"),
        (".htaccess", "htaccess"),
        ("trailing. . ", "trailing"),
        ("CON", "_CON"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("com1 .txt", "_com1 .txt"),
        ("console", "console"),
        ('a<b>:"c|d?e*', "a_b___c_d_e_"),
        ("", "file"),
        ("///", "file"),
        ("...", "file"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("a\u2028b", "ab"),
        ("a\u00a0b", "a b"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
    ],
)
def test_a_name_is_made_harmless(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(st.text())
def test_whatever_is_given_the_name_is_one_visible_line(given_name: str) -> None:
    name = clean_name(given_name)

    assert 1 <= len(name) <= 201
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\<>:"|?*')
    assert name not in {".", ".."}
    assert all(unicodedata.category(c)[0] != "C" for c in name)
    assert clean_name(name) == name


@given(st.text())
def test_whatever_is_given_the_header_is_printable_ascii(given_name: str) -> None:
    value = content_disposition(clean_name(given_name), is_shown=False)

    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2


def test_the_header_has_the_real_name_and_one_for_old_clients() -> None:
    assert content_disposition("été 1.txt", is_shown=True) == (
        "inline; filename=\"_t_ 1.txt\"; filename*=UTF-8''%C3%A9t%C3%A9%201.txt"
    )
