"""What webhooks need: what happened, who may manage what, and somebody who posts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.webhooks.model import (
    Delivery,
    Endpoint,
    Fact,
    Incoming,
    Outcome,
    Place,
    Posted,
    Status,
    SwitchedOff,
)


class Position(msgspec.Struct, frozen=True):
    """How far a conversation has come, at one moment."""

    conversation_id: ConversationId
    seq: int
    rev: int
    is_room: bool


class Feed(Protocol):
    """What happened, read from what was committed. All methods raise ``Unavailable``."""

    async def positions(self, ids: Sequence[ConversationId]) -> list[Position]:
        """Those of the conversations that exist."""
        ...

    async def rooms(self, *, after: int, limit: int) -> list[Position]:
        """All rooms, in the order of their ids, those after one."""
        ...

    async def changes(
        self, conversation_id: ConversationId, *, after: int, upto: int, limit: int
    ) -> Sequence[tuple[int, Fact | None]]:
        """What changed with ``after < rev <= upto``, in order; None: it is not told of."""
        ...

    async def message(self, conversation_id: ConversationId, seq: int) -> Fact | None:
        """A message as it is now; None: there is none."""
        ...


class Access(Protocol):
    """Who may manage the webhooks of a conversation."""

    async def require_manager(self, who: Principal, conversation: str) -> Place:
        """Give a room of which the user is owner or admin. Raises ``NotFound``, ``Forbidden``."""
        ...


class Speaker(Protocol):
    """Makes those who say what comes in, and says it."""

    async def make(self, who: Principal, name: str, place: Place) -> UserId:
        """Make a bot of this name, and a member, for who may speak themselves.

        Raises ``Conflict``, ``Forbidden``, ``Invalid``.
        """
        ...

    async def remove(self, who: Principal, bot: UserId, place: Place) -> None:
        """Take it out of the conversation."""
        ...

    async def post(
        self, bot: UserId, name: str, place: Place, *, content: str, key: str | None
    ) -> Posted:
        """Say it, once per key. Raises whatever a send raises."""
        ...


class Answer(Protocol):
    """What an endpoint answered."""

    @property
    def status(self) -> int:
        """Of HTTP."""
        ...

    @property
    def retry_after_seconds(self) -> float | None:
        """For how long it wants to be left alone."""
        ...

    @property
    def body(self) -> bytes:
        """The first of it."""
        ...


class Sender(Protocol):
    """Posts to addresses that users named."""

    def require_lawful(self, url: str) -> None:
        """Raise ``ForbiddenAddress`` where it can be seen that nothing will ever be sent there."""
        ...

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        max_bytes: int,
        timeout_seconds: float,
    ) -> Answer:
        """Send. Raises ``CannotFetch``; ``ForbiddenAddress`` is one."""
        ...


class Notices(Protocol):
    """Tells people what they should know."""

    async def switched_off(self, what: SwitchedOff) -> None:
        """Tell who made an endpoint that it is off; may come twice."""
        ...


# --- the tables: every method may raise ``Unavailable`` --------------------------------------------


class Once(msgspec.Struct, frozen=True):
    """A write as a user asked for it; with ``key`` it happens once, for the same ``body``."""

    user_id: UserId
    key: str | None
    operation: str
    body: tuple[object, ...]


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that is not stored yet."""

    place: Place | None
    url: str
    kinds: tuple[str, ...] | None
    description: str
    secret: str


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of an endpoint; None leaves a field as it is, ``sets_kinds`` tells for kinds."""

    url: str | None = None
    sets_kinds: bool = False
    kinds: tuple[str, ...] | None = None
    description: str | None = None
    enabled: bool | None = None


# Where the rooms are, or the one room is, page by page.
Beginning = Callable[[Place | None], AsyncIterator[list[Position]]]


class Endpoints(Protocol):
    """Where events go."""

    async def add(self, new: NewEndpoint, once: Once, begin: Beginning, *, at: datetime) -> int:
        """Store one, which is told from now on; gives its id. Raises ``TooManyWebhooks``."""
        ...

    async def find(self, endpoint_id: int) -> Endpoint | None:
        """One by its id."""
        ...

    async def list(self, place: Place | None, *, everywhere: bool) -> list[Endpoint]:
        """Those of a conversation; without one those of all rooms, or ``everywhere`` every one."""
        ...

    async def wanted(self) -> frozenset[ConversationId | None]:
        """Which conversations anybody hears of; None: all rooms."""
        ...

    async def update(
        self, endpoint: Endpoint, changes: Changes, once: Once, begin: Beginning, *, at: datetime
    ) -> None:
        """Change one; where it is switched on again, it is told from now on."""
        ...

    async def rotate(self, endpoint: Endpoint, secret: str, once: Once, *, at: datetime) -> None:
        """Sign with another secret, and for a while with the one before as well."""
        ...

    async def remove(self, endpoint: Endpoint | None, once: Once) -> None:
        """Forget one and its deliveries. None: raises ``WebhookNotFound``, but for a replay."""
        ...

    async def succeeded(self, endpoint_id: int) -> None:
        """Take note that it answered well."""
        ...

    async def failed(self, endpoint_id: int, *, at: datetime) -> datetime | None:
        """Take note that it did not; gives since when. None: it is off."""
        ...

    async def switch_off(self, endpoint_id: int, reason: str, *, at: datetime) -> None:
        """Ask it no more, and have its maker told, once."""
        ...


class Listener(msgspec.Struct, frozen=True):
    """Who wants to hear of a conversation, and of what; None: of all."""

    endpoint_id: int
    kinds: frozenset[str] | None

    def wants(self, kind: str) -> bool:
        """Say whether it wants to hear of this."""
        return self.kinds is None or kind in self.kinds


class NewDelivery(msgspec.Struct, frozen=True):
    """One event for one endpoint."""

    endpoint_id: int
    kind: str
    seq: int | None = None
    rev: int | None = None


class Turn(Protocol):
    """A conversation whose events are turned into deliveries here, and on no other node."""

    seq: int
    rev: int
    listeners: Sequence[Listener]

    async def move(self, new: Sequence[NewDelivery], *, seq: int, rev: int, at: datetime) -> None:
        """Store deliveries and what they came from, in the one transaction."""
        ...


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries: what fits all that is given; ``since`` and ``until`` are of their making."""

    delivery_id: int | None = None
    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None


class Deliveries(Protocol):
    """What is on its way."""

    async def behind(self, positions: Sequence[Position]) -> list[ConversationId]:
        """Those of the conversations that have moved on since they were looked at."""
        ...

    def turn(
        self, conversation_id: ConversationId, *, is_room: bool
    ) -> AbstractAsyncContextManager[Turn | None]:
        """Take a conversation's turn; None: another node has it, or nobody listens."""
        ...

    async def add_one(self, new: NewDelivery, once: Once, *, at: datetime) -> Delivery:
        """Send one by hand."""
        ...

    async def find(self, delivery_id: int) -> Delivery | None:
        """One by its id."""
        ...

    async def list(
        self, endpoint_id: int, *, before: int | None, status: Status | None, limit: int
    ) -> list[Delivery]:
        """Those of an endpoint, the newest first; ``before`` is an id, exclusive."""
        ...

    async def note(
        self, delivery_id: int, outcome: Outcome, *, at: datetime, is_tried: bool = True
    ) -> None:
        """Keep how an attempt went."""
        ...

    async def bury(self, delivery_id: int, reason: str) -> None:
        """Keep that there will be no other."""
        ...

    async def replay(self, endpoint_id: int, which: Range, once: Once) -> int:
        """Have done again what is not waiting; gives how many, ``MAX_REPLAYED`` at most."""
        ...

    async def forget(self, before: datetime) -> None:
        """Remove those that are over and older."""
        ...


class IncomingHooks(Protocol):
    """The secret addresses."""

    async def find_made(self, once: Once) -> int | None:
        """Give the id of what this write made before."""
        ...

    async def add(
        self, place: Place, bot: UserId, name: str, token: str, once: Once, *, at: datetime
    ) -> int:
        """Store one; gives its id."""
        ...

    async def find(self, hook_id: int) -> Incoming | None:
        """One by its id, revoked or not."""
        ...

    async def find_by_token(self, token: str) -> Incoming | None:
        """One that is good, by what stands in its address."""
        ...

    async def list(self, conversation_id: ConversationId) -> list[Incoming]:
        """Those of a conversation that are good."""
        ...

    async def count(self, conversation_id: ConversationId) -> int:
        """How many those are."""
        ...

    async def used(self, hook_id: int, *, at: datetime) -> None:
        """Take note that somebody posted."""
        ...

    async def revoke(self, hook_id: int, once: Once, *, at: datetime) -> None:
        """Void one, for good."""
        ...
