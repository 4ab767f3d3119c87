"""Whose address a request comes from, where proxies stand in between."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_HOPS = 32  # No chain of proxies is that long; what lies further left was written by the client.
MAX_ADDRESS_CHARACTERS = 64  # IPv6 with an IPv4 tail, brackets, a zone and a port.
MAX_PARSED = 8192  # At some 200 bytes each, under 2 MB.

# RFC 7239 §4: `for=` in one element of Forwarded, quoted or not.
_FOR = re.compile(
    r"(?:^|;)\s*for\s*=\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<token>[^;\s]+))", re.IGNORECASE
)
# An address with a port: `192.0.2.1:4711` or `[2001:db8::1]:4711` (RFC 7239 §6).
_WITH_PORT = re.compile(r"^(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]{1,5})?$")


class TrustedProxies:
    """The proxies whose word about the client is taken; by default none."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Take addresses and networks (``10.0.0.0/8``). Raises ``ValueError`` for other text."""
        self._networks: tuple[IpNetwork, ...] = tuple(
            ipaddress.ip_network(network, strict=False) for network in networks
        )

    def trusts(self, address: str) -> bool:
        """Say whether the address is one of the trusted proxies."""
        parsed = _parse(address)
        return parsed is not None and self._is_ours(parsed)

    def client_address(
        self, peer: str, *, forwarded: str | None = None, x_forwarded_for: str | None = None
    ) -> str:
        """Give the client's IP address: the first one from our side that is no trusted proxy.

        ``peer`` is the address of the connection. Where both headers are there and disagree, one
        of them was written by the client, and nobody can say which: the proxy's address is given.
        """
        nearest = _parse(peer)
        if nearest is None or not self._is_ours(nearest):
            return plain_address(peer)
        found = {
            self._walk(nearest, hops)
            for header, hops in (
                (forwarded, _forwarded_hops(forwarded or "")),
                (x_forwarded_for, _hops(x_forwarded_for or "")),
            )
            if header is not None
        }
        return str(found.pop() if len(found) == 1 else nearest)

    def _walk(self, nearest: IpAddress, hops: Sequence[str]) -> IpAddress:
        current = nearest
        for hop in reversed(hops[-MAX_HOPS:]):
            address = _parse(hop)
            if address is None:  # "unknown", or hidden on purpose (RFC 7239 §6.3)
                break
            current = address
            if not self._is_ours(address):
                break
        return current

    def _is_ours(self, address: IpAddress) -> bool:
        return any(address in network for network in self._networks)


@lru_cache(maxsize=MAX_PARSED)
def plain_address(peer: str) -> str:
    """Write the address of a connection as it is compared; what is none is left as it is."""
    parsed = _parse(peer)
    return peer if parsed is None else str(parsed)


def host_of(origin: str) -> str:
    """Give the host and port of a page's origin, in small letters; nothing where it has none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # half an IPv6 address
        return ""


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine's own."""
    parsed = _parse(address)
    return parsed is not None and parsed.is_loopback


def _hops(header: str) -> list[str]:
    return [hop.strip() for hop in header.split(",")]


def _forwarded_hops(header: str) -> list[str]:
    found = (_FOR.search(element) for element in header.split(","))
    return [match["quoted"] or match["token"] or "" if match else "" for match in found]


def _parse(text: str) -> IpAddress | None:
    # What is longer is no address, and must not fill the memory of those that are.
    return None if len(text) > MAX_ADDRESS_CHARACTERS else _parse_short(text)


@lru_cache(maxsize=MAX_PARSED)  # Most requests come from where others came from.
def _parse_short(text: str) -> IpAddress | None:
    if match := _WITH_PORT.match(text):
        text = match["v6"] or match["v4"]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped  # A dual-stack socket shows an IPv4 peer this way.
    return address
