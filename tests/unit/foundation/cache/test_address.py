"""The forms of ``cache.url``."""

from __future__ import annotations

import pytest

from causerie.foundation.cache import Address, parse_address


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("redis://h", Address(hosts=(("h", 6379),))),
        ("redis://h:1/3", Address(hosts=(("h", 1),), database=3)),
        ("redis://:p%40ss@h", Address(hosts=(("h", 6379),), password="p@ss")),
        ("redis://[::1]:7", Address(hosts=(("::1", 7),))),
        (
            "rediss://u:p@h?ca=/etc/ca.pem",
            Address(
                hosts=(("h", 6379),), username="u", password="p", is_tls=True, ca="/etc/ca.pem"
            ),
        ),
        ("unix:///run/valkey.sock", Address(socket="/run/valkey.sock")),
        ("unix://:p@/v.sock?db=2", Address(socket="/v.sock", password="p", database=2)),
        (
            "redis+sentinel://a,b:5/main/1?sentinel_password=s",
            Address(
                hosts=(("a", 26379), ("b", 5)), service="main", database=1, sentinel_password="s"
            ),
        ),
        (
            "rediss+cluster://u:p@a:1,b:2",
            Address(
                hosts=(("a", 1), ("b", 2)), username="u", password="p", is_cluster=True, is_tls=True
            ),
        ),
    ],
)
def test_an_address_is_read(text: str, meaning: Address) -> None:
    assert parse_address(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h:6379",
        "http://h",
        "redis://",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:x",
        "redis://a,b",
        "redis://h/x",
        "redis://h/1/2",
        "redis://h/-1",
        "redis://h/99999",
        "redis://user@h",
        "redis://h?ca=/x",
        "redis://h#fragment",
        "rediss://h?verify=none",
        "unix://",
        "unix:///",
        "unix://h/path",
        "unix+cluster://h",
        "redis+sentinel://h",
        "redis+cluster://h/1",
        "redis+other://h",
        "redis://h\n",
        "redis://a b",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rediss://user:secret@h:1/3", "rediss://h:1"),
        (
            "redis+sentinel://:secret@[::1],b/main?sentinel_password=secret",
            "redis+sentinel://[::1]:26379,b:26379/main",
        ),
        ("unix://:secret@/v.sock", "unix:///v.sock"),
        ("redis+cluster://:secret@a", "redis+cluster://a:6379"),
    ],
)
def test_what_is_shown_of_an_address_has_no_secret(text: str, shown: str) -> None:
    assert parse_address(text).shown == shown
