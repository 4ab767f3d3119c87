"""The eight checks of a token (ID-4), and what was ever tried against them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from causerie.foundation.crypto import KeySet, generate_key
from causerie.foundation.errors import Unauthenticated
from tests.integration.accounts.token_scene import Change, TokenScene, b64

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda c: c.update(exp=c["iat"] - 30), "TokenExpired"),
        (lambda c: c.update(nbf=c["iat"] + 31), "TokenNotYetValid"),
        (lambda c: c.update(iat=c["iat"] + 31), "TokenNotYetValid"),
        (lambda c: c.update(iss="else"), "WrongIssuer"),
        (lambda c: c.update(aud="else"), "WrongAudience"),
        (lambda c: c.update(aud=["else"]), "WrongAudience"),
        (lambda c: c.update(aud=[]), "WrongAudience"),
        (lambda c: c.update(sid="unknown"), "TokenRevoked"),
        (lambda c: c.update(sub="2"), "TokenRevoked"),
        (lambda c: c.update(sub="9223372036854775808"), "TokenRevoked"),
        *((lambda c, n=n: c.pop(n), "TokenMalformed") for n in ("sub", "iss", "aud", "iat")),
        *((lambda c, n=n: c.pop(n), "TokenMalformed") for n in ("nbf", "exp", "jti", "sid")),
        (lambda c: c.update(sub=1), "TokenMalformed"),
        (lambda c: c.update(sub="1 "), "TokenMalformed"),
        (lambda c: c.update(sub="01"), "TokenMalformed"),
        (lambda c: c.update(sub="\u0661"), "TokenMalformed"),
        (lambda c: c.update(sub="-1"), "TokenMalformed"),
        (lambda c: c.update(exp="2099-01-01"), "TokenMalformed"),
        (lambda c: c.update(exp=True), "TokenMalformed"),
        (lambda c: c.update(exp=1e300), "TokenMalformed"),
        (lambda c: c.update(exp=10**400), "TokenMalformed"),
        (lambda c: c.update(exp=-1), "TokenMalformed"),
        (lambda c: c.update(exp=None), "TokenMalformed"),
        (lambda c: c.update(exp=[c["exp"]]), "TokenMalformed"),
        (lambda c: c.update(exp=str(c["exp"])), "TokenMalformed"),
        (lambda c: c.update(jti=""), "TokenMalformed"),
        (lambda c: c.update(jti="a\0b"), "TokenMalformed"),
        (lambda c: c.update(sid="x" * 129), "TokenMalformed"),
        (lambda c: c.update(single_use="yes"), "TokenMalformed"),
    ],
)
async def test_claims_that_do_not_hold_are_refused_by_name(
    ada: TokenScene, change: Change, check: str
) -> None:
    assert await ada.refusal_of(ada.signed(change)) == check


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(exp=c["iat"] - 29),
        lambda c: c.update(nbf=c["iat"] + 30, iat=c["iat"] + 30),
        lambda c: c.update(aud=["else", "causerie"]),
        lambda c: c.update(more="claims", are={"no": "matter"}),
        lambda c: c.update(exp=c["exp"] + 0.5),
    ],
)
async def test_the_skew_and_what_we_do_not_know_are_let_pass(
    ada: TokenScene, change: Change
) -> None:
    principal = await ada.scene.service.authenticate_bearer(ada.signed(change))

    assert principal.username == "ada"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS256", "ES384", "", None, 7, ["ES256"]]
)
async def test_an_algorithm_that_is_not_ours_is_refused(ada: TokenScene, algorithm: object) -> None:
    header = {**ada.header, "alg": algorithm}

    assert await ada.refusal_of(ada.put_together(header)) == "AlgorithmNotAllowed"


async def test_a_header_without_algorithm_is_no_token(ada: TokenScene) -> None:
    assert await ada.refusal_of(ada.put_together({"kid": ada.header["kid"]})) == "TokenMalformed"


@pytest.mark.parametrize("key_id", ["other", "", None, 7, ["a"], "../../etc/passwd", "' OR 1=1 --"])
async def test_a_key_that_is_not_ours_is_refused(ada: TokenScene, key_id: object) -> None:
    header = {**ada.header, "kid": key_id}

    assert await ada.refusal_of(ada.put_together(header)) == "KeyUnknown"


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (lambda t: t.put_together({**t.header, "alg": "none"}), "algorithm is not allowed (alg)"),
        (lambda t: t.put_together({**t.header, "kid": "other"}), "key is not known (kid)"),
        (lambda t: t.put_together(t.header), "signature is wrong"),
        (lambda t: t.signed(lambda c: c.update(exp=1)), "has expired (exp)"),
        (lambda t: t.signed(lambda c: c.update(nbf=c["exp"])), "is not valid yet (nbf, iat)"),
        (lambda t: t.signed(lambda c: c.update(iss="x")), "is of another issuer (iss)"),
        (lambda t: t.signed(lambda c: c.update(aud="x")), "is for another audience (aud)"),
        (lambda t: t.signed(lambda c: c.update(sid="x")), "was revoked"),
    ],
)
async def test_each_of_the_eight_checks_says_which_it_was(
    ada: TokenScene, change: Callable[[TokenScene], str], detail: str
) -> None:
    answer = await ada.scene.me(change(ada))

    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.json()["detail"].endswith(detail)


async def test_a_header_over_http_has_its_bound(ada: TokenScene) -> None:
    answer = await ada.scene.me(ada.token + "x" * 10_000)

    assert answer.status == 401


@pytest.mark.parametrize("seconds", [3600, 2 * 86400])
async def test_a_clock_set_forward_expires_what_was_remembered(
    ada: TokenScene, seconds: float
) -> None:
    assert (await ada.scene.me(ada.token)).status == 200

    ada.scene.clock.jump(seconds)

    assert await ada.refusal_of(ada.token) == "TokenExpired"
    assert (await ada.scene.login("ada")).status == 200


@pytest.mark.parametrize("seconds", [3600, 2 * 86400])
async def test_a_clock_set_back_revives_no_token_and_keeps_nobody_out(
    ada: TokenScene, seconds: float
) -> None:
    login = (await ada.scene.login("ada")).json()
    ada.scene.clock.advance(7 * 86400 + 31)

    ada.scene.clock.jump(-seconds)

    assert await ada.refusal_of(ada.token) == "TokenExpired"
    assert (await ada.scene.refresh(login["refresh_token"])).status == 401
    fresh = (await ada.scene.login("ada")).json()
    assert (await ada.scene.me(fresh["access_token"])).status == 200
    assert (await ada.scene.refresh(fresh["refresh_token"])).status == 200


async def test_a_public_key_is_no_shared_secret(ada: TokenScene) -> None:
    public = ada.scene.service.public_keys()[0]
    pem = ECKey.import_key({**public}).as_pem(private=False)

    for secret in (pem, json.dumps(public).encode(), pem.strip()):
        for algorithm in ("HS256", "ES256"):
            header = {**ada.header, "alg": algorithm}

            def sign(head: bytes, secret: bytes = secret) -> bytes:
                return hmac.digest(secret, head, hashlib.sha256)

            forged = ada.put_together(header, sign)
            assert await ada.refusal_of(forged) in {"AlgorithmNotAllowed", "SignatureWrong"}


async def test_a_pair_of_keys_is_not_taken_where_a_secret_is_shared(shared: TokenScene) -> None:
    forged = KeySet([generate_key("ES256")]).sign(msgspec.json.encode(shared.claims))

    assert await shared.refusal_of(forged) == "AlgorithmNotAllowed"


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
async def test_a_key_that_the_token_brings_along_is_not_looked_at(
    ada: TokenScene, name: str
) -> None:
    thief = ECKey.generate_key("P-256", private=True)
    brought = {
        "jwk": thief.as_dict(private=False),
        "jku": "https://thief.example/jwks.json",
        "x5u": "https://thief.example/chain.pem",
        "x5c": [base64.b64encode(b"no certificate").decode()],
    }[name]
    header = {**ada.header, name: brought}
    payload = json.dumps(ada.claims)
    forged = jws.serialize_compact(header, payload, thief, algorithms=["ES256"])

    assert await ada.refusal_of(forged) == "SignatureWrong"


@pytest.mark.parametrize(
    "extension", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}]
)
async def test_extensions_that_must_be_understood_are_refused(
    ada: TokenScene, extension: dict[str, object]
) -> None:
    assert await ada.refusal_of(ada.put_together({**ada.header, **extension})) == "TokenMalformed"


async def test_whatever_is_changed_the_signature_shows_it(ada: TokenScene) -> None:
    header, payload, signature = ada.token.split(".")
    other_claims = b64(json.dumps({**ada.claims, "sub": "2"}).encode())
    flipped = ("A" if signature[9] != "A" else "B").join((signature[:9], signature[10:]))

    for forged in (
        f"{header}.{other_claims}.{signature}",
        f"{header}.{payload}.{flipped}",
        f"{header}.{payload}.",
        f"{header}.{payload}.{b64(bytes(64))}",
        f"{header}.{payload}.{b64(bytes(63))}",
        f"{header}.{payload}.{signature}{signature}",
    ):
        assert await ada.refusal_of(forged) == "SignatureWrong"


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "a.b.c", "a" * 5000, "e30.e30.e30.e30", "🔑.🔑.🔑", "\ud800"]
)
async def test_what_is_no_token_is_refused(ada: TokenScene, token: str) -> None:
    with pytest.raises(Unauthenticated, match="cannot be read"):
        await ada.scene.service.authenticate_bearer(token)
