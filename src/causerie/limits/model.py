"""A token bucket, kept as one number; and what counts as one caller by address."""

from __future__ import annotations

import ipaddress

SECONDS_PER_MINUTE = 60.0
IPV6_PREFIX = 64  # What one household or server is given; within it, addresses are free.


class Bucket:
    """Allows ``burst`` at once and ``per_minute`` in the long run.

    The generic cell rate algorithm: what is kept is the moment when the bucket will be full again,
    so an idle one holds nothing to remember.
    """

    __slots__ = ("_burst_seconds", "_full_at", "_interval", "is_refusing")

    def __init__(self, per_minute: float, burst: int | None = None) -> None:
        if per_minute <= 0:
            raise ValueError("a bucket fills at more than 0 a minute; leave it out to allow all")
        self._interval = SECONDS_PER_MINUTE / per_minute
        self._burst_seconds = self._interval * (per_minute if burst is None else burst)
        self._full_at = 0.0
        self.is_refusing = False  # the last one was refused

    def take(self, now: float) -> float | None:
        """Take one; None where it was there, else the seconds until it will be.

        ``now`` is monotonic time in seconds. A refused one takes nothing.
        """
        full_at = max(self._full_at, now) + self._interval
        # Sums of floats: a hundredth of an interval more or less is nobody's loss.
        wait = full_at - now - self._burst_seconds
        self.is_refusing = wait > self._interval / 100
        if self.is_refusing:
            return wait
        self._full_at = full_at
        return None

    def is_idle(self, now: float) -> bool:
        """Say whether the bucket is full, and so no other than a new one."""
        return self._full_at <= now


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
