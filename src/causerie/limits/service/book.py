"""All limits of this process, and what admins make of them at run time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import cast

import msgspec
import structlog

from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, Trust, UserId
from causerie.limits.errors import UnknownLimit
from causerie.limits.events import LimitChanged
from causerie.limits.model import (
    BLOCKABLE,
    GUARDS,
    SCOPES,
    Action,
    Rule,
    RuleChange,
    Scope,
    require_change,
)
from causerie.limits.ports import RuleStore
from causerie.limits.service.blocks import BlockService
from causerie.limits.service.limiter import NOBODY, Limiter
from causerie.limits.service.sharing import Sharing
from causerie.limits.service.trust import TrustBook

log = structlog.get_logger()


class LimitView(msgspec.Struct, frozen=True):
    """One limit as an admin sees it; ``keys`` is how many are counted in this process now."""

    action: Action
    scope: Scope
    rule: Rule
    default: Rule
    keys: int


class LimitBook:
    """The limiters, by action. Rules are the defaults, with what the table says on top."""

    def __init__(
        self,
        defaults: Mapping[Action, Rule],
        *,
        clock: Clock,
        trust: TrustBook,
        blocked: Mapping[Hashable, float] = NOBODY,
        on_refused: Callable[[str, Hashable, bool], None],
        sharing: Sharing | None = None,
    ) -> None:
        self._defaults = defaults
        self._limiters: dict[Action, Limiter[Hashable]] = {
            action: Limiter(
                action,
                defaults[action],
                clock=clock,
                levels=(
                    cast("Mapping[Hashable, Trust]", trust.levels)
                    if SCOPES[action] is Scope.USER
                    else None
                ),
                blocked=blocked if action in BLOCKABLE else NOBODY,
                on_refused=on_refused,
                sharing=sharing,
            )
            for action in Action
        }

    def of_users(self, action: Action) -> Limiter[UserId]:
        """A limit by user. Raises ``ValueError`` for one that counts something else."""
        return cast("Limiter[UserId]", self._scoped(action, Scope.USER))

    def of_addresses(self, action: Action) -> Limiter[str]:
        """A limit by what ``network_of`` makes of an address. Raises ``ValueError`` likewise."""
        return cast("Limiter[str]", self._scoped(action, Scope.ADDRESS))

    def of_api_keys(self, action: Action) -> Limiter[str]:
        """A limit by the id of an API key. Raises ``ValueError`` likewise."""
        return cast("Limiter[str]", self._scoped(action, Scope.API_KEY))

    def of_rooms(self, action: Action) -> Limiter[ConversationId]:
        """A limit by room. Raises ``ValueError`` likewise."""
        return cast("Limiter[ConversationId]", self._scoped(action, Scope.ROOM))

    def views(self) -> list[LimitView]:
        """All limits, in the order of the catalogue."""
        return [self.view(action) for action in Action]

    def view(self, action: Action) -> LimitView:
        """One of them."""
        limiter = self._limiters[action]
        return LimitView(action, SCOPES[action], limiter.rule, self._defaults[action], len(limiter))

    def apply(self, changes: Mapping[Action, RuleChange]) -> None:
        """Let the rules be the defaults with these changes, from now on."""
        for action in Action:
            self.put(action, changes.get(action, RuleChange()))

    def put(self, action: Action, change: RuleChange) -> None:
        """Let one rule be its default with this change, from now on."""
        limiter = self._limiters[action]
        rule = change.over(self._defaults[action])
        if rule != limiter.rule:
            limiter.change(rule)
            log.info("limit_in_force", limit=action, amount=rule.amount, burst=rule.burst)

    def tighten(self, tightness: float) -> None:
        """Allow this part of what the rules say, until told otherwise; 1 is all of it.

        Not of what guards a door: fewer logins and sockets in a storm would shut out its victims.
        """
        for action, limiter in self._limiters.items():
            if action not in GUARDS:
                limiter.tighten(tightness)

    def remove_idle(self) -> int:
        """Forget all keys that are as good as new; gives how many."""
        return sum(limiter.remove_idle() for limiter in self._limiters.values())

    def _scoped(self, action: Action, scope: Scope) -> Limiter[Hashable]:
        if SCOPES[action] is not scope:
            raise ValueError(f"{action} is counted by {SCOPES[action]}, not by {scope}")
        return self._limiters[action]


class LimitService:
    """What admins can do with limits; one transaction each, in force here when it returns."""

    def __init__(
        self,
        book: LimitBook,
        store: RuleStore,
        blocks: BlockService,
        *,
        events: Events,
        completion: Completion,
    ) -> None:
        self._book = book
        self.blocks = blocks
        self._store = store
        self._events = events
        self._completion = completion
        self._seen = -1

    def limits(self) -> list[LimitView]:
        """All limits as they are in force in this process."""
        return self._book.views()

    async def change(
        self, name: str, change: RuleChange, *, by: UserId | None, key: str | None = None
    ) -> LimitView:
        """Allow something else from now on, here at once and in other processes a second later.

        Raises ``UnknownLimit``, ``Invalid``, ``Conflict`` or ``Unavailable``.
        """
        action = _action(name)
        require_change(change)
        return await self._completion.run(self._change(action, change, by, key))

    async def reset(self, name: str, *, by: UserId | None, key: str | None = None) -> LimitView:
        """Go back to the default. Raises as ``change`` does."""
        return await self._completion.run(self._reset(_action(name), by, key))

    async def refresh(self) -> bool:
        """See what other processes changed; says whether anything was. Raises ``Unavailable``."""
        revision = await self._store.revision()
        if revision == self._seen:
            return False
        self._book.apply(await self._store.changes())
        await self.blocks.load()
        # The one of before the reading: what was committed in between is read once more.
        self._seen = revision
        return True

    async def _change(
        self, action: Action, change: RuleChange, by: UserId | None, key: str | None
    ) -> LimitView:
        kept = await self._store.change(action, change, by=by, key=key)
        if kept is not None:
            self._in_force(action, kept, by)
        return self._book.view(action)

    async def _reset(self, action: Action, by: UserId | None, key: str | None) -> LimitView:
        if await self._store.reset(action, by=by, key=key):
            self._in_force(action, RuleChange(), by)
        return self._book.view(action)

    def _in_force(self, action: Action, change: RuleChange, by: UserId | None) -> None:
        before = self._book.view(action).rule
        self._book.put(action, change)
        after = self._book.view(action).rule
        log.warning("limit_changed", limit=action, amount=after.amount, by=by)
        self._events.announce([LimitChanged(action, before, after, by)])


def _action(name: str) -> Action:
    try:
        return Action(name)
    except ValueError:
        raise UnknownLimit from None
