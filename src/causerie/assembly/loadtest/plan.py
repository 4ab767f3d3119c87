"""What a load test shall do, and whose servers it may do it to."""

from __future__ import annotations

import ipaddress
import socket
from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"ws": 80, "wss": 443}


class NotYours(Exception):  # noqa: N818 - named after the fact, like every refusal of the house
    """The target is not this machine, and nobody said that it is the operator's own."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of the load. Rates are messages/s in all; 0 is the closed loop."""

    users: int = 10
    rooms_of: int = 10
    rate: float = 5.0
    in_flight: int = 16
    senders: int = 0
    duration_seconds: float = 10.0
    warmup_seconds: float = 2.0
    settle_seconds: float = 2.0
    drain_seconds: float = 15.0
    size: int = 100
    connect_at_once: int = 50
    server_pids: tuple[int, ...] = ()

    @property
    def rooms(self) -> int:
        """How many rooms the users fill; the last may be smaller."""
        return -(-self.users // self.rooms_of)

    def senders_in(self, members: int) -> list[int]:
        """The messages in flight of each sender of a room with so many members."""
        wanted = min(self.senders or self.in_flight, members, self.in_flight)
        each, more = divmod(self.in_flight, wanted)
        return [each + (1 if index < more else 0) for index in range(wanted)]


def require_own_target(url: str, *, is_mine: bool) -> None:
    """Refuse a server that is not on this machine, unless the operator says it is his.

    Raises ``NotYours``, ``OSError`` where the name is unknown, ``ValueError`` for a bad address.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or parts.hostname is None:
        raise ValueError(f"{url} is not an address of the form ws://host:port")
    addresses = _addresses_of(parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])
    if not is_mine and not all(address.is_loopback for address in addresses):
        raise NotYours(
            f"{parts.hostname} is not this machine. A load test of a server that is not yours is "
            "an attack; if it is yours, say --i-own-this-target."
        )


def _addresses_of(host: str, port: int) -> set[Address]:
    try:
        return {ipaddress.ip_address(host)}
    except ValueError:  # a name, which may have several
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return {ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found}
