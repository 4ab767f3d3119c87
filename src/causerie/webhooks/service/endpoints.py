"""Endpoints by hand: made, changed, looked at, and told again what they missed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.errors import Forbidden, Invalid, NotFound
from causerie.foundation.identity import Principal
from causerie.foundation.outbound import ForbiddenAddress
from causerie.webhooks.errors import DeliveryNotFound, MayNotHearAll, WebhookNotFound, WebhooksOff
from causerie.webhooks.model import (
    MANAGE_WEBHOOKS,
    PING,
    Delivery,
    Endpoint,
    Place,
    Status,
    new_secret,
    require_description,
    require_kinds,
)
from causerie.webhooks.ports import (
    Access,
    Changes,
    Deliveries,
    Endpoints,
    Feed,
    NewDelivery,
    NewEndpoint,
    Once,
    Position,
    Range,
    Sender,
)

log = structlog.get_logger()

ROOMS_PER_PAGE = 5000  # Some milliseconds of the database.


class EndpointDesk:
    """What managers of rooms, and who manages webhooks, do about endpoints."""

    def __init__(  # noqa: PLR0913 - its parts, each by name
        self,
        endpoints: Endpoints,
        deliveries: Deliveries,
        *,
        access: Access,
        feed: Feed,
        sender: Sender,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        on_change: Callable[[], None],
        is_on: bool,
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._access = access
        self._feed = feed
        self._sender = sender
        self._clock = clock
        self._random_bytes = random_bytes
        self._on_change = on_change
        self._is_on = is_on

    async def create(
        self,
        who: Principal,
        *,
        conversation: str | None,
        url: str,
        kinds: Sequence[str] | None,
        description: str,
        key: str | None,
    ) -> Endpoint:
        """Make one, which hears what happens from now on. Raises ``TooManyWebhooks``."""
        self._require_on()
        place = await self._place(who, conversation)
        self._require_lawful(url)
        new = NewEndpoint(
            place=place,
            url=url,
            kinds=require_kinds(kinds),
            description=require_description(description),
            secret=new_secret(self._random_bytes),
        )
        body = (conversation, url, new.kinds, description)
        once = Once(who.user_id, key, "create_webhook", body)
        made = await self._endpoints.add(new, once, self._begin, at=self._clock.now())
        self._on_change()
        log.info("webhook_made", endpoint=made, by=who.user_id)
        return await self._get(made)

    async def endpoints_of(self, who: Principal, conversation: str | None) -> list[Endpoint]:
        """Those of a room; without one all there are, for who manages webhooks."""
        self._require_on()
        place = await self._place(who, conversation)
        return await self._endpoints.list(place, everywhere=place is None)

    async def get(self, who: Principal, endpoint_id: int) -> Endpoint:
        """One that the user manages. Raises ``WebhookNotFound``."""
        self._require_on()
        endpoint = await self._get(endpoint_id)
        if who.may(MANAGE_WEBHOOKS):
            return endpoint
        if endpoint.place is None:
            raise WebhookNotFound
        try:
            await self._access.require_manager(who, endpoint.place.name)
        except (NotFound, Forbidden):
            raise WebhookNotFound from None
        return endpoint

    async def update(
        self, who: Principal, endpoint_id: int, changes: Changes, *, key: str | None
    ) -> Endpoint:
        """Change one. Switched on again it hears of what happens from now on."""
        endpoint = await self.get(who, endpoint_id)
        if changes.url is not None:
            self._require_lawful(changes.url)
        require_kinds(changes.kinds)
        require_description(changes.description or "")
        once = Once(who.user_id, key, "update_webhook", (endpoint_id, changes))
        await self._endpoints.update(endpoint, changes, once, self._begin, at=self._clock.now())
        self._on_change()
        return await self._get(endpoint_id)

    async def rotate(self, who: Principal, endpoint_id: int, *, key: str | None) -> Endpoint:
        """Give one another secret; for a day both sign."""
        endpoint = await self.get(who, endpoint_id)
        once = Once(who.user_id, key, "rotate_webhook", (endpoint_id,))
        secret = new_secret(self._random_bytes)
        await self._endpoints.rotate(endpoint, secret, once, at=self._clock.now())
        log.info("webhook_secret_rotated", endpoint=endpoint_id, by=who.user_id)
        return await self._get(endpoint_id)

    async def remove(self, who: Principal, endpoint_id: int, *, key: str | None) -> None:
        """Remove one with its log. Raises ``WebhookNotFound``, but not to a replay."""
        try:
            endpoint = await self.get(who, endpoint_id)
        except WebhookNotFound:
            endpoint = None
        once = Once(who.user_id, key, "remove_webhook", (endpoint_id,))
        await self._endpoints.remove(endpoint, once)
        self._on_change()
        log.info("webhook_removed", endpoint=endpoint_id, by=who.user_id)

    async def ping(self, who: Principal, endpoint_id: int, *, key: str | None) -> Delivery:
        """Send it a ``ping``, to see whether it answers."""
        endpoint = await self.get(who, endpoint_id)
        once = Once(who.user_id, key, "ping_webhook", (endpoint_id,))
        new = NewDelivery(endpoint.id, PING)
        return await self._deliveries.add_one(new, once, at=self._clock.now())

    async def deliveries(
        self,
        who: Principal,
        endpoint_id: int,
        *,
        before: int | None,
        status: Status | None,
        limit: int,
    ) -> list[Delivery]:
        """What was sent to it, the newest first, and how that went."""
        endpoint = await self.get(who, endpoint_id)
        return await self._deliveries.list(endpoint.id, before=before, status=status, limit=limit)

    async def replay_one(
        self, who: Principal, endpoint_id: int, delivery_id: int, *, key: str | None
    ) -> Delivery:
        """Send one again. Raises ``DeliveryNotFound``."""
        endpoint = await self.get(who, endpoint_id)
        found = await self._deliveries.find(delivery_id)
        if found is None or found.endpoint_id != endpoint.id:
            raise DeliveryNotFound
        once = Once(who.user_id, key, "replay_delivery", (endpoint_id, delivery_id))
        await self._deliveries.replay(endpoint.id, Range(delivery_id=delivery_id), once)
        return await self._deliveries.find(delivery_id) or found

    async def replay(
        self, who: Principal, endpoint_id: int, which: Range, *, key: str | None
    ) -> int:
        """Send a range again; says how many, ``MAX_REPLAYED`` at most."""
        endpoint = await self.get(who, endpoint_id)
        body = (endpoint_id, which.status, str(which.since), str(which.until))
        once = Once(who.user_id, key, "replay_deliveries", body)
        return await self._deliveries.replay(endpoint.id, which, once)

    async def _get(self, endpoint_id: int) -> Endpoint:
        found = await self._endpoints.find(endpoint_id)
        if found is None:
            raise WebhookNotFound
        return found

    async def _place(self, who: Principal, conversation: str | None) -> Place | None:
        if conversation is not None:
            return await self._access.require_manager(who, conversation)
        if not who.may(MANAGE_WEBHOOKS):
            raise MayNotHearAll
        return None

    async def _begin(self, place: Place | None) -> AsyncIterator[list[Position]]:
        if place is not None:
            yield await self._feed.positions([place.id])
            return
        async for page in all_rooms(self._feed):
            yield page

    def _require_lawful(self, url: str) -> None:
        try:
            self._sender.require_lawful(url)
        except ForbiddenAddress as error:
            raise Invalid("url", str(error)) from error

    def _require_on(self) -> None:
        if not self._is_on:
            raise WebhooksOff


async def all_rooms(feed: Feed) -> AsyncIterator[list[Position]]:
    """Go through all rooms, page by page."""
    after = 0
    while page := await feed.rooms(after=after, limit=ROOMS_PER_PAGE):
        yield page
        after = page[-1].conversation_id
