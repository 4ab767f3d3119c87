"""Messages from outside: secret addresses, and what is posted to them."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.errors import Forbidden, NotFound
from causerie.foundation.identity import Principal
from causerie.webhooks.errors import (
    HookNotFound,
    TooManyWebhooks,
    WebhookNotFound,
    WebhooksOff,
)
from causerie.webhooks.model import (
    MAX_INCOMING_PER_CONVERSATION,
    TOKEN_PREFIX,
    Incoming,
    Posted,
    new_token,
)
from causerie.webhooks.ports import Access, IncomingHooks, Once, Speaker

log = structlog.get_logger()


class IncomingDesk:
    """Makes secret addresses for managers of rooms, and says what is posted to them."""

    def __init__(
        self,
        hooks: IncomingHooks,
        *,
        access: Access,
        speaker: Speaker,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        is_on: bool,
    ) -> None:
        self._hooks = hooks
        self._access = access
        self._speaker = speaker
        self._clock = clock
        self._random_bytes = random_bytes
        self._is_on = is_on

    async def create(
        self, who: Principal, *, conversation: str, name: str, key: str | None
    ) -> Incoming:
        """Make one, with a bot of this name. Raises ``Conflict`` where the name is taken."""
        self._require_on()
        place = await self._access.require_manager(who, conversation)
        once = Once(who.user_id, key, "create_incoming_webhook", (conversation, name))
        made = await self._hooks.find_made(once)
        if made is None:
            if await self._hooks.count(place.id) >= MAX_INCOMING_PER_CONVERSATION:
                raise TooManyWebhooks(MAX_INCOMING_PER_CONVERSATION)
            bot = await self._speaker.make(who, name, place)
            token = new_token(self._random_bytes)
            made = await self._hooks.add(place, bot, name, token, once, at=self._clock.now())
            log.info("incoming_webhook_made", hook=made, by=who.user_id)
        return await self._get(made)

    async def list(self, who: Principal, conversation: str) -> list[Incoming]:
        """Those of a room."""
        self._require_on()
        place = await self._access.require_manager(who, conversation)
        return await self._hooks.list(place.id)

    async def revoke(self, who: Principal, hook_id: int, *, key: str | None) -> None:
        """Void one; its bot leaves the room, what it said stays."""
        self._require_on()
        hook = await self._get(hook_id)
        try:
            await self._access.require_manager(who, hook.place.name)
        except (NotFound, Forbidden):
            raise WebhookNotFound from None
        once = Once(who.user_id, key, "revoke_incoming_webhook", (hook_id,))
        await self._hooks.revoke(hook_id, once, at=self._clock.now())
        await self._speaker.remove(who, hook.user_id, hook.place)
        log.info("incoming_webhook_revoked", hook=hook_id, by=who.user_id)

    async def post(self, token: str, *, content: str, key: str | None) -> Posted:
        """Say it, once per key. Raises ``HookNotFound`` and whatever a send raises."""
        self._require_on()
        hook = None
        if token.startswith(TOKEN_PREFIX):
            hook = await self._hooks.find_by_token(token)
        if hook is None:
            raise HookNotFound
        posted = await self._speaker.post(
            hook.user_id, hook.name, hook.place, content=content, key=key
        )
        await self._hooks.used(hook.id, at=self._clock.now())
        return posted

    async def _get(self, hook_id: int) -> Incoming:
        found = await self._hooks.find(hook_id)
        if found is None:
            raise WebhookNotFound
        return found

    def _require_on(self) -> None:
        if not self._is_on:
            raise WebhooksOff
