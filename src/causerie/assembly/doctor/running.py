"""The running server, asked from outside like anybody asks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from causerie.assembly.doctor.finding import Finding, doubtful, skipped, well, wrong
from causerie.assembly.watching.asking import Answered, Unanswered, ask
from causerie.gateway.precautions import HEADERS

NOT_AFTER_PROXY = "a proxy in between may take them away: see deploy/nginx and deploy/haproxy"
CSP = "content-security-policy"
HSTS = "strict-transport-security"
LIMIT = "x-ratelimit-limit"
LIMITED_PATH = "/api/csrf-token"  # Open to all, and counted by address.


def look_at(url: str, *, is_production: bool, is_limited: bool) -> Iterator[Finding]:
    """Ask for its health, the headers of an answer, and its limits."""
    try:
        health = ask(f"{url}/health")
        limited = ask(f"{url}{LIMITED_PATH}", is_followed=False)
    except Unanswered as silent:
        yield skipped("server", f"nobody answers at {url}: {silent}")
        return
    yield from _health(health)
    yield _headers(limited, is_production=is_production)
    yield _limits(limited, is_limited=is_limited)


def _health(answer: Answered) -> Iterator[Finding]:
    try:
        report = answer.json()
        status, checks = str(report["status"]), dict(report["checks"])
    except (Unanswered, KeyError, TypeError, ValueError):
        remedy = "another program listens there, or a proxy leads elsewhere: look at the address"
        yield wrong("server", "what answers is not Causerie", remedy)
        return
    failing = [name for name, check in checks.items() if _is_failing(check)]
    found = f"it says {status}" + (f"; not well: {', '.join(failing)}" if failing else "")
    if status == "ok":
        yield well("server", found)
    elif status == "degraded":
        yield doubtful("server", found, "look at /health, and at the log")
    else:
        yield wrong("server", found, "look at /health, and at the log")


def _is_failing(check: object) -> bool:
    return isinstance(check, Mapping) and check.get("status") != "ok"


def _headers(answer: Answered, *, is_production: bool) -> Finding:
    wanted = [name.decode() for name, _ in HEADERS] + [CSP]
    if is_production:
        wanted.append(HSTS)
    missing = [name for name in wanted if name not in answer.headers]
    if missing:
        return wrong("headers", f"missing: {', '.join(missing)}", NOT_AFTER_PROXY)
    return well("headers", "those that protect browsers are all there")


def _limits(answer: Answered, *, is_limited: bool) -> Finding:
    if answer.status == HTTPStatus.PERMANENT_REDIRECT:
        return skipped("limits", "in plain one is sent to https; name that address with --url")
    if LIMIT in answer.headers:
        return well("limits", f"{answer.headers[LIMIT]} requests at once from an address")
    if not is_limited:
        found = "limits.max_messages_per_minute = 0 switches them off"
        return doubtful("limits", found, "set it, unless only people you know come here")
    remedy = f"`causerie limits` may say that `anonymous` is off; {NOT_AFTER_PROXY}"
    return doubtful("limits", "answers name no limit", remedy)
