"""Who is there, and what of it others may see: values, and the rule that makes one of many."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId


class Status(StrEnum):
    """What somebody is, or chose to be. ``INVISIBLE`` is known to the person alone."""

    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"
    INVISIBLE = "invisible"
    OFFLINE = "offline"


# What one chose lasts over reconnects and restarts; away lasts until the last device is gone.
LASTING = frozenset({Status.BUSY, Status.INVISIBLE})
PRESENT = frozenset({Status.ONLINE, Status.AWAY, Status.BUSY})


class Choice(msgspec.Struct, frozen=True, gc=False):
    """What a person chose; ``ONLINE`` is no choice. ``number`` grows with each, the newest holds."""

    status: Status = Status.ONLINE
    number: int = 0


NO_CHOICE = Choice()


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How a person's devices at one node stand; ``active_at`` is in Unix seconds."""

    is_idle: bool
    active_at: float


class Person(msgspec.Struct, frozen=True, gc=False):
    """A person over all nodes; ``standing`` is None where no device of theirs is connected."""

    standing: Standing | None = None
    choice: Choice = NO_CHOICE

    @property
    def own(self) -> Status:
        """What the person's own devices are shown."""
        if self.standing is None:
            return Status.OFFLINE
        if self.choice.status is not Status.ONLINE:
            return self.choice.status
        return Status.AWAY if self.standing.is_idle else Status.ONLINE

    @property
    def seen(self) -> Status:
        """What others are shown."""
        return as_seen(self.own)


NOWHERE = Person()


class Presence(msgspec.Struct, frozen=True, gc=False):
    """One person's presence as somebody may see it; times in Unix seconds, None: not known.

    ``at`` is when this was so: of two the later one holds, whichever way they came.
    """

    user_id: UserId
    status: Status
    last_active_at: float | None
    at: float


class Room(msgspec.Struct, frozen=True, gc=False):
    """Who is there of a conversation; ``items`` is empty where it is too large to list."""

    items: list[Presence]
    online: int
    is_listed: bool
    at: float


def as_seen(own: Status) -> Status:
    """What others are shown of what one is: invisible is offline."""
    return own if own in PRESENT else Status.OFFLINE


def merged(standings: Iterable[Standing]) -> Standing | None:
    """Several devices are one person: idle where all are, active when the last one was."""
    all_of_them = list(standings)
    if len(all_of_them) < 2:
        return all_of_them[0] if all_of_them else None
    return Standing(
        all(standing.is_idle for standing in all_of_them),
        max(standing.active_at for standing in all_of_them),
    )


def require_choosable(status: Status) -> Status:
    """Give it back. Raises ``Invalid`` for offline, which one is and does not choose."""
    if status is Status.OFFLINE:
        raise Invalid("status", "Must be online, away, busy or invisible")
    return status
