"""From where a request comes, as accounts keep it, and how attempts are counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from causerie.accounts.model import Origin, Proof
from causerie.accounts.wire import ProofBody
from causerie.foundation.errors import Refusal
from causerie.foundation.telemetry import metrics
from causerie.gateway.http import AnyRequest

MAX_USER_AGENT_CHARACTERS = 256  # Enough to tell a browser and its system; the rest is vanity.

P = ParamSpec("P")
T = TypeVar("T")


def origin_of(request: AnyRequest, client_address: str, *, device_name: str = "") -> Origin:
    """Give the origin of a request."""
    return Origin(
        ip=client_address,
        user_agent=request.headers.get("user-agent", "")[:MAX_USER_AGENT_CHARACTERS],
        device_name=device_name,
    )


def proof_of(body: ProofBody | None) -> Proof | None:
    """Give what a body proves by, if it came with one."""
    return None if body is None else Proof(body.password, body.code)


def counted(handler: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Count an attempt with credentials, by how it ends."""

    @wraps(handler)
    async def count(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            answer = await handler(*args, **kwargs)
        except Refusal:
            metrics.AUTH_ATTEMPTS.labels("failure").inc()
            raise
        metrics.AUTH_ATTEMPTS.labels("success").inc()
        return answer

    return count
