"""Asks a server or a tool beside it over HTTP; blocking, as a command has nothing else to do."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import msgspec
from typing_extensions import override

ASK_SECONDS = 5.0  # A server that takes longer for its own figures has a fault to be told.
MAX_ANSWER_BYTES = 32 << 20  # Prometheus' rules and targets of a large set-up are a tenth of it.


class Unanswered(Exception):  # noqa: N818 - a fact, shown to who asked
    """Nobody answered, or not in HTTP; the text says why."""


class Answered(msgspec.Struct, frozen=True):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # Any: others' documents, looked into by who asked
        """Read the body. Raises ``Unanswered`` where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Unanswered("the answer is no JSON") from error


class _Here(urllib.request.HTTPRedirectHandler):
    """Follows nothing: where one is sent is the answer."""

    @override
    def redirect_request(self, *_: object) -> None:
        return None


def ask(
    url: str,
    *,
    token: str | None = None,
    seconds: float = ASK_SECONDS,
    is_followed: bool = True,
) -> Answered:
    """Send a GET, and go where its answer leads unless that is not wanted. Raises ``Unanswered``."""
    headers = {"User-Agent": "causerie"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if not url.startswith(("http://", "https://")):
        raise Unanswered("the address must begin with http:// or https://")
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - its scheme is looked at
    try:
        try:
            way = urllib.request.build_opener(*([] if is_followed else [_Here()]))
            answer = way.open(request, timeout=seconds)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            body = answer.read(MAX_ANSWER_BYTES)
            given = {name.lower(): value for name, value in answer.headers.items()}
            return Answered(answer.status, given, body)
    except urllib.error.URLError as error:
        raise Unanswered(_plainly(error.reason)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unanswered(_plainly(error)) from error


def _plainly(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ConnectionRefusedError):
        return "nobody listens there"
    return str(reason) or type(reason).__name__
