"""What a call carries beside its message, as callers write it and as they should not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from causerie.foundation.errors import Invalid, Unauthenticated
from causerie.foundation.identity import MAX_ID
from causerie.gateway.grpc.requests import (
    Context,
    credentials_of,
    joined,
    peer_address,
    require_id,
    write_key,
)


def a_call(*metadata: tuple[str, str | bytes], peer: str = "ipv4:192.0.2.1:4711") -> Context:
    """The two things of the library's context that are looked at here."""
    context = SimpleNamespace(invocation_metadata=lambda: metadata, peer=lambda: peer)
    return cast("Context", context)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.1:4711", "192.0.2.1"),
        ("ipv6:%5B2001:db8::1%5D:4711", "2001:db8::1"),
        ("ipv6:[::1]:4711", "::1"),
        ("unix:/run/causerie.sock", ""),
        ("", ""),
    ],
)
def test_the_peer_has_an_address(peer: str, address: str) -> None:
    assert peer_address(a_call(peer=peer)) == address


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_credentials_are_a_bearers(scheme: str) -> None:
    assert credentials_of(a_call(("authorization", f"{scheme} secret"))) == "secret"


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", "Basic YTpi"),),
        (("authorization", "Bearer"),),
        (("authorization", "Bearer  "),),
        (("authorization", "Bearer a"), ("authorization", "Bearer b")),
        (("authorization-bin", b"Bearer a"),),
    ],
)
def test_other_credentials_are_none(metadata: tuple[tuple[str, str | bytes], ...]) -> None:
    with pytest.raises(Unauthenticated):
        credentials_of(a_call(*metadata))


def test_values_of_one_name_are_joined_as_in_http() -> None:
    call = a_call(("x-forwarded-for", "192.0.2.7"), ("x-forwarded-for", "192.0.2.8"))

    assert joined(call, "x-forwarded-for") == "192.0.2.7, 192.0.2.8"
    assert joined(call, "forwarded") is None


def test_a_key_is_given_in_either_place_or_the_same_in_both() -> None:
    assert write_key("k", None) == write_key(None, "k") == write_key("k", "k") == "k"
    assert write_key(None, None) is None


@pytest.mark.parametrize(("beside", "inside"), [("a", "b"), ("", None), (None, "é"), (None, "")])
def test_other_keys_are_refused(beside: str | None, inside: str | None) -> None:
    with pytest.raises(Invalid):
        write_key(beside, inside)


@pytest.mark.parametrize("number", [0, -1, MAX_ID + 1])
def test_ids_are_positive(number: int) -> None:
    with pytest.raises(Invalid):
        require_id(number, field="user_id")
