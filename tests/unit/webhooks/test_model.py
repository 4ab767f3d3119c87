"""Signatures as Standard Webhooks has them."""

from __future__ import annotations

import base64

import pytest

from causerie.foundation.errors import Invalid
from causerie.webhooks.model import (
    SECRET_BYTES,
    EventKind,
    new_secret,
    new_token,
    require_description,
    require_kinds,
    signatures,
)

# The vector that the reference libraries of standardwebhooks.com test themselves with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_vector_of_the_standard_is_signed_as_it_says() -> None:
    assert signatures([SECRET], MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE


def test_after_a_rotation_both_secrets_sign() -> None:
    newer = "whsec_" + base64.b64encode(b"x" * 32).decode()

    first, second = signatures([newer, SECRET], MESSAGE_ID, TIMESTAMP, BODY).split(" ")
    assert second == SIGNATURE
    assert first != second
    assert first.startswith("v1,")


def test_a_secret_has_the_bytes_that_the_standard_wants() -> None:
    secret = new_secret(lambda count: b"\xff" * count)

    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_"), validate=True) == b"\xff" * SECRET_BYTES


def test_a_token_can_stand_in_an_address() -> None:
    assert new_token(lambda count: b"\xfb" * count).replace("_", "").replace("-", "").isalnum()


def test_what_is_no_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="not a secret"):
        signatures(["whsec_!"], MESSAGE_ID, TIMESTAMP, BODY)


def test_kinds_are_known_ones_at_least_one_and_each_once() -> None:
    assert require_kinds(None) is None
    assert require_kinds(["member.left", "message.created", "member.left"]) == (
        EventKind.MEMBER_LEFT,
        EventKind.MESSAGE_CREATED,
    )
    for wrong in ([], ["ping"], ["message.created", "*"]):
        with pytest.raises(Invalid):
            require_kinds(wrong)


@pytest.mark.parametrize("text", ["x" * 251, "two\nlines", "a\0b"])
def test_a_description_is_a_line(text: str) -> None:
    with pytest.raises(Invalid):
        require_description(text)
