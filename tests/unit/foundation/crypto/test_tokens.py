"""Signed tokens: which keys sign, which tokens are read."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jws import JWSRegistry

from causerie.foundation.crypto import (
    ALGORITHMS,
    AlgorithmRefused,
    KeyNotKnown,
    KeySet,
    NotAToken,
    SignatureRefused,
    SigningKey,
    TokenRefused,
    WeakSecret,
    generate_key,
    import_key,
    shared_secret,
)

ES256 = JWSRegistry.algorithms["ES256"]
KEY = generate_key("ES256")
KEYS = KeySet([KEY])
TOKEN = KEYS.sign(b'{"a":1}')


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_what_a_key_signs_it_reads_after_an_export_too(algorithm: str) -> None:
    key = generate_key(algorithm)
    token = KeySet([key]).sign(b'"payload"')

    again = import_key(key.key_id, algorithm, key.export_private())

    assert KeySet([again]).read(token) == b'"payload"'


def test_the_first_key_signs_and_all_are_read() -> None:
    old = generate_key("ES256")
    both = KeySet([KEY, old])

    assert KeySet([KEY]).read(both.sign(b'"new"')) == b'"new"'
    assert both.read(KeySet([old]).sign(b'"old"')) == b'"old"'
    with pytest.raises(KeyNotKnown):
        KeySet([KEY]).read(KeySet([old]).sign(b'"old"'))


def test_two_keys_of_one_id_are_told_apart_by_the_signature() -> None:
    thief = generate_key("ES256")
    thief.key_id = KEY.key_id

    with pytest.raises(SignatureRefused):
        KEYS.read(KeySet([thief]).sign(b'"payload"'))


def test_public_halves_hold_nothing_private() -> None:
    keys = KeySet([generate_key(algorithm) for algorithm in sorted(ALGORITHMS)])

    for key in keys.public():
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
        assert {"kid", "alg", "use", "kty"} <= set(key)


def test_a_shared_secret_has_no_public_half() -> None:
    secret = shared_secret("s" * 32)

    assert KeySet([secret]).public() == []
    with pytest.raises(ValueError, match="no public half"):
        secret.public()


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_weak_secret_is_refused_with_the_way_to_a_good_one(secret: str) -> None:
    with pytest.raises(WeakSecret, match="openssl rand -hex 32") as caught:
        shared_secret(secret)

    assert not secret or secret not in str(caught.value)


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(NotAToken):
        KEYS.read(text)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=70))
def test_no_parts_make_a_token(header: bytes, payload: bytes, signature: bytes) -> None:
    from base64 import urlsafe_b64encode

    parts = (urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, payload, signature))

    with pytest.raises(TokenRefused):
        KEYS.read(".".join(parts))


# Without the last character: four of its six bits carry nothing (RFC 4648 §3.5).
@given(st.integers(0, len(TOKEN) - 2), st.sampled_from("ABCxyz019-_.=~ \n"))
def test_no_changed_character_goes_unseen(position: int, character: str) -> None:
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]

    if changed == TOKEN:
        assert KEYS.read(changed) == b'{"a":1}'
    else:
        with pytest.raises(TokenRefused):
            KEYS.read(changed)


def forge(header: str, payload: str = "{}", *, key: SigningKey = KEY) -> str:
    """A token that the key has really signed, with a header of one's own."""
    head = ".".join(
        base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in (header, payload)
    )
    signed = ES256.sign(head.encode(), key._key)
    return f"{head}.{base64.urlsafe_b64encode(signed).rstrip(b'=').decode()}"


def header_with(more: str) -> str:
    return f'{{"alg":"ES256","kid":"{KEY.key_id}"{more}}}'


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
def test_an_access_token_says_that_it_is_one(kind: str) -> None:
    assert KEYS.read(forge(header_with(f',"typ":"{kind}"'))) == b"{}"


@pytest.mark.parametrize(
    "more",
    [
        "",
        ',"typ":null',
        ',"typ":7',
        ',"typ":"dpop+jwt"',
        ',"typ":"logout+jwt"',
        ',"typ":"secevent+jwt"',
        ',"typ":"JWE"',
        ',"typ":"JWT","cty":"JWT"',
        ',"typ":"JWT","typ":"JWT"',
        ',"typ":"JWT","alg":"none"',
        ',"typ":"JWT","crit":["exp"]',
        ',"typ":"JWT","b64":false,"crit":["b64"]',
    ],
)
def test_what_is_signed_and_no_access_token_by_its_header_is_none(more: str) -> None:
    with pytest.raises(NotAToken):
        KEYS.read(forge(header_with(more)))


@pytest.mark.parametrize(
    "payload",
    [
        '{"sub":"1","sub":"2"}',
        '{"a":{"b":1,"b":1}}',
        "",
        "no JSON",
        "[" * 2000,
        # A token inside a token.
        TOKEN,
    ],
)
def test_a_payload_that_two_readers_could_read_differently_is_refused(payload: str) -> None:
    with pytest.raises(NotAToken):
        KEYS.read(forge(header_with(',"typ":"JWT"'), payload))


def test_a_huge_header_is_not_looked_into() -> None:
    with pytest.raises(NotAToken):
        KEYS.read(forge(header_with(f',"typ":"JWT","x":"{"x" * 4096}"')))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "Ed25519"])
def test_a_public_key_in_any_form_is_no_secret_to_sign_with(algorithm: str) -> None:
    key = generate_key(algorithm)
    keys = KeySet([key])
    pair: Any = key._key  # a pair of keys, not the secret of HS256
    forms = (
        pair.as_pem(private=False),
        pair.as_pem(private=False).strip(),
        pair.as_der(private=False),
        json.dumps(key.public()).encode(),
    )

    for form in forms:
        for claimed in ("HS256", algorithm):
            header = json.dumps({"alg": claimed, "kid": key.key_id, "typ": "JWT"}).encode()
            head = b".".join(
                base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, b"{}")
            )
            mac = base64.urlsafe_b64encode(hmac.digest(form, head, "sha256")).rstrip(b"=")
            with pytest.raises((AlgorithmRefused, SignatureRefused)):
                keys.read(f"{head.decode()}.{mac.decode()}")
