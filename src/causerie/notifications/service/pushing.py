"""One push: what is still unread, encrypted for one browser, handed to its push service."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from causerie.foundation.clock import Clock
from causerie.foundation.crypto import NotASubscription, VapidKey, encrypt_push
from causerie.foundation.identity import MessageId
from causerie.foundation.jobs import Job, Later, Never
from causerie.foundation.outbound import CannotFetch, ForbiddenAddress
from causerie.foundation.telemetry import metrics
from causerie.notifications.model import (
    PUSH_TTL_SECONDS,
    VAPID_SECONDS,
    Notice,
    NoticeKind,
    PushOrder,
    Said,
    Subscription,
    preview,
)
from causerie.notifications.ports import Answer, Notices, Sender, Speech, Watching, Wishes

TIMEOUT_SECONDS = 15.0
KEPT_ANSWER_BYTES = 1024
GONE = frozenset({404, 410})  # RFC 8030 §7.3: the subscription is over
TOO_LARGE = 413


class Pushed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the browser's service worker gets."""

    id: int
    kind: str
    conversation_id: str | None = None
    message_id: int | None = None
    sender: str | None = None
    text: str = ""


class Pusher:
    """Works off jobs of pushes."""

    def __init__(
        self,
        notices: Notices,
        wishes: Wishes,
        *,
        speech: Speech,
        sender: Sender,
        watching: Watching,
        subject: str,
        clock: Clock,
    ) -> None:
        self._notices = notices
        self._wishes = wishes
        self._speech = speech
        self._sender = sender
        self._watching = watching
        self._subject = subject
        self._clock = clock
        self._key: VapidKey | None = None

    async def push(self, job: Job) -> None:
        """Do one. Raises ``Later`` and ``Never``, as the queue wants it."""
        order = job.read(PushOrder)
        notice = await self._notices.find(order.notice_id)
        subscription = await self._wishes.find_subscription(order.subscription_id)
        if notice is None or subscription is None or subscription.user_id != notice.user_id:
            return  # Somebody else has logged in on that browser.
        if notice.read_at is not None or await self._watching.is_looking(notice.user_id):
            metrics.PUSHES.labels("not_needed").inc()
            return
        said = await self._said(notice)
        if notice.message_id is not None and said is None:
            metrics.PUSHES.labels("not_needed").inc()
            return
        await self._send(notice, said, subscription)

    async def _said(self, notice: Notice) -> Said | None:
        """Give the message, while it is there and unread."""
        if notice.message_id is None or notice.conversation_id is None:
            return None
        message_id = MessageId(notice.message_id)
        said = (await self._speech.by_ids([message_id])).get(message_id)
        if said is None or said.is_deleted:
            return None
        has_read = await self._speech.has_read(notice.user_id, said.conversation_id, said.seq)
        return None if has_read else said

    async def _send(self, notice: Notice, said: Said | None, subscription: Subscription) -> None:
        pushed = Pushed(
            id=notice.id,
            kind=notice.kind,
            conversation_id=None if said is None else said.place,
            message_id=notice.message_id,
            sender=None if said is None else said.sender_name,
            text=preview((notice.words or "") if said is None else said.content),
        )
        try:
            body = encrypt_push(
                msgspec.json.encode(pushed), p256dh=subscription.p256dh, auth=subscription.auth
            )
            answer = await self._sender.post(
                subscription.endpoint,
                body,
                await self._headers(notice, subscription),
                max_bytes=KEPT_ANSWER_BYTES,
                timeout_seconds=TIMEOUT_SECONDS,
            )
        except NotASubscription as error:
            raise Never(str(error)) from error
        except ForbiddenAddress as error:
            raise Never(str(error)) from error
        except CannotFetch as error:
            metrics.PUSHES.labels("failed").inc()
            raise Later(str(error)) from error
        await self._judge(answer, subscription)

    async def _headers(self, notice: Notice, subscription: Subscription) -> dict[str, str]:
        if self._key is None:
            self._key = VapidKey(await self._wishes.push_key())
        parts = urlsplit(subscription.endpoint)
        is_urgent = notice.kind in {NoticeKind.DIRECT, NoticeKind.MENTION}
        headers = {
            "authorization": self._key.authorization(
                origin=f"{parts.scheme}://{parts.netloc}",
                subject=self._subject,
                expires_at=int(self._clock.now().timestamp()) + VAPID_SECONDS,
            ),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(PUSH_TTL_SECONDS),
            "urgency": "high" if is_urgent else "normal",  # RFC 8030 §5.3
        }
        if notice.conversation_id is not None:
            # RFC 8030 §5.4: while a device is away, the newest of a conversation replaces the others.
            headers["topic"] = f"c{notice.conversation_id}"
        return headers

    async def _judge(self, answer: Answer, subscription: Subscription) -> None:
        if 200 <= answer.status < 300:
            metrics.PUSHES.labels("sent").inc()
            return
        metrics.PUSHES.labels("failed").inc()
        if answer.status in GONE:
            await self._wishes.remove_subscription(subscription.id)
            return
        reason = f"the push service answered {answer.status}"
        if answer.status == 429 or answer.status >= 500:
            raise Later(reason, after_seconds=answer.retry_after_seconds)
        raise Never(reason)
