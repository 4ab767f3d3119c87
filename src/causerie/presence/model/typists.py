"""Who types where. Pure: words and moments in, what is to be told out. It ends by itself."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from causerie.conversations import Address
from causerie.foundation.identity import UserId

TYPING_SECONDS = 6.0  # Clients say it again every 3 s or so while somebody types.
MAX_SHOWN = 5  # "Five people are typing": nobody reads more names, and a large room stays quiet.
MAX_PLACES = 4  # In how many conversations one types at a time, on all devices; the oldest ends.

Place = tuple[Address, UserId]


class TypingChange(msgspec.Struct, frozen=True, gc=False):
    """Somebody began to type or ended, as far as it is shown."""

    address: Address
    user_id: UserId
    is_typing: bool


class Typists:
    """At most ``MAX_PLACES`` entries a user, each for ``TYPING_SECONDS``."""

    def __init__(self) -> None:
        self._until: dict[Place, float] = {}  # Each lasts as long: the first ends first.
        self._here: dict[Address, dict[UserId, None]] = {}
        self._places: dict[UserId, list[Address]] = {}
        self._shown: dict[Address, set[UserId]] = {}
        self._changed: dict[Address, None] = {}
        self._on: dict[Place, None] = {}  # who typed on since the last time

    def begin(self, address: Address, user_id: UserId, now: float) -> None:
        """Somebody types, or types on."""
        place = (address, user_id)
        if self._until.pop(place, None) is None:
            places = self._places.setdefault(user_id, [])
            if len(places) >= MAX_PLACES:
                self.end(places[0], user_id)
            self._places.setdefault(user_id, []).append(address)
            self._here.setdefault(address, {})[user_id] = None
            self._changed[address] = None
        else:
            self._on[place] = None
        self._until[place] = now + TYPING_SECONDS

    def take_on(self) -> list[Place]:
        """Give who typed on since the last time: for those who count the seconds elsewhere."""
        on, self._on = self._on, {}
        return [place for place in on if place in self._until]

    def end(self, address: Address, user_id: UserId) -> None:
        """Somebody types no more there, if they did."""
        if self._until.pop((address, user_id), None) is None:
            return
        here = self._here[address]
        del here[user_id]
        if not here:
            del self._here[address]
        places = self._places[user_id]
        places.remove(address)
        if not places:
            del self._places[user_id]
        self._changed[address] = None

    def end_all(self, user_id: UserId) -> None:
        """Somebody types nowhere any more."""
        for address in tuple(self._places.get(user_id, ())):
            self.end(address, user_id)

    def look_again(self, user_id: UserId) -> None:
        """What may be shown of somebody is another."""
        self._changed |= dict.fromkeys(self._places.get(user_id, ()))

    def take(self, now: float, is_shown: Callable[[UserId], bool]) -> list[TypingChange]:
        """Give what is to be told since the last time: those who ended first."""
        while self._until:
            place, until = next(iter(self._until.items()))
            if now < until:
                break
            self.end(*place)
        changed, self._changed = self._changed, {}
        told: list[TypingChange] = []
        for address in changed:
            told += self._difference(address, is_shown)
        return told

    def _difference(
        self, address: Address, is_shown: Callable[[UserId], bool]
    ) -> list[TypingChange]:
        shown = self._shown.pop(address, set())
        typing = [user for user in self._here.get(address, ()) if is_shown(user)]
        # Who is shown stays so: names do not jump because others type too.
        wanted = [user for user in typing if user in shown]
        wanted += [user for user in typing if user not in shown][: max(0, MAX_SHOWN - len(wanted))]
        if wanted:
            self._shown[address] = set(wanted)
        ended = [TypingChange(address, user, False) for user in shown - set(wanted)]  # noqa: FBT003 - a struct's field
        begun = [TypingChange(address, user, True) for user in wanted if user not in shown]  # noqa: FBT003 - a struct's field
        return ended + begun
