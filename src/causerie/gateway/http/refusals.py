"""Every error that can leave the HTTP side, as a problem document."""

from __future__ import annotations

import re
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from causerie.foundation.errors import Code, Invalid, NotFound, Refusal, Unreadable
from causerie.foundation.telemetry import metrics
from causerie.gateway.decoding import invalid_from
from causerie.gateway.errors import Problem, count_refusal, internal_problem, problem
from causerie.gateway.http.requests import REQUEST_ID_KEY

log = structlog.get_logger()

AnyRequest = Request[Any, Any, Any]

# Litestar's text for a parameter that is not there at all.
_MISSING = re.compile(r"^(?:\d+: )?Missing required \w+ parameter '(?P<name>[^']*)'")
_BODY = "data"  # The name under which Litestar gives handlers the body.


def _response(answer: Problem) -> Response[bytes]:
    headers = {name: value for name, value in answer.headers if name != "content-type"}
    content_type = dict(answer.headers)["content-type"]
    return Response(
        answer.body, status_code=answer.status, headers=headers, media_type=content_type
    )


def answer_refusal(
    _request: AnyRequest, refusal: Refusal, *, status: int | None = None
) -> Response[bytes]:
    """Answer what the server says no to."""
    count_refusal(refusal)
    return _response(problem(refusal, status=status))


def answer_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer what should not happen: logged in full, shown with the request's id only."""
    metrics.ERRORS.labels(Code.INTERNAL).inc()
    log.error("request_failed", path=request.scope.get("path_template"), exc_info=error)
    return _response(internal_problem(request.scope["state"].get(REQUEST_ID_KEY, "")))


def answer_litestar(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what Litestar itself refuses: no such route, wrong method, wrong parameters."""
    if error.status_code >= 500:
        return answer_bug(request, error)
    if error.status_code == 404:
        return answer_refusal(request, NotFound("route"))
    if isinstance(error, ValidationException):
        return answer_refusal(request, _invalid(error))
    refusal = Unreadable(error.detail)
    response = answer_refusal(request, refusal, status=error.status_code)
    for name in ("allow", "upgrade"):  # RFC 9110 §15.5.6 and §15.5.22
        if value := (error.headers or {}).get(name):
            response.headers[name] = value
    return response


def _invalid(error: ValidationException) -> Refusal:
    if missing := _MISSING.match(error.detail):
        return Invalid(missing["name"], "Is required")
    for wrong in error.extra if isinstance(error.extra, list) else ():
        name, text = str(wrong.get("key", "")), str(wrong["message"])
        if name == _BODY:
            return Unreadable("A JSON body is needed")
        return Invalid(name, invalid_from(text).errors[0].message)
    return Unreadable("The request cannot be read")


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Refusal: answer_refusal,
    HTTPException: answer_litestar,
    Exception: answer_bug,
}
