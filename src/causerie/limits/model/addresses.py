"""What counts as one caller by address."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

IPV6_PREFIX = 64  # What one household or server is given; within it, addresses are free.


@lru_cache(maxsize=4096)  # The addresses of now: a proxy's, an office's, those that hammer.
def network_of(address: str) -> str:
    """Give what an address is counted as: itself, or an IPv6 one's network of 64 bits."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, IPV6_PREFIX), strict=False))
