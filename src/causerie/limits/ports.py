"""What limits need: where counts and changes are kept, and where nodes settle up."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from causerie.foundation.identity import UserId
from causerie.limits.model import (
    Action,
    Aim,
    Block,
    BucketShare,
    Offence,
    Plan,
    RuleChange,
    Slots,
    Standing,
    Subject,
    WindowShare,
)

K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)


class Counts(Protocol[K_contra]):
    """Counts by key, under whatever plan the key has at that moment.

    Within one process these are calls of a microsecond on the event loop's thread; an exam in
    ``tests/contract/limits`` says what every implementation must hold.
    """

    def __len__(self) -> int: ...

    def take(self, key: K_contra, plan: Plan, now: float, cost: int = 1) -> float | None:
        """Count ``cost``; None where it is allowed, else the seconds until it would be."""
        ...

    def standing(self, key: K_contra, plan: Plan, now: float) -> Standing:
        """Tell how a key stands, without counting anything."""
        ...

    def remove_idle(self, now: float) -> int:
        """Forget the keys that are as good as new; gives how many."""
        ...


class Tallies(Protocol):
    """What all nodes have counted together; may raise ``CacheAway``."""

    async def tally(
        self,
        buckets: Sequence[tuple[str, BucketShare]],
        windows: Sequence[tuple[str, WindowShare]],
    ) -> tuple[list[float], list[Slots]]:
        """Add what was taken here, each under its limit's name, and give what it comes to in all.

        For a bucket that is what it owes, in seconds; for a window its counts. One round trip.
        """
        ...


class RuleStore(Protocol):
    """The table of what admins changed. Every method may raise ``Unavailable``."""

    async def revision(self) -> int:
        """A number that grows with everything that is changed in any process."""
        ...

    async def changes(self) -> Mapping[Action, RuleChange]:
        """What is other than the default now."""
        ...

    async def change(
        self, action: Action, change: RuleChange, *, by: UserId | None, key: str | None
    ) -> RuleChange | None:
        """Put a change over what was changed before; gives both together, as kept now.

        None where the key was used for the same change before. Raises ``Conflict`` where it was
        used for another.
        """
        ...

    async def reset(self, action: Action, *, by: UserId | None, key: str | None) -> bool:
        """Go back to the default; says whether anything was changed. ``key`` as in ``change``."""
        ...


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A guess that was counted, so that it can be given back."""

    at: datetime
    is_known: bool


class GuessStore(Protocol):
    """The tables of guesses and of known places. Every method may raise ``Unavailable``."""

    async def is_known(self, aim: Aim, *, at: datetime) -> bool:
        """Say whether somebody has got into the account from this place."""
        ...

    async def take(self, aim: Aim, *, is_known: bool, at: datetime) -> Taken | float:
        """Count a guess, or give the seconds until one may be made; however many try at once."""
        ...

    async def give_back(self, aim: Aim, taken: Taken) -> None:
        """Uncount a guess."""
        ...

    async def remember(self, aim: Aim, *, at: datetime) -> None:
        """Know the place of the aim; the account's oldest goes where there are too many."""
        ...

    async def remove_old(self, *, at: datetime) -> int:
        """Remove what is past, some thousands of rows at most; gives how many went."""
        ...


class BlockStore(Protocol):
    """The table of blocks. Every method may raise ``Unavailable``."""

    async def punish(self, offence: Offence, *, at: datetime) -> tuple[Block, bool]:
        """Block the next step of the ladder, or give what is in force; says whether it is new."""
        ...

    async def place(
        self,
        subject: Subject,
        *,
        reason: str,
        by: UserId | None,
        at: datetime,
        until: datetime,
        key: str | None,
    ) -> tuple[Block, bool]:
        """Block by hand, once under a key; says whether it is new. Raises ``Conflict``."""
        ...

    async def lift(
        self, block_id: int, *, by: UserId | None, at: datetime, key: str | None
    ) -> tuple[Block, bool] | None:
        """End a block; says whether it was not lifted before. None: there is no such block."""
        ...

    async def list(
        self, *, active: bool, before: int | None, limit: int, at: datetime
    ) -> list[Block]:
        """The newest first, with an id below ``before``."""
        ...
