"""Webhooks over HTTP: endpoints and secret addresses for who manages a room, and the way in."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from causerie.foundation.paging import require_bound, require_limit
from causerie.gateway.http import (
    WEBHOOK,
    Acting,
    BeforeId,
    IdempotencyKey,
    at_most,
    by_scope,
    positive_id,
)
from causerie.gateway.scopes import LOOKING_AFTER_ROOMS
from causerie.webhooks.model import MANAGE_WEBHOOKS, Status
from causerie.webhooks.service import EndpointDesk, IncomingDesk
from causerie.webhooks.wire import (
    PatchEndpoint,
    PostEndpoint,
    PostHook,
    PostIncoming,
    PostReplay,
    WireDeliveries,
    WireDelivery,
    WireEndpoint,
    WireEndpoints,
    WireIncoming,
    WireIncomings,
    WirePosted,
    WireReplayed,
    delivery_out,
    endpoint_out,
    incoming_out,
)

BY_MANAGERS = by_scope(MANAGE_WEBHOOKS, *LOOKING_AFTER_ROOMS)
DEFAULT_PAGE = 50
MAX_PAGE = 1000

Room = Annotated[
    str | None, QueryParameter(description="Of this room; without one, all (webhooks.manage).")
]
PageLimit = Annotated[int, at_most(MAX_PAGE)]
WithStatus = Annotated[Status | None, QueryParameter(description="Only those of this status.")]


def webhook_routes(endpoints: EndpointDesk, incoming: IncomingDesk) -> list[type[Controller]]:
    """The controllers for these services; Litestar makes the instances."""
    return [
        type("Endpoints", (EndpointController,), {"desk": endpoints}),
        type("IncomingWebhooks", (IncomingController,), {"desk": incoming}),
        type("Hooks", (HookController,), {"desk": incoming}),
    ]


class EndpointController(Controller):
    """Where events go: of a room for its owners and admins, of all for ``webhooks.manage``."""

    path = "/api/v2/webhook-endpoints"
    opt = BY_MANAGERS
    tags = ("webhooks",)

    desk: EndpointDesk

    @get()
    async def list_endpoints(
        self, principal: Acting, conversation_id: Room = None
    ) -> WireEndpoints:
        """List endpoints."""
        found = await self.desk.endpoints_of(principal, conversation_id)
        return WireEndpoints([endpoint_out(endpoint) for endpoint in found])

    @post()
    async def create_endpoint(
        self, principal: Acting, data: JSONBody[PostEndpoint], idempotency_key: IdempotencyKey
    ) -> WireEndpoint:
        """Make an endpoint; it hears of what happens from now on, signed with ``secret``."""
        made = await self.desk.create(
            principal,
            conversation=data.conversation_id,
            url=data.url,
            kinds=data.kinds,
            description=data.description,
            key=idempotency_key,
        )
        return endpoint_out(made)

    @get("/{webhook_id:str}")
    async def show_endpoint(self, principal: Acting, webhook_id: FromPath[str]) -> WireEndpoint:
        """Show an endpoint, and whether it is well."""
        return endpoint_out(await self.desk.get(principal, _id(webhook_id)))

    @patch("/{webhook_id:str}")
    async def change_endpoint(
        self,
        principal: Acting,
        webhook_id: FromPath[str],
        data: JSONBody[PatchEndpoint],
        idempotency_key: IdempotencyKey,
    ) -> WireEndpoint:
        """Change an endpoint, or switch it on or off."""
        changed = await self.desk.update(
            principal, _id(webhook_id), data.changes(), key=idempotency_key
        )
        return endpoint_out(changed)

    @delete("/{webhook_id:str}")
    async def remove_endpoint(
        self, principal: Acting, webhook_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Remove an endpoint and its log."""
        await self.desk.remove(principal, _id(webhook_id), key=idempotency_key)

    @post("/{webhook_id:str}/secret", status_code=200)
    async def rotate_secret(
        self, principal: Acting, webhook_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> WireEndpoint:
        """Sign with a new secret; for 24 hours with the old one as well."""
        return endpoint_out(await self.desk.rotate(principal, _id(webhook_id), key=idempotency_key))

    @post("/{webhook_id:str}/ping")
    async def ping_endpoint(
        self, principal: Acting, webhook_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> WireDelivery:
        """Send a ``ping``; what became of it stands among the deliveries."""
        return delivery_out(await self.desk.ping(principal, _id(webhook_id), key=idempotency_key))

    @get("/{webhook_id:str}/deliveries")
    async def list_deliveries(
        self,
        principal: Acting,
        webhook_id: FromPath[str],
        status: WithStatus = None,
        before: BeforeId = None,
        limit: PageLimit = DEFAULT_PAGE,
    ) -> WireDeliveries:
        """List what was sent in the last 30 days, the newest first; ``dead``: what was given up."""
        require_limit(limit, MAX_PAGE)
        require_bound("before", before)
        found = await self.desk.deliveries(
            principal, _id(webhook_id), before=before, status=status, limit=limit
        )
        return WireDeliveries([delivery_out(delivery) for delivery in found])

    @post("/{webhook_id:str}/deliveries/{delivery_id:str}/replay", status_code=200)
    async def replay_delivery(
        self,
        principal: Acting,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        idempotency_key: IdempotencyKey,
    ) -> WireDelivery:
        """Send one delivery again, under the same id."""
        number = positive_id(delivery_id, resource="delivery")
        return delivery_out(
            await self.desk.replay_one(principal, _id(webhook_id), number, key=idempotency_key)
        )

    @post("/{webhook_id:str}/replay", status_code=200)
    async def replay_deliveries(
        self,
        principal: Acting,
        webhook_id: FromPath[str],
        data: JSONBody[PostReplay],
        idempotency_key: IdempotencyKey,
    ) -> WireReplayed:
        """Send a range of deliveries again, 10,000 at most; those given up where nothing is said."""
        count = await self.desk.replay(
            principal, _id(webhook_id), data.range(), key=idempotency_key
        )
        return WireReplayed(count)


class IncomingController(Controller):
    """Secret addresses, for owners and admins of the room."""

    path = "/api/v2/incoming-webhooks"
    opt = BY_MANAGERS
    tags = ("webhooks",)

    desk: IncomingDesk

    @get()
    async def list_incoming(
        self, principal: Acting, conversation_id: FromQuery[str]
    ) -> WireIncomings:
        """List the secret addresses of a room."""
        found = await self.desk.list(principal, conversation_id)
        return WireIncomings([incoming_out(hook) for hook in found])

    @post()
    async def create_incoming(
        self, principal: Acting, data: JSONBody[PostIncoming], idempotency_key: IdempotencyKey
    ) -> WireIncoming:
        """Make a secret address; a bot of this name joins the room and says what is posted there."""
        made = await self.desk.create(
            principal, conversation=data.conversation_id, name=data.name, key=idempotency_key
        )
        return incoming_out(made)

    @delete("/{webhook_id:str}")
    async def revoke_incoming(
        self, principal: Acting, webhook_id: FromPath[str], idempotency_key: IdempotencyKey
    ) -> None:
        """Void a secret address for good; its bot leaves the room."""
        await self.desk.revoke(principal, _id(webhook_id), key=idempotency_key)


class HookController(Controller):
    """The way in: who knows the address may post."""

    path = "/api/v2/hooks"
    tags = ("webhooks",)

    desk: IncomingDesk

    @post("/{token:str}", opt=WEBHOOK)
    async def post_message(
        self, token: FromPath[str], data: JSONBody[PostHook], idempotency_key: IdempotencyKey
    ) -> WirePosted:
        """Say something in the room of this address; once for one ``Idempotency-Key``."""
        posted = await self.desk.post(token, content=data.words(), key=idempotency_key)
        return WirePosted(posted.message_id, posted.conversation, posted.seq)


def _id(text: str) -> int:
    return positive_id(text, resource="webhook")
