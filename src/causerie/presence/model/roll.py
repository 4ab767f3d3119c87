"""Who is at this node: who came, acted, idles and left, and what of it is to be told.

Pure: events and moments in, changes out. There is no timer; whoever owns it looks now and then.
Moments are in seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from causerie.foundation.identity import UserId
from causerie.presence.model.presence import Person, Presence, Standing, Status


class Change(msgspec.Struct, frozen=True, gc=False):
    """One whose standing here may be another; ``standing`` is None for who is gone.

    ``topics`` are those that the last device followed, and ``active_at`` (Unix seconds) when it did
    something: both of one who is gone.
    """

    user_id: UserId
    standing: Standing | None
    topics: Sequence[int] = ()
    active_at: float = 0.0

    def presence(self, seen: Status, person: Person, wall: float) -> Presence:
        """What others are shown of it; ``person`` is how they stand over all nodes."""
        standing = person.standing or self.standing
        active_at = self.active_at if standing is None else standing.active_at
        return Presence(self.user_id, seen, active_at, wall)


class _Leaving(msgspec.Struct, gc=False):
    due: float
    topics: Sequence[int]


class Roll:
    """People, not devices: the doors know how many sockets each has.

    Who goes is missed only after ``grace_seconds``, so that a reconnect is no news.
    """

    def __init__(self, *, idle_seconds: float, grace_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._grace_seconds = grace_seconds
        # When each was active. The active stand in that order, so that only those who fall idle
        # are looked at.
        self._active: dict[UserId, float] = {}
        self._idle: dict[UserId, float] = {}
        self._leaving: dict[UserId, _Leaving] = {}  # Who goes first is due first.
        self._changed: dict[UserId, Change | None] = {}

    def __contains__(self, user_id: UserId) -> bool:
        return user_id in self._active or user_id in self._idle

    def __len__(self) -> int:
        return len(self._active) + len(self._idle)

    def came(self, user_id: UserId, now: float) -> None:
        """Take somebody in, or see that they are active."""
        self._leaving.pop(user_id, None)
        self._idle.pop(user_id, None)
        self._active.pop(user_id, None)
        self._active[user_id] = now
        self._changed[user_id] = None

    def acted(self, user_id: UserId, now: float) -> None:
        """See that somebody who is here is active."""
        if user_id in self:
            self.came(user_id, now)

    def left(self, user_id: UserId, topics: Sequence[int], now: float) -> None:
        """See the last device of somebody go."""
        if user_id in self:
            self._leaving[user_id] = _Leaving(now + self._grace_seconds, topics)

    def forget_topic(self, user_id: UserId, topic: int) -> None:
        """See that somebody is out of a conversation: those in it are told no more."""
        leaving = self._leaving.get(user_id)
        if leaving is not None:
            leaving.topics = [t for t in leaving.topics if t != topic]

    def touch(self, user_id: UserId) -> None:
        """Look at somebody again, for another reason than their devices."""
        if user_id in self:
            self._changed[user_id] = None

    def again(self, changes: Iterable[Change]) -> None:
        """Put back what could not be told; what has happened since is newer."""
        for change in changes:
            if change.user_id not in self._changed and change.user_id not in self:
                self._changed[change.user_id] = change
            else:
                self._changed.setdefault(change.user_id, None)

    def standing(self, user_id: UserId, *, now: float, wall: float) -> Standing | None:
        """How somebody's devices here stand; ``wall`` is the Unix time."""
        moment = self._active.get(user_id, self._idle.get(user_id))
        if moment is None:
            return None
        return Standing(user_id in self._idle, wall - (now - moment))

    def take(self, *, now: float, wall: float) -> list[Change]:
        """Give all whose standing may be another since the last time; ``wall`` is the Unix time."""
        self._let_idle(now)
        self._let_go(now, wall)
        changed, self._changed = self._changed, {}
        return [change or self._change(user_id, now, wall) for user_id, change in changed.items()]

    def _change(self, user_id: UserId, now: float, wall: float) -> Change:
        return Change(user_id, self.standing(user_id, now=now, wall=wall))

    def _let_idle(self, now: float) -> None:
        while self._active:
            user_id, moment = next(iter(self._active.items()))
            if now - moment < self._idle_seconds:
                break
            del self._active[user_id]
            self._idle[user_id] = moment
            self._changed[user_id] = None

    def _let_go(self, now: float, wall: float) -> None:
        while self._leaving:
            user_id, leaving = next(iter(self._leaving.items()))
            if now < leaving.due:
                break
            del self._leaving[user_id]
            moment = self._active.pop(user_id, None)
            if moment is None:
                moment = self._idle.pop(user_id)
            self._changed[user_id] = Change(
                user_id, None, topics=leaving.topics, active_at=wall - (now - moment)
            )
