"""One-time codes, by the numbers of RFC 6238."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from causerie.foundation.crypto import (
    matching_totp_step,
    new_totp_secret,
    totp_code,
    totp_step,
    totp_uri,
)

SECRET = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),  # the last six of appendix B's eight digits
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)

    assert totp_code(SECRET, totp_step(at)) == code
    assert matching_totp_step(SECRET, code, at=at) == seconds // 30


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_a_code_is_good_one_step_around_its_own(steps: int, is_taken: int) -> None:
    code = totp_code(SECRET, totp_step(NOW))
    at = NOW + timedelta(seconds=30 * steps)

    assert (matching_totp_step(SECRET, code, at=at) == totp_step(NOW)) == bool(is_taken)


@pytest.mark.parametrize("code", ["", "28708", "2870822", "२८७०८२", "\ud800", "abcdef"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert matching_totp_step(SECRET, code, at=NOW) is None


def test_a_secret_has_160_bits_and_an_address_keeps_odd_names_apart() -> None:
    secret = new_totp_secret(lambda size: b"\1" * size)

    uri = totp_uri(secret, account="a.b-c_d", issuer="Chat & Co: Paris")

    assert len(base64.b32decode(secret)) == 20
    assert uri.startswith("otpauth://totp/Chat%20%26%20Co%3A%20Paris:a.b-c_d?secret=")
