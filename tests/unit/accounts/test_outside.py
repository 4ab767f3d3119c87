"""What is read of an outside issuer's tokens."""

from __future__ import annotations

import pytest

from causerie.accounts import is_username
from causerie.accounts.model import claim_at, name_of_session, role_for, username_for


@pytest.mark.parametrize(
    ("claim", "username"),
    [
        ("ada.lovelace@example.org", "ada.lovelace"),
        ("Ada Lovelace", "Ada-Lovelace"),
        ("' OR 1=1 --", "OR-1-1"),
        ("x" * 99, "x" * 32),
        ("\u00e9\u00e9", "user"),
        ("", "user"),
        (7, "user"),
        (None, "user"),
    ],
)
def test_a_username_is_made_of_what_the_issuer_calls_somebody(claim: object, username: str) -> None:
    first, second = username_for(claim, issuer="there", subject="7f3a")

    assert first == username
    assert is_username(first)
    assert is_username(second)
    assert first != second


def test_the_second_name_is_another_for_another_subject() -> None:
    names = {username_for("ada", issuer="there", subject=s)[1] for s in ("1", "2")}

    assert len(names) == 2


def test_a_claim_is_found_by_its_name_or_by_a_path() -> None:
    claims = {"a": {"b": ["c"]}, "https://there/roles": "x", "n": None}

    assert claim_at(claims, "a.b") == ["c"]
    assert claim_at(claims, "https://there/roles") == "x"
    for path in ("a.b.c", "n", "n.o", "z", ""):
        assert claim_at(claims, path) is None


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("boss", "admin"), (["x", "staff"], "moderator"), (["staff", "boss"], "admin")],
)
def test_the_first_role_of_the_list_that_somebody_has_wins(theirs: object, ours: str) -> None:
    assert role_for(theirs, (("boss", "admin"), ("staff", "moderator"))) == ours


@pytest.mark.parametrize("theirs", [None, "other", [], [["boss"]], {"boss": 1}, 7])
def test_without_one_of_them_somebody_is_a_user(theirs: object) -> None:
    assert role_for(theirs, (("boss", "admin"),)) == "user"


def test_sessions_of_two_issuers_do_not_meet() -> None:
    assert name_of_session("a", "1") != name_of_session("b", "1")
    assert name_of_session("a", "\ud800").startswith("outside-")
