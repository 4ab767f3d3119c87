"""One call, from its bytes to its answer: proven, counted, bounded in time, and its end told."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec
import structlog
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from causerie.foundation.errors import (
    Code,
    NotEncrypted,
    RateLimited,
    Refusal,
    Unauthenticated,
    Unreadable,
)
from causerie.foundation.identity import CALLER, Caller, Principal
from causerie.foundation.telemetry import metrics
from causerie.gateway.addresses import TrustedProxies, is_loopback
from causerie.gateway.encryption import HttpsRule
from causerie.gateway.errors import MEANINGS, count_refusal, status_of
from causerie.gateway.grpc.refusals import (
    DETAILS_KEY,
    Failure,
    failure_of,
    internal_failure,
    late_failure,
)
from causerie.gateway.grpc.requests import (
    Context,
    credentials_of,
    joined,
    metadata_of,
    peer_address,
)
from causerie.gateway.ports import Admission, Allowance, Authenticator, Lookout
from causerie.gateway.request_ids import request_id_of
from causerie.gateway.session import Dialect

log = structlog.get_logger()

MAX_CALL_SECONDS = 30.0  # As long as a slow database may take; a caller's own deadline is shorter.
FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-proto")


class Call(msgspec.Struct, frozen=True):
    """Who asks, from where, and under which key a write is to happen once."""

    principal: Principal
    address: str
    request_id: str
    idempotency_key: str | None = None


Q = TypeVar("Q", bound=Message)
# Any: the message of the method, as the descriptor says; a slice's handler names its type.
Answer = Callable[[Call, Any], Awaitable[Message]]
Speech = Callable[[Call, Any], Dialect]


class Method(msgspec.Struct, frozen=True):
    """One answer to one message; ``action`` is what it counts as, beside being a request."""

    answer: Answer
    action: str | None = None


class Streaming(msgspec.Struct, frozen=True):
    """A stream of answers to one message: what is said on a session with this dialect."""

    speech: Speech


class Service:
    """What a slice does of one service in ``proto/``. Raises ``ValueError`` unless it is all of it."""

    def __init__(
        self, descriptor: ServiceDescriptor, methods: Mapping[str, Method | Streaming]
    ) -> None:
        if set(methods) != set(descriptor.methods_by_name):
            raise ValueError(f"{descriptor.full_name} has other methods")
        self.name = descriptor.full_name
        self.methods = methods
        self.requests: Mapping[str, type[Message]] = {
            name: GetMessageClass(method.input_type)
            for name, method in descriptor.methods_by_name.items()
        }


class Gate:
    """Who comes in: the same proof, the same counting and the same watch as over HTTP."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        admission: Admission,
        lookout: Lookout,
        trusted: TrustedProxies,
        https: HttpsRule,
        is_secure: bool,
    ) -> None:
        self._authenticator = authenticator
        self._admission = admission
        self._lookout = lookout
        self._trusted = trusted
        self._https = https
        self._is_secure = is_secure

    def address_of(self, context: Context) -> str:
        """Give the client's address; what proxies say counts only where the peer is one of ours."""
        return self._trusted.client_address(
            peer_address(context),
            forwarded=joined(context, "forwarded"),
            x_forwarded_for=joined(context, "x-forwarded-for"),
        )

    async def admit(self, context: Context, request_id: str, action: str | None) -> Call:
        """Let a call in. Raises ``Unauthenticated``, ``Forbidden`` or ``RateLimited``."""
        address = self.address_of(context)
        # Before anything is refused: a refusal is told of with its address too.
        CALLER.set(Caller(address=address))
        self._require_encryption(context)
        principal = await self._prove(context, address)
        CALLER.set(Caller(principal.user_id, address))
        self._lookout.seen(principal, address)
        _require(self._admission.count_principal(principal))
        if action is not None:
            self._admission.require_action(action, principal)
        keys = metadata_of(context, "idempotency-key")
        return Call(principal, address, request_id, keys[0] if keys else None)

    async def prove(self, credentials: str, address: str) -> Principal:
        """Prove a token or a key. Raises ``Unauthenticated``, and a refusal where it is too often."""
        try:
            return await self._authenticator.authenticate_bearer(credentials)
        except Unauthenticated:
            self._failed(address)
            raise

    def refused(self, context: Context, status: int) -> None:
        """Tell who watches of a call that was answered with what HTTP calls this status."""
        self._lookout.refused(self.address_of(context), status)

    async def _prove(self, context: Context, address: str) -> Principal:
        try:
            credentials = credentials_of(context)
        except Unauthenticated:
            self._failed(address)
            raise
        return await self.prove(credentials, address)

    def _failed(self, address: str) -> None:
        # Good credentials are never held back by the bad ones that come from their address.
        refusal: RateLimited | None = self._admission.failed_proof(address)
        if refusal is not None:
            raise refusal

    def _require_encryption(self, context: Context) -> None:
        peer = peer_address(context)
        is_forwarded = any(metadata_of(context, name) for name in FORWARDING)
        if not self._https.is_met(
            is_secure=self._is_secure,
            peer=peer,
            forwarded_proto=joined(context, "x-forwarded-proto"),
            # Services beside the server, on a port that no page knows; proxies of gRPC say who asks.
            is_at_home=is_loopback(peer) and not is_forwarded,
        ):
            raise NotEncrypted("This server is spoken to by TLS")


def _require(allowance: Allowance | None) -> None:
    if allowance is not None and allowance.refusal is not None:
        raise allowance.refusal


class Exchange:
    """One call under way; its end is counted once, whichever way it comes."""

    def __init__(self, gate: Gate, method: str, context: Context) -> None:
        self.request_id = request_id_of(metadata_of(context, "x-request-id"))
        self.status = "CANCELLED"  # Unless another end comes first, the caller has gone.
        self._gate = gate
        self._method = method
        self._context = context
        self._started = time.perf_counter()
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        context.set_trailing_metadata((("x-request-id", self.request_id),))

    def seconds_left(self) -> float:
        """How long the call may take. Raises ``TimeoutError`` where its time is up."""
        # None where the caller has set no deadline, which the library's types do not know.
        left: float | None = cast("float | None", self._context.time_remaining())
        if left is None:
            return MAX_CALL_SECONDS
        if left <= 0:
            raise TimeoutError
        return min(left, MAX_CALL_SECONDS)

    def read(self, kind: type[Q], data: bytes) -> Q:
        """Read the message. Raises ``Unreadable``."""
        try:
            return kind.FromString(data)
        except DecodeError as error:
            raise Unreadable("The message cannot be read") from error

    def failure(self, error: Exception) -> Failure:
        """Say how the call fails; a bug is logged in full and shown as its request's id."""
        if isinstance(error, Refusal):
            count_refusal(error)
            self._gate.refused(self._context, status_of(error))
            return failure_of(error, self.request_id)
        if isinstance(error, TimeoutError):
            return late_failure(self.request_id)
        metrics.ERRORS.labels(Code.INTERNAL).inc()
        log.error("call_failed", method=self._method, exc_info=error)
        self._gate.refused(self._context, MEANINGS[Code.INTERNAL].status)
        return internal_failure(self.request_id)

    async def end(self, failure: Failure) -> None:
        """Answer with a status. Raises, as the library ends a call by that."""
        self.status = failure.status.name
        await self._context.abort(
            failure.status,
            failure.message,
            (("x-request-id", self.request_id), (DETAILS_KEY, failure.details)),
        )

    def close(self, *, is_stream: bool = False) -> None:
        """Count it."""
        metrics.GRPC_CALLS.labels(self._method, self.status).inc()
        if not is_stream:
            seconds = time.perf_counter() - self._started
            metrics.GRPC_DURATION_SECONDS.labels(self._method).observe(seconds)
