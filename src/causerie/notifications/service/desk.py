"""What a user asks about notices, devices and peace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from causerie.foundation.clock import Clock
from causerie.foundation.crypto import NotASubscription, VapidKey, require_subscription
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import Principal
from causerie.foundation.outbound import ForbiddenAddress
from causerie.notifications.errors import LetterNotFound
from causerie.notifications.model import (
    MAX_DEVICE_CHARS,
    Attention,
    Level,
    Notice,
    Preferences,
    Said,
    Subscription,
)
from causerie.notifications.ports import (
    NewSubscription,
    Notices,
    Once,
    Sender,
    Speech,
    Wishes,
)
from causerie.notifications.service.digests import hash_of


class NotificationDesk:
    """Everything here is a user's own."""

    def __init__(
        self,
        notices: Notices,
        wishes: Wishes,
        *,
        speech: Speech,
        sender: Sender,
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self._notices = notices
        self._wishes = wishes
        self._speech = speech
        self._sender = sender
        self._clock = clock
        self._on_change = on_change

    async def page(
        self, who: Principal, *, before: int | None, unread_only: bool, limit: int
    ) -> tuple[list[tuple[Notice, Said | None]], int]:
        """The newest first, each with the message that it is about; and how many are unread."""
        notices = await self._notices.list(
            who.user_id, before=before, unread_only=unread_only, limit=limit
        )
        ids = [notice.message_id for notice in notices if notice.message_id is not None]
        said = await self._speech.as_seen_by(who.user_id, ids)
        items = [
            (notice, None if notice.message_id is None else said.get(notice.message_id))
            for notice in notices
        ]
        return items, await self._notices.count_unread(who.user_id)

    async def mark_read(
        self, who: Principal, *, ids: Sequence[int] | None, upto: int | None, key: str | None
    ) -> int:
        """Say which one has read, or up to which; gives how many are left."""
        if (ids is None) == (upto is None):
            raise Invalid("ids", "Either ids or upto is needed")
        once = Once(who.user_id, key, "read_notifications", (ids, upto))
        await self._notices.mark_read(once, ids=ids, upto=upto, at=self._clock.now())
        return await self._notices.count_unread(who.user_id)

    async def attention(self, who: Principal, conversation: str) -> Attention:
        """What one wants to be told of a conversation."""
        conversation_id = await self._speech.require_member(who, conversation)
        return await self._wishes.attention(who.user_id, conversation_id)

    async def set_attention(
        self,
        who: Principal,
        conversation: str,
        *,
        level: Level | None,
        muted_until: datetime | None,
        key: str | None,
    ) -> Attention:
        """Change it."""
        if muted_until is not None and muted_until.tzinfo is None:
            raise Invalid("muted_until", "Must say its offset from UTC")
        conversation_id = await self._speech.require_member(who, conversation)
        attention = Attention(level, muted_until)
        once = Once(who.user_id, key, "set_attention", (conversation, level, str(muted_until)))
        await self._wishes.set_attention(once, conversation_id, attention)
        self._on_change()
        return await self._wishes.attention(who.user_id, conversation_id)

    async def preferences(self, who: Principal) -> Preferences:
        """When one wants peace, and whether letters."""
        return await self._wishes.preferences(who.user_id)

    async def set_preferences(
        self, who: Principal, preferences: Preferences, *, key: str | None
    ) -> Preferences:
        """Change it."""
        if (preferences.quiet_from is None) != (preferences.quiet_to is None):
            raise Invalid("quiet_to", "Both ends of the quiet hours are needed, or none")
        body = (
            str(preferences.quiet_from),
            str(preferences.quiet_to),
            preferences.time_zone,
            preferences.digest,
        )
        once = Once(who.user_id, key, "set_notification_preferences", body)
        await self._wishes.set_preferences(once, preferences)
        return await self._wishes.preferences(who.user_id)

    async def public_key(self) -> str:
        """What a browser subscribes with: ``applicationServerKey``."""
        return VapidKey(await self._wishes.push_key()).public

    async def subscribe(
        self, who: Principal, new: NewSubscription, *, key: str | None
    ) -> Subscription:
        """Have a browser told. The same endpoint again is the same one."""
        if len(new.device) > MAX_DEVICE_CHARS or not new.device.isprintable():
            raise Invalid("device", f"Must be a line of {MAX_DEVICE_CHARS} at most")
        try:
            self._sender.require_lawful(new.endpoint)
        except ForbiddenAddress as error:
            raise Invalid("endpoint", str(error)) from error
        try:
            require_subscription(new.p256dh, new.auth)
        except NotASubscription as error:
            raise Invalid("keys", str(error)) from error
        body = (new.endpoint, new.p256dh, new.auth, new.device)
        once = Once(who.user_id, key, "subscribe_push", body)
        return await self._wishes.subscribe(once, new, at=self._clock.now())

    async def subscriptions(self, who: Principal) -> list[Subscription]:
        """One's own browsers."""
        return await self._wishes.subscriptions(who.user_id)

    async def remove_subscription(
        self, who: Principal, subscription_id: int, *, key: str | None
    ) -> None:
        """Tell a browser nothing more. Raises ``SubscriptionNotFound``."""
        once = Once(who.user_id, key, "remove_push", (subscription_id,))
        await self._wishes.remove_subscription(subscription_id, once=once)

    async def unsubscribe(self, token: str) -> None:
        """Write no more letters to whom this one went. Raises ``LetterNotFound``."""
        if not await self._wishes.unsubscribe(hash_of(token)):
            raise LetterNotFound
