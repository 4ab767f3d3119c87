"""The one table from a refusal to what each protocol says: HTTP problems and socket errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from causerie.foundation.errors import Code, RateLimited, Refusal, Unreadable
from causerie.foundation.identity import MAX_ID
from causerie.foundation.telemetry import metrics

PROBLEM_CONTENT_TYPE = "application/problem+json"
UNREADABLE_STATUS = 400  # `invalid` has two: this one where there was nothing to look into.

# What a ref may be (PROTOCOL, v2); `None` where the client gave none.
Ref = str | Annotated[int, msgspec.Meta(ge=-MAX_ID, le=MAX_ID)] | None


class Meaning(msgspec.Struct, frozen=True):
    """What a code means over HTTP: the status, and a title that is the same each time."""

    status: int
    title: str


MEANINGS: Mapping[Code, Meaning] = {
    Code.INVALID: Meaning(422, "What was sent is not valid"),
    Code.UNAUTHENTICATED: Meaning(401, "Valid credentials are needed"),
    Code.TWO_FACTOR_REQUIRED: Meaning(401, "A second factor is needed"),
    Code.STEP_UP_REQUIRED: Meaning(401, "A fresh login is needed"),
    Code.FORBIDDEN: Meaning(403, "Not allowed"),
    Code.MUTED: Meaning(403, "Muted"),
    Code.BANNED: Meaning(403, "Banned"),
    Code.REFUSED: Meaning(422, "The content was refused"),
    Code.UNSUPPORTED: Meaning(501, "Not offered by this server"),
    Code.NOT_FOUND: Meaning(404, "Not found"),
    Code.CONFLICT: Meaning(409, "In conflict with what is there"),
    Code.DUPLICATE: Meaning(409, "Received before"),
    Code.TOO_LARGE: Meaning(413, "Too large"),
    Code.RATE_LIMITED: Meaning(429, "Too many requests"),
    Code.UNAVAILABLE: Meaning(503, "Not available now"),
    Code.INTERNAL: Meaning(500, "Something went wrong on the server"),
}


class Problem(msgspec.Struct, frozen=True):
    """An HTTP answer with a problem document (RFC 9457) in its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def count_refusal(refusal: Refusal) -> None:
    """Count what is about to be answered, by its code and by the check that it failed."""
    metrics.ERRORS.labels(refusal.code).inc()
    count_check(refusal)


def count_check(refusal: Refusal) -> None:
    """Count the security check that a refusal comes from, if it comes from one."""
    if refusal.check is not None:
        metrics.SECURITY_REFUSALS.labels(refusal.check).inc()


def status_of(refusal: Refusal) -> int:
    """Give the HTTP status of a refusal."""
    if isinstance(refusal, Unreadable):
        return UNREADABLE_STATUS
    return MEANINGS[refusal.code].status


def message_of(refusal: Refusal) -> str:
    """Give the text to show: the refusal's own, or its code's title where it has none."""
    return str(refusal) or MEANINGS[refusal.code].title


def problem(refusal: Refusal, *, status: int | None = None) -> Problem:
    """Answer a refusal over HTTP; ``status`` overrides the table's (405, 426: only HTTP has them)."""
    status = status or status_of(refusal)
    headers: list[tuple[str, str]] = [("content-type", PROBLEM_CONTENT_TYPE)]
    if isinstance(refusal, RateLimited):
        headers.append(("retry-after", str(refusal.retry_after)))
    if status == 401:
        headers.append(("www-authenticate", 'Bearer realm="causerie"'))  # RFC 9110 §11.6.1
    document = {
        **_members(refusal.code, status),
        "detail": message_of(refusal),
        **refusal.extras(),
    }
    return Problem(status, tuple(headers), msgspec.json.encode(document))


def internal_problem(request_id: str) -> Problem:
    """Answer a bug over HTTP: the request's id for the operator, and nothing about its cause."""
    status = MEANINGS[Code.INTERNAL].status
    document = {**_members(Code.INTERNAL, status), "request_id": request_id}
    return Problem(status, (("content-type", PROBLEM_CONTENT_TYPE),), msgspec.json.encode(document))


def socket_error(ref: Ref, refusal: Refusal) -> bytes:
    """Answer a refusal on a v2 socket: the payload of one text frame."""
    data: dict[str, object] = {"code": refusal.code, "message": message_of(refusal)}
    if isinstance(refusal, RateLimited):
        data["retry_after"] = refusal.retry_after
    return msgspec.json.encode({"type": "error", "ref": ref, "data": data})


def socket_internal(ref: Ref) -> bytes:
    """Answer a bug on a v2 socket, without a word about its cause."""
    data = {"code": Code.INTERNAL, "message": MEANINGS[Code.INTERNAL].title}
    return msgspec.json.encode({"type": "error", "ref": ref, "data": data})


def _members(code: Code, status: int) -> dict[str, object]:
    return {
        # Relative to the server, and readable: the page that lists the codes (RFC 9457 §3.1.1).
        "type": f"/docs#{code}",
        "title": MEANINGS[code].title,
        "status": status,
        "code": code,
    }
