"""How users want to be told, on which devices, and what was ordered for those who are away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from typing_extensions import override

from causerie.foundation.crypto import MasterKey, VapidKey
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.jobs import JobQueue, NewJob
from causerie.foundation.postgres import Database, Record
from causerie.notifications.errors import SubscriptionNotFound, TooManySubscriptions
from causerie.notifications.model import (
    DIGEST_JOB,
    MAX_SUBSCRIPTIONS_PER_USER,
    Attention,
    DigestOrder,
    Level,
    Preferences,
    Subscription,
)
from causerie.notifications.ports import NewSubscription, Once, Wishes
from causerie.notifications.store.rows import QUERIES, was_done

KEY_PLACE = "notifications.keys.private:1"


class StoredWishes(Wishes):
    """The port's tables."""

    def __init__(self, database: Database, jobs: JobQueue, master: MasterKey) -> None:
        self._database = database
        self._jobs = jobs
        self._master = master

    @override
    async def attention(self, user_id: UserId, conversation_id: ConversationId) -> Attention:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["level_of"], user_id, conversation_id)
        if row is None:
            return Attention()
        return Attention(row["level"] and Level(row["level"]), row["muted_until"])

    @override
    async def set_attention(
        self, once: Once, conversation_id: ConversationId, attention: Attention
    ) -> None:
        async with self._database.transaction() as tx:
            if not await was_done(tx, once):
                await tx.execute(
                    QUERIES["set_level"],
                    once.user_id,
                    conversation_id,
                    attention.level,
                    attention.muted_until,
                )

    @override
    async def preferences(self, user_id: UserId) -> Preferences:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["preferences_of"], user_id)
        if row is None:
            return Preferences()
        return Preferences(
            quiet_from=row["quiet_from"],
            quiet_to=row["quiet_to"],
            time_zone=row["time_zone"],
            digest=row["digest"],
        )

    @override
    async def set_preferences(self, once: Once, preferences: Preferences) -> None:
        async with self._database.transaction() as tx:
            if await was_done(tx, once):
                return
            if not await tx.fetchval(QUERIES["is_time_zone"], preferences.time_zone):
                raise Invalid("time_zone", "Must be the name of a zone such as Europe/Paris")
            await tx.execute(
                QUERIES["set_preferences"],
                once.user_id,
                preferences.quiet_from,
                preferences.quiet_to,
                preferences.time_zone,
                preferences.digest,
            )

    @override
    async def subscribe(self, once: Once, new: NewSubscription, *, at: datetime) -> Subscription:
        async with self._database.transaction() as tx:
            # The endpoint is the key by which a repetition is the same one: no other is needed for
            # that, and the client's only tells it from another body.
            await was_done(tx, once)
            count = await tx.fetchval(QUERIES["count_subscriptions"], once.user_id)
            made = await tx.fetchval(
                QUERIES["add_subscription"],
                once.user_id,
                new.endpoint,
                new.p256dh,
                new.auth,
                new.device,
                at,
            )
            is_more = await tx.fetchval(QUERIES["count_subscriptions"], once.user_id) > count
            if is_more and count >= MAX_SUBSCRIPTIONS_PER_USER:
                raise TooManySubscriptions(MAX_SUBSCRIPTIONS_PER_USER)
            row = await tx.fetchrow(QUERIES["get_subscription"], made)
        if row is None:
            raise SubscriptionNotFound
        return _subscription(row)

    @override
    async def subscriptions(self, user_id: UserId) -> list[Subscription]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["subscriptions_of"], user_id)
        return [_subscription(row) for row in rows]

    @override
    async def find_subscription(self, subscription_id: int) -> Subscription | None:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["get_subscription"], subscription_id)
        return None if row is None else _subscription(row)

    @override
    async def remove_subscription(self, subscription_id: int, *, once: Once | None = None) -> bool:
        owner = None if once is None else once.user_id
        async with self._database.transaction() as tx:
            if once is not None and await was_done(tx, once):
                return True
            removed = await tx.fetchval(QUERIES["remove_subscription"], subscription_id, owner)
            if removed is None and once is not None:
                raise SubscriptionNotFound  # and the key stays free
        return removed is not None

    @override
    async def push_key(self) -> bytes:
        async with self._database.transaction() as tx:
            sealed = await tx.fetchval(QUERIES["get_key"])
            if sealed is None:
                made = self._master.seal(VapidKey.generate(), place=KEY_PLACE)
                await tx.execute(QUERIES["add_key"], made)
                sealed = await tx.fetchval(QUERIES["get_key"])
        return self._master.unseal(sealed, place=KEY_PLACE)

    @override
    async def order_digests(
        self, new_token: Callable[[], tuple[str, bytes]], *, at: datetime
    ) -> int:
        async with self._database.connection() as connection:
            due = await connection.fetch(QUERIES["due_digests"], at)
        ordered = 0
        for row in due:
            ordered += await self._order_digest(row["user_id"], *new_token(), at=at)
        if ordered:
            self._jobs.wake()
        return ordered

    async def _order_digest(
        self, user_id: UserId, token: str, token_hash: bytes, *, at: datetime
    ) -> bool:
        async with self._database.transaction() as tx:
            if not await tx.fetchval(QUERIES["take_digest"], user_id, token_hash, at):
                return False
            rows = await tx.fetch(QUERIES["take_for_digest"], user_id, at)
            order = DigestOrder(user_id, [row["id"] for row in rows], token)
            await self._jobs.put(tx, NewJob(kind=DIGEST_JOB, payload=order))
        return bool(rows)

    @override
    async def unsubscribe(self, token_hash: bytes) -> bool:
        async with self._database.connection() as connection:
            return await connection.fetchval(QUERIES["unsubscribe"], token_hash) is not None


def _subscription(row: Record) -> Subscription:
    return Subscription(
        id=row["id"],
        user_id=row["user_id"],
        endpoint=row["endpoint"],
        p256dh=row["p256dh"],
        auth=row["auth"],
        device=row["device"],
        created_at=row["created_at"],
    )
