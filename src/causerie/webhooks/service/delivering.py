"""One delivery: read what happened, sign it, send it, and judge the answer."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import structlog

from causerie.foundation.clock import Clock, rfc3339
from causerie.foundation.jobs import Job, Later, Never
from causerie.foundation.outbound import CannotFetch, ForbiddenAddress
from causerie.foundation.telemetry import metrics
from causerie.webhooks.model import (
    FAILING_DAYS,
    KEPT_ANSWER_BYTES,
    PING,
    TIMEOUT_SECONDS,
    Delivery,
    Endpoint,
    Fact,
    Outcome,
    Status,
    SwitchedOff,
    signatures,
)
from causerie.webhooks.ports import Answer, Deliveries, Endpoints, Feed, Notices, Sender

log = structlog.get_logger()

GONE = 410  # Standard Webhooks: the receiver wants nothing any more.
# Of those that blame us, the ones that may pass: RFC 9110 §15.5.9, §15.5.10, RFC 8470, RFC 6585.
PASSING_4XX = frozenset({408, 409, 425, 429})


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body that is sent (Standard Webhooks, "Payload structure")."""

    type: str
    timestamp: str
    data: msgspec.Raw
    conversation_id: str | None = None
    seq: int | None = None
    rev: int | None = None


class Deliverer:
    """Works off jobs of deliveries."""

    def __init__(
        self,
        endpoints: Endpoints,
        deliveries: Deliveries,
        *,
        feed: Feed,
        sender: Sender,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._feed = feed
        self._sender = sender
        self._notices = notices
        self._clock = clock

    async def deliver(self, job: Job) -> None:
        """Do one. Raises ``Later`` and ``Never``, as the queue wants it."""
        delivery = await self._deliveries.find(job.read(int))
        endpoint = None if delivery is None else await self._endpoints.find(delivery.endpoint_id)
        if delivery is None or endpoint is None or delivery.status is not Status.WAITING:
            return
        if not endpoint.is_enabled:
            await self._skip(delivery, "the endpoint is switched off")
            return
        body = await self._body_of(delivery)
        if body is None:
            await self._skip(delivery, "there is nothing to tell any more")
            return
        await self._send(delivery, endpoint, body)

    async def bury(self, job: Job, reason: str) -> None:
        """Take note of one that was given up."""
        await self._deliveries.bury(job.read(int), reason)

    async def tell(self, job: Job) -> None:
        """Have somebody told that an endpoint is off."""
        await self._notices.switched_off(job.read(SwitchedOff))

    async def _body_of(self, delivery: Delivery) -> bytes | None:
        happened_at = rfc3339(delivery.created_at)
        if delivery.kind == PING:
            empty = msgspec.Raw(b"{}")
            return msgspec.json.encode(Said(type=PING, timestamp=happened_at, data=empty))
        fact = await self._fact_of(delivery)
        if fact is None:
            return None
        return msgspec.json.encode(
            Said(
                type=delivery.kind,
                timestamp=happened_at,
                data=fact.data,
                conversation_id=fact.conversation,
                seq=fact.seq,
                rev=fact.rev,
            )
        )

    async def _fact_of(self, delivery: Delivery) -> Fact | None:
        conversation_id = delivery.conversation_id
        if conversation_id is None:
            return None
        if delivery.seq is not None:
            return await self._feed.message(conversation_id, delivery.seq)
        rev = delivery.rev or 0
        found = await self._feed.changes(conversation_id, after=rev - 1, upto=rev, limit=1)
        return found[0][1] if found else None

    async def _send(self, delivery: Delivery, endpoint: Endpoint, body: bytes) -> None:
        now = self._clock.now()
        timestamp = int(now.timestamp())
        signed = signatures(endpoint.live_secrets(now), delivery.message_id, timestamp, body)
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signed,
        }
        began = self._clock.monotonic()
        answer: Answer | None = None
        problem = ""
        forbidden = False
        try:
            answer = await self._sender.post(
                endpoint.url,
                body,
                headers,
                max_bytes=KEPT_ANSWER_BYTES,
                timeout_seconds=TIMEOUT_SECONDS,
            )
        except CannotFetch as error:
            problem, forbidden = str(error), isinstance(error, ForbiddenAddress)
        took_ms = round((self._clock.monotonic() - began) * 1000)
        if answer is not None and 200 <= answer.status < 300:
            await self._succeeded(delivery, endpoint, answer.status, took_ms)
            return
        status = None if answer is None else answer.status
        error_text = problem if answer is None else _excerpt(answer)
        outcome = Outcome(Status.WAITING, status, error_text, took_ms)
        await self._deliveries.note(delivery.id, outcome, at=now)
        metrics.WEBHOOKS.labels("failed").inc()
        await self._failed(endpoint, status)
        if answer is None:
            raise Never(problem) if forbidden else Later(problem)
        raise _judged(answer)

    async def _succeeded(
        self, delivery: Delivery, endpoint: Endpoint, status: int, took_ms: int
    ) -> None:
        outcome = Outcome(Status.DELIVERED, status, None, took_ms)
        await self._deliveries.note(delivery.id, outcome, at=self._clock.now())
        if endpoint.failing_since is not None:
            await self._endpoints.succeeded(endpoint.id)
        metrics.WEBHOOKS.labels("delivered").inc()

    async def _failed(self, endpoint: Endpoint, status: int | None) -> None:
        now = self._clock.now()
        since = await self._endpoints.failed(endpoint.id, at=now)
        reason = None
        if status == GONE:
            reason = "it answered 410: it wants nothing any more"
        elif since is not None and now - since >= timedelta(days=FAILING_DAYS):
            reason = f"it has failed for {FAILING_DAYS} days"
        if reason is not None:
            log.warning("webhook_switched_off", endpoint=endpoint.id, reason=reason)
            await self._endpoints.switch_off(endpoint.id, reason, at=now)

    async def _skip(self, delivery: Delivery, reason: str) -> None:
        outcome = Outcome(Status.SKIPPED, None, reason, 0)
        await self._deliveries.note(delivery.id, outcome, at=self._clock.now(), is_tried=False)


def _judged(answer: Answer) -> Later | Never:
    """Say what an answer that is no success means for the next attempt."""
    reason = f"it answered {answer.status}"
    if 400 <= answer.status < 500 and answer.status not in PASSING_4XX:
        return Never(reason)
    # A redirect is none of an endpoint's business: whoever set it up is to name the right place.
    is_away = answer.status >= 500 or answer.status == 429
    return Later(reason, after_seconds=answer.retry_after_seconds, is_away=is_away)


def _excerpt(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace").replace("\x00", "")[:KEPT_ANSWER_BYTES]
