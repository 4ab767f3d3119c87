"""The one table from a refusal to what gRPC says, and what stands beside the status.

The details are those of google.rpc: ``ErrorInfo`` with our code, ``BadRequest`` with the fields that
are wrong, ``RetryInfo`` where waiting helps.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from causerie.foundation.errors import Code, Invalid, RateLimited, Refusal
from causerie.gateway import closing
from causerie.gateway.errors import MEANINGS, message_of

DOMAIN = "causerie"
DETAILS_KEY = "grpc-status-details-bin"  # Where clients look for google.rpc.Status.
MAX_MESSAGE_CHARS = 1024  # Metadata has 8 KB in all, and non-ASCII text takes up to 12 bytes each.

STATUSES: Mapping[Code, StatusCode] = {
    Code.INVALID: StatusCode.INVALID_ARGUMENT,
    Code.UNAUTHENTICATED: StatusCode.UNAUTHENTICATED,
    Code.TWO_FACTOR_REQUIRED: StatusCode.UNAUTHENTICATED,
    Code.STEP_UP_REQUIRED: StatusCode.UNAUTHENTICATED,
    Code.FORBIDDEN: StatusCode.PERMISSION_DENIED,
    Code.MUTED: StatusCode.PERMISSION_DENIED,
    Code.BANNED: StatusCode.PERMISSION_DENIED,
    Code.REFUSED: StatusCode.INVALID_ARGUMENT,
    Code.UNSUPPORTED: StatusCode.UNIMPLEMENTED,
    Code.NOT_FOUND: StatusCode.NOT_FOUND,
    # Not ABORTED, which says that the same again may work.
    Code.CONFLICT: StatusCode.FAILED_PRECONDITION,
    Code.DUPLICATE: StatusCode.ALREADY_EXISTS,
    Code.TOO_LARGE: StatusCode.INVALID_ARGUMENT,
    Code.RATE_LIMITED: StatusCode.RESOURCE_EXHAUSTED,
    Code.UNAVAILABLE: StatusCode.UNAVAILABLE,
    Code.INTERNAL: StatusCode.INTERNAL,
}

# How a stream ends, by the close code that a socket would get; other codes are never sent to one.
ENDINGS: Mapping[int, StatusCode] = {
    closing.NORMAL.code: StatusCode.OK,
    closing.INTERNAL_ERROR.code: StatusCode.INTERNAL,
    closing.SERVICE_RESTART.code: StatusCode.UNAVAILABLE,
    closing.SLOW_READER.code: StatusCode.RESOURCE_EXHAUSTED,
    closing.UNAUTHENTICATED.code: StatusCode.UNAUTHENTICATED,
    closing.BANNED.code: StatusCode.PERMISSION_DENIED,
}


class Failure(msgspec.Struct, frozen=True):
    """How a call fails; ``details`` is a serialised ``google.rpc.Status``. ``reason`` is our code."""

    status: StatusCode
    reason: str
    message: str
    details: bytes = b""


def failure_of(refusal: Refusal, request_id: str) -> Failure:
    """Answer a refusal."""
    extras = {key: str(value) for key, value in refusal.extras().items() if key != "errors"}
    more: list[Message] = []
    if isinstance(refusal, Invalid):
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=e.field, description=e.message)
            for e in refusal.errors
        ]
        more.append(error_details_pb2.BadRequest(field_violations=violations))
    if isinstance(refusal, RateLimited):
        delay = Duration(seconds=refusal.retry_after)
        more.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return _failure(
        STATUSES[refusal.code],
        refusal.code,
        message_of(refusal),
        {**extras, "request_id": request_id},
        more,
    )


def internal_failure(request_id: str) -> Failure:
    """Answer a bug: the request's id for the operator, and nothing about its cause."""
    title = MEANINGS[Code.INTERNAL].title
    return _failure(StatusCode.INTERNAL, Code.INTERNAL, title, {"request_id": request_id})


def late_failure(request_id: str) -> Failure:
    """Answer a call whose time is up, the caller's own or the server's."""
    return _failure(
        StatusCode.DEADLINE_EXCEEDED,
        Code.UNAVAILABLE,
        "The call took too long",
        {"request_id": request_id},
    )


def ending_of(code: int, text: str, request_id: str) -> Failure:
    """Say how a stream ended, by the close code; what no stream is sent counts as a restart."""
    status = ENDINGS.get(code, StatusCode.UNAVAILABLE)
    reason = closing.name_of(code)
    return _failure(status, reason, text or reason, {"request_id": request_id})


def _failure(
    status: StatusCode,
    reason: str,
    message: str,
    metadata: Mapping[str, str],
    more: list[Message] | None = None,
) -> Failure:
    message = message[:MAX_MESSAGE_CHARS]
    number: int = status.value[0]
    whole = status_pb2.Status(code=number, message=message)
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)
    for detail in (info, *(more or ())):
        whole.details.add().Pack(detail)
    return Failure(status, reason, message, whole.SerializeToString())
