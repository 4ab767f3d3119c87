"""Pushes as RFC 8291 and RFC 8292 have them."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from causerie.foundation.crypto import (
    MAX_PLAIN_BYTES,
    NotASubscription,
    VapidKey,
    decrypt_push,
    encrypt_push,
    require_subscription,
)


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# RFC 8291, Appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
BROWSER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SERVER_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_vector_of_the_standard_is_encrypted_as_it_says() -> None:
    body = encrypt_push(
        PLAIN, p256dh=P256DH, auth=AUTH,
        random_bytes=lambda _: raw(SALT), private=raw(SERVER_PRIVATE),
    )  # fmt: skip

    assert body == raw(BODY)
    assert decrypt_push(body, private=raw(BROWSER_PRIVATE), auth=AUTH) == PLAIN


def test_the_longest_push_is_one_record_and_a_longer_one_refused() -> None:
    body = encrypt_push(b"x" * MAX_PLAIN_BYTES, p256dh=P256DH, auth=AUTH)

    assert len(body) == 4096
    with pytest.raises(ValueError, match="too long"):
        encrypt_push(b"x" * (MAX_PLAIN_BYTES + 1), p256dh=P256DH, auth=AUTH)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (P256DH, "AAAA"),
        (P256DH[:-4], AUTH),
        ("B" + "A" * 86, AUTH),
        ("é", AUTH),
        ("", AUTH),
        (P256DH, "é"),
    ],
)
def test_keys_that_no_browser_has_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(NotASubscription):
        require_subscription(p256dh, auth)


def test_a_push_service_can_check_who_sends() -> None:
    key = VapidKey(VapidKey.generate())
    header = key.authorization(
        origin="https://push.example", subject="mailto:ops@example.org", expires_at=1_800_000_000
    )
    token, public = header.removeprefix("vapid t=").split(", k=")
    signed, _, signature = token.rpartition(".")
    r, s = raw(signature)[:32], raw(signature)[32:]

    assert public == key.public
    assert msgspec.json.decode(raw(signed.split(".")[0])) == {"typ": "JWT", "alg": "ES256"}
    assert msgspec.json.decode(raw(signed.split(".")[1])) == {
        "aud": "https://push.example", "exp": 1_800_000_000, "sub": "mailto:ops@example.org",
    }  # fmt: skip
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(public)).verify(
        encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big")),
        signed.encode(),
        ec.ECDSA(hashes.SHA256()),
    )
