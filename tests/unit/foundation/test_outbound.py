"""What users name leads nowhere inside."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from causerie.foundation.outbound import ForbiddenAddress, Guard, retry_after_seconds

PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2002:a00:1::",
)
# How one may write an address that is another than it looks.
DISGUISED = (
    "https://2130706433/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://[::ffff:7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "http://8.8.8.8/",
    "https://user:password@example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "https://",
    "https:///path",
    "//example.org",
    "https://example.org:99999/",
    "https://exa mple.org/",
    "https://example.org/\r\nX: y",
    "https://exämple.org/",
    "https://example.org/" + "x" * 2048,
    "",
)


def resolving(*addresses: str) -> Guard:
    async def resolve(_: str, __: int) -> Sequence[str]:
        return addresses

    return Guard(resolve=resolve)


async def post(guard: Guard, url: str) -> None:
    await guard.post(url, b"", {}, max_bytes=1, timeout_seconds=1)


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_stands_for_a_private_address_is_not_asked(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        await post(resolving(address), "https://example.org/")


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_when_it_is_named(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(ForbiddenAddress):
        Guard().require_lawful(f"https://{host}/")


async def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(ForbiddenAddress):
        await post(resolving("93.184.215.14", "127.0.0.1"), "https://example.org/")


@pytest.mark.parametrize("url", DISGUISED)
async def test_what_is_disguised_or_no_address_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        Guard().require_lawful(url)
    with pytest.raises(ForbiddenAddress):
        await post(resolving("127.0.0.1"), url)


def test_public_https_is_lawful() -> None:
    for url in (
        "https://example.org/hook?a=b",
        "https://8.8.8.8:8443/x",
        "https://[2606:4700::1]/",
    ):
        Guard().require_lawful(url)


def test_what_the_operator_allows_is_lawful_also_in_plain() -> None:
    guard = Guard([ipaddress.ip_network("10.0.0.0/8")])
    guard.require_lawful("http://10.1.2.3:8080/hook")

    with pytest.raises(ForbiddenAddress):
        guard.require_lawful("http://192.168.1.1/hook")


async def test_a_name_in_plain_is_refused_where_it_stands_for_a_public_address() -> None:
    async def resolve(_: str, __: int) -> Sequence[str]:
        return ["93.184.215.14"]

    guard = Guard([ipaddress.ip_network("10.0.0.0/8")], resolve=resolve)
    with pytest.raises(ForbiddenAddress):
        await post(guard, "http://example.org/")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Sat, 31 Jan 2026 12:02:00 GMT", 120.0),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 400, 999_999_999_999.0),
        ("Sat, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_of_its_forms(
    header: str | None, seconds: float | None
) -> None:
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    assert retry_after_seconds(header, now=now) == seconds
