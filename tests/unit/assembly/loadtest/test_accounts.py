"""Accounts files, and tokens that the holder of the secret signs."""

from __future__ import annotations

from pathlib import Path

import pytest
from joserfc import jwk, jwt

from causerie.assembly.loadtest.accounts import Known, read_accounts, sign_token
from causerie.assembly.loadtest.api import Unprepared

SECRET = "a secret of thirty-two characters"


def test_a_token_carries_the_protocols_claims_and_the_secrets_signature() -> None:
    token = jwt.decode(sign_token(7, SECRET, now=1_000), jwk.import_key(SECRET, "oct"))

    assert token.header == {"alg": "HS256", "typ": "JWT"}
    assert set(token.claims) == {"sub", "iss", "aud", "iat", "nbf", "exp", "jti", "sid"}
    assert token.claims["sub"] == "7"
    assert token.claims["iss"] == token.claims["aud"] == "causerie"


@pytest.mark.parametrize(
    "text",
    [
        "ann,secret\nbob,other\n",
        "username,password\nann,secret\nbob,other\n",
        "role,password,username\nuser,secret,ann\nadmin,other,bob\n",
        '{"username": "ann", "password": "secret"}\n\n{"username": "bob", "password": "other"}\n',
    ],
)
def test_accounts_are_lines_of_csv_or_json(text: str, tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    path.write_text(text)

    assert read_accounts(path) == [Known("ann", "secret"), Known("bob", "other")]


def test_a_broken_accounts_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "accounts.jsonl"
    path.write_text('{"username": 3}\n')

    with pytest.raises(Unprepared, match=r"accounts\.jsonl"):
        read_accounts(path)
