"""The headers that tell browsers what no answer of ours may be used for; every answer has them."""

from __future__ import annotations

HSTS_SECONDS = 2 * 365 * 24 * 3600  # What the preload list of browsers asks for.
CSP = b"content-security-policy"
API_CSP = b"default-src 'none'; frame-ancestors 'none'"
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_HSTS = (
    b"strict-transport-security",
    f"max-age={HSTS_SECONDS}; includeSubDomains".encode(),
)


def precautions(*, is_production: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Give the headers of every answer, but for its CSP, of which pages have one of their own."""
    return (*HEADERS, _HSTS) if is_production else HEADERS


def precaution_lines(*, is_production: bool) -> tuple[bytes, ...]:
    """Give the same with the CSP of what is no page, as lines for answers written by hand."""
    whole = (*precautions(is_production=is_production), (CSP, API_CSP))
    return tuple(name + b": " + value for name, value in whole)
