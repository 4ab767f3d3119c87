"""What a proxy says counts only where the proxy is one of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.gateway.addresses import TrustedProxies, is_loopback

NONE = TrustedProxies()
OURS = TrustedProxies(["10.0.0.0/8", "::1", "2001:db8:ffff::/48"])


def test_nobody_is_believed_by_default() -> None:
    assert NONE.client_address("127.0.0.1", x_forwarded_for="1.2.3.4") == "127.0.0.1"


def test_a_stranger_is_not_believed() -> None:
    found = OURS.client_address("9.9.9.9", x_forwarded_for="1.2.3.4", forwarded="for=1.2.3.4")

    assert found == "9.9.9.9"


@pytest.mark.parametrize(
    ("x_forwarded_for", "client"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        ("10.0.0.7,10.0.0.9", "10.0.0.7"),
        ("1.2.3.4:4711", "1.2.3.4"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("unknown", "10.0.0.1"),
        ("1.2.3.4, nonsense, 10.0.0.9", "10.0.0.9"),
        ("", "10.0.0.1"),
    ],
)
def test_the_client_is_the_first_that_is_not_ours(x_forwarded_for: str, client: str) -> None:
    assert OURS.client_address("10.0.0.1", x_forwarded_for=x_forwarded_for) == client


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("for=1.2.3.4", "1.2.3.4"),
        ("proto=https;For=1.2.3.4;by=10.0.0.1", "1.2.3.4"),
        ('for="[2001:db8::1]:4711"', "2001:db8::1"),
        ("for=6.6.6.6, for=1.2.3.4, for=10.0.0.9", "1.2.3.4"),
        ("for=_hidden", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
    ],
)
def test_forwarded_is_read_as_the_standard_says(forwarded: str, client: str) -> None:
    assert OURS.client_address("10.0.0.1", forwarded=forwarded) == client


def test_two_headers_that_agree_are_believed() -> None:
    found = OURS.client_address("10.0.0.1", forwarded="for=1.2.3.4", x_forwarded_for="1.2.3.4")

    assert found == "1.2.3.4"


def test_of_two_that_disagree_neither_is_believed() -> None:
    found = OURS.client_address("10.0.0.1", forwarded="for=6.6.6.6", x_forwarded_for="1.2.3.4")

    assert found == "10.0.0.1"


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_breaks_it(forwarded: str, x_forwarded_for: str) -> None:
    found = OURS.client_address("10.0.0.1", forwarded=forwarded, x_forwarded_for=x_forwarded_for)

    assert found


def test_a_wrong_network_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        TrustedProxies(["nowhere"])


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_loopback_is_this_machine(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
