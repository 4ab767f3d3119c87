"""The exam of ``accounts.ports.TokenSigner``, sat by every algorithm."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from causerie.accounts.errors import (
    AlgorithmNotAllowed,
    KeyUnknown,
    SignatureWrong,
    TokenMalformed,
)
from causerie.accounts.ports import TokenSigner
from causerie.accounts.store import SharedSigner, StoredKeys
from causerie.foundation.clock import SystemClock
from causerie.foundation.crypto import ALGORITHMS, MasterKey, SigningKey, generate_key
from causerie.foundation.postgres import Database

ALL = [*sorted(ALGORITHMS), "HS256"]
MASTER = MasterKey(bytes(32))


@cache
def new_key(algorithm: str, _number: int) -> SigningKey:
    # An RSA key takes half a second.
    return generate_key(algorithm)


def make(algorithm: str, *, number: int = 0) -> TokenSigner:
    if algorithm == "HS256":
        return SharedSigner(f"{number}" * 32)
    clock = SystemClock()
    key = new_key(algorithm, number)
    row: Any = {
        "key_id": key.key_id,
        "algorithm": algorithm,
        "sealed": MASTER.seal(
            key.export_private(), place=f"accounts.signing_keys.sealed:{key.key_id}"
        ),
        "created_at": clock.now(),
        "signs_from": clock.now(),
        "signs_until": None,
        "published_until": None,
    }
    keys = StoredKeys(
        Database("", max_connections=1),
        MASTER,
        algorithm=algorithm,
        longest_seconds=900,
        clock=clock,
    )
    keys._take([row])  # as it comes from the table
    return keys


@pytest.fixture(params=ALL)
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_reads_what_it_signed(algorithm: str) -> None:
    signer = make(algorithm)

    assert signer.read(signer.sign(b'{"sub":"1"}')) == b'{"sub":"1"}'


def test_it_refuses_what_another_signed(algorithm: str) -> None:
    foreign = make(algorithm, number=1).sign(b"{}")

    # A pair of keys has a name of its own; a shared secret has not.
    with pytest.raises(SignatureWrong if algorithm == "HS256" else KeyUnknown):
        make(algorithm).read(foreign)


@pytest.mark.parametrize("other", ALL)
def test_it_refuses_every_other_algorithm(algorithm: str, other: str) -> None:
    if algorithm == other:
        return

    with pytest.raises(AlgorithmNotAllowed):
        make(algorithm).read(make(other).sign(b"{}"))


def test_it_refuses_changed_tokens(algorithm: str) -> None:
    signer = make(algorithm)
    header, _, signature = signer.sign(b'{"sub":"1"}').split(".")

    with pytest.raises(SignatureWrong):
        signer.read(f"{header}.eyJzdWIiOiIyIn0.{signature}")


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "a.b.c.d", "." * 5000])
def test_it_refuses_what_is_no_token(algorithm: str, token: str) -> None:
    with pytest.raises(TokenMalformed):
        make(algorithm).read(token)


def test_its_public_keys_hold_nothing_private(algorithm: str) -> None:
    keys = make(algorithm).public_keys()

    assert len(keys) == (0 if algorithm == "HS256" else 1)
    assert not any({"d", "k", "p", "q"} & set(key) for key in keys)
