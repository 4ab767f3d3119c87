"""Notifications over gRPC: what another service has to tell somebody."""

from __future__ import annotations

from causerie.foundation.identity import UserId
from causerie.gateway.grpc import Call, Method, Service, require_id, shaped, write_key
from causerie.gateway.scopes import SPEAKING, require_scope
from causerie.notifications.model import PUBLISH
from causerie.notifications.service import Publisher
from causerie.notifications.wire import notification_out
from causerie.v1 import notifications_pb2 as pb


def notification_service(publisher: Publisher) -> Service:
    """What this slice does of it."""
    calls = NotificationCalls(publisher)
    return Service(
        pb.DESCRIPTOR.services_by_name["NotificationService"],
        {"PublishNotification": Method(calls.publish)},
    )


class NotificationCalls:
    """The methods of ``NotificationService``."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def publish(
        self, call: Call, request: pb.PublishNotificationRequest
    ) -> pb.PublishNotificationResponse:
        """Tell somebody something, once per key."""
        require_scope(call.principal, SPEAKING | {PUBLISH})
        given = request.client_id if request.HasField("client_id") else None
        notice, is_new = await self._publisher.publish(
            call.principal,
            UserId(require_id(request.user_id, field="user_id")),
            request.text,
            key=write_key(call.idempotency_key, given),
        )
        return pb.PublishNotificationResponse(
            notification=shaped(pb.Notification, notification_out(notice, None)), is_new=is_new
        )
