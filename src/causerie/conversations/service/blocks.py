"""Whom a user wants nothing from: no direct messages, no direct chat, no invitation."""

from __future__ import annotations

from collections.abc import Sequence

from causerie.conversations.errors import NotAllowed, TooManyBlocks
from causerie.conversations.events import RoleGiven
from causerie.conversations.model import Block, Intent, Kind, MemberRole, require_user_id
from causerie.conversations.ports import Store, Writes
from causerie.conversations.service import steps
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import ConversationId, Principal, UserId

MAX_BLOCKS_PER_USER = 1000  # One list in one answer, some 200 KB.


class BlockService:
    """Blocks hold from their commit on: in a direct chat the blocked may only read.

    In rooms their messages still come; clients hide them by the list.
    """

    def __init__(
        self, store: Store, completion: Completion, *, max_blocks: int = MAX_BLOCKS_PER_USER
    ) -> None:
        self._store = store
        self._completion = completion
        self._max_blocks = max_blocks

    async def list(self, who: Principal) -> Sequence[Block]:
        """Whom the user has blocked, the latest first."""
        return await self._store.blocks(who.user_id)

    async def block(self, who: Principal, user_id: int, *, key: str | None = None) -> None:
        """Block a user; again, nothing happens. Raises ``NotFound``, ``TooManyBlocks``."""
        await self._set(who, user_id, key=key, is_blocked=True)

    async def unblock(self, who: Principal, user_id: int, *, key: str | None = None) -> None:
        """Take a block back; where there is none, nothing happens. Raises ``NotFound``."""
        await self._set(who, user_id, key=key, is_blocked=False)

    async def _set(
        self, who: Principal, user_id: int, *, key: str | None, is_blocked: bool
    ) -> None:
        other = require_user_id(user_id, field="user_id")
        if other == who.user_id:
            raise Invalid("user_id", "Must be another user")
        operation = "block_user" if is_blocked else "unblock_user"
        intent = Intent(who.user_id, key, operation, (other,))
        await self._completion.run(self._write(intent, other, is_blocked=is_blocked))

    async def _write(self, intent: Intent, other: UserId, *, is_blocked: bool) -> None:
        async with self._store.transaction() as tx:
            if await tx.claim(intent) is not None:
                return
            await steps.require_exist(tx, [other])
            if is_blocked and not await tx.may_block(intent.actor, limit=self._max_blocks):
                raise TooManyBlocks(self._max_blocks)
            chat = await tx.set_block(intent.actor, other, is_blocked=is_blocked)
            if chat is not None:
                role = MemberRole.READ_ONLY if is_blocked else MemberRole.MEMBER
                tx.tell(RoleGiven(chat, Kind.DIRECT, other, role))
            await tx.settle(intent, ConversationId(other))


async def require_welcome(tx: Writes, who: UserId, others: Sequence[UserId]) -> None:
    """Raise ``NotAllowed`` where one of the others has blocked the user."""
    if others and await tx.blockers(who, others):
        raise NotAllowed("You may not do this with one of these users")
