"""Notifications over HTTP: a user's own, and nobody else's."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.foundation.paging import require_bound, require_limit
from causerie.gateway.http import WEBHOOK, Acting, BeforeId, IdempotencyKey, at_most, positive_id
from causerie.notifications.ports import NewSubscription
from causerie.notifications.service import NotificationDesk
from causerie.notifications.wire import (
    PostNotificationsRead,
    PostSubscription,
    PutAttention,
    PutPreferences,
    WireAttention,
    WireNotifications,
    WirePreferences,
    WirePushKey,
    WireSubscription,
    WireSubscriptions,
    WireUnread,
    attention_out,
    notification_out,
    preferences_out,
    subscription_out,
)

DEFAULT_PAGE = 50
MAX_PAGE = 200

Unread = Annotated[bool, QueryParameter(description="Only those that are unread.")]
PageLimit = Annotated[int, at_most(MAX_PAGE)]


def notification_routes(desk: NotificationDesk) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Notifications", (NotificationController,), {"desk": desk})


class NotificationController(Controller):
    """The routes of notifications."""

    path = "/api/v2"
    tags = ("notifications",)

    desk: NotificationDesk

    @get("/notifications")
    async def list_notifications(
        self,
        principal: Acting,
        unread: Unread = False,  # noqa: FBT002 - a query parameter, which has a name
        before: BeforeId = None,
        limit: PageLimit = DEFAULT_PAGE,
    ) -> WireNotifications:
        """List what I was told, the newest first."""
        require_limit(limit, MAX_PAGE)
        require_bound("before", before)
        items, count = await self.desk.page(
            principal, before=before, unread_only=unread, limit=limit
        )
        return WireNotifications([notification_out(*item) for item in items], count)

    @post("/notifications/read", status_code=200)
    async def mark_notifications_read(
        self,
        principal: Acting,
        data: JSONBody[PostNotificationsRead],
        idempotency_key: IdempotencyKey,
    ) -> WireUnread:
        """Say which ones I have read. Reading a conversation reads those about it by itself."""
        left = await self.desk.mark_read(
            principal, ids=data.ids, upto=data.upto, key=idempotency_key
        )
        return WireUnread(left)

    @get("/notifications/preferences")
    async def show_preferences(self, principal: Acting) -> WirePreferences:
        """Show my quiet hours, and whether I am written to."""
        return preferences_out(await self.desk.preferences(principal))

    @put("/notifications/preferences")
    async def set_preferences(
        self,
        principal: Acting,
        data: JSONBody[PutPreferences],
        idempotency_key: IdempotencyKey,
    ) -> WirePreferences:
        """Set them; what is absent goes back to its default."""
        wanted = data.preferences()
        return preferences_out(
            await self.desk.set_preferences(principal, wanted, key=idempotency_key)
        )

    @post("/notifications/unsubscribe/{letter_token:str}", status_code=204, opt=WEBHOOK)
    async def unsubscribe(self, letter_token: FromPath[str]) -> None:
        """Get no more letters; by the address in one (RFC 8058), without credentials."""
        await self.desk.unsubscribe(letter_token)

    @get("/conversations/{conversation_id:str}/notifications")
    async def show_attention(
        self, principal: Acting, conversation_id: FromPath[str]
    ) -> WireAttention:
        """Show of what of a conversation I am told."""
        return attention_out(await self.desk.attention(principal, conversation_id))

    @put("/conversations/{conversation_id:str}/notifications")
    async def set_attention(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        data: JSONBody[PutAttention],
        idempotency_key: IdempotencyKey,
    ) -> WireAttention:
        """Say of what of a conversation I want to be told, and until when of nothing."""
        attention = await self.desk.set_attention(
            principal,
            conversation_id,
            level=data.level,
            muted_until=data.muted_until,
            key=idempotency_key,
        )
        return attention_out(attention)

    @get("/push/key")
    async def show_push_key(self, principal: Acting) -> WirePushKey:  # noqa: ARG002 - credentials are asked for
        """Show what a browser subscribes with."""
        return WirePushKey(await self.desk.public_key())

    @get("/push/subscriptions")
    async def list_subscriptions(self, principal: Acting) -> WireSubscriptions:
        """List my browsers that are told."""
        found = await self.desk.subscriptions(principal)
        return WireSubscriptions([subscription_out(item) for item in found])

    @post("/push/subscriptions")
    async def subscribe(
        self,
        principal: Acting,
        data: JSONBody[PostSubscription],
        idempotency_key: IdempotencyKey,
    ) -> WireSubscription:
        """Have a browser told; the same endpoint again is the same one."""
        new = NewSubscription(
            endpoint=data.endpoint,
            p256dh=data.keys.p256dh,
            auth=data.keys.auth,
            device=data.device,
        )
        return subscription_out(await self.desk.subscribe(principal, new, key=idempotency_key))

    @delete("/push/subscriptions/{subscription_id:str}")
    async def unsubscribe_browser(
        self, principal: Acting, subscription_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Tell a browser nothing more."""
        number = positive_id(subscription_id, resource="subscription")
        await self.desk.remove_subscription(principal, number, key=idempotency_key)
