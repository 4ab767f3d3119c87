"""How requests are limited, and what an answer says of it.

Beside the usual ``X-RateLimit-*`` the fields of draft-ietf-httpapi-ratelimit-headers-10, which is
no standard yet: ``RateLimit-Policy`` (q: quota, w: its window in seconds) and ``RateLimit`` (r: what
remains, t: seconds until all of it is there again).
"""

from __future__ import annotations

import time
from typing import Any

from litestar.types import Scope

from causerie.gateway.ports import Allowance, Tier

ALLOWANCE_KEY = "allowance"  # Where it lies in the scope's state, for the envelope.

# For a handler's ``opt``. What has none of them is of the tier "default".
AUTH: dict[str, Any] = {"public": True, "tier": Tier.AUTH}  # no credentials; tries some
AUTH_TIER: dict[str, Any] = {"tier": Tier.AUTH}  # the same beside a token
WEBHOOK: dict[str, Any] = {"public": True, "tier": Tier.WEBHOOK}  # proves itself in its own way
UNLIMITED: dict[str, Any] = {"public": True, "tier": None}  # what watches the server


def counted_as(action: str) -> dict[str, Any]:
    """Give the ``opt`` of a handler whose requests are counted as this action of a user, too."""
    return {"action": action}


def by_scope(*scopes: str) -> dict[str, Any]:
    """Give the ``opt`` of what changes something and is open to API keys with one of these scopes.

    Without it: with ``messages.send`` (``causerie.gateway.scopes``).
    """
    return {"scopes": frozenset(scopes)}


def fields_of(scope: Scope) -> list[tuple[bytes, bytes]]:
    """List the header fields of an answer to a request that was counted."""
    allowance: Allowance | None = scope["state"].get(ALLOWANCE_KEY)
    if allowance is None:
        return []
    limit, remaining, reset = allowance.limit, allowance.remaining, allowance.reset_seconds
    return [
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"x-ratelimit-remaining", b"%d" % remaining),
        # As most who send it do: the Unix time, in seconds.
        (b"x-ratelimit-reset", b"%d" % (time.time() + reset)),
        (
            b"ratelimit-policy",
            b'"%b";q=%d;w=%d' % (allowance.tier.encode(), limit, allowance.window_seconds),
        ),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (allowance.tier.encode(), remaining, reset)),
    ]
