"""Circuit breakers: what is away is left alone for a while, then asked by one before all others."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from causerie.foundation.clock import Clock

FAILURES_TO_OPEN = 5  # In a row: more than a restart of the other side makes.
FIRST_OPEN_SECONDS = 15.0
LONGEST_OPEN_SECONDS = 600.0  # Who mends it waits ten minutes at most to see it.
MAX_DESTINATIONS = 10_000  # Beyond them those that were asked longest ago start anew.


class Breaker:
    """Of one destination: closed, or open until a moment, after which it has one permit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._times_opened = 0  # since it was last closed
        self._open_until: float | None = None
        self._probe: Permit | None = None

    @property
    def is_closed(self) -> bool:
        """Say whether all may pass."""
        return self._open_until is None

    @property
    def has_room(self) -> bool:
        """Say whether one more may pass now."""
        if self._open_until is None:
            return True
        return self._probe is None and self._clock.monotonic() >= self._open_until

    def try_pass(self) -> Permit | None:
        """Give a permit, which is to be answered by one of its three methods."""
        if not self.has_room:
            return None
        permit = Permit(self)
        if self._open_until is not None:
            self._probe = permit
        return permit

    def _note(self, permit: Permit, *, is_well: bool | None) -> None:
        is_probe, was_open = permit is self._probe, self._open_until is not None
        if is_probe:
            self._probe = None
        if is_well is None or (was_open and not is_probe):
            return  # Nothing was found out, or only what was so before it opened.
        if is_well:
            self._failures = self._times_opened = 0
            self._open_until = None
            return
        self._failures += 1
        if is_probe or self._failures >= FAILURES_TO_OPEN:
            doubled = FIRST_OPEN_SECONDS * 2.0 ** min(self._times_opened, 16)
            self._times_opened += 1
            self._open_until = self._clock.monotonic() + min(doubled, LONGEST_OPEN_SECONDS)


class Permit(msgspec.Struct, frozen=True, eq=False):
    """Leave to ask once."""

    breaker: Breaker

    def succeeded(self) -> None:
        """It answered, whatever it said."""
        self.breaker._note(self, is_well=True)  # noqa: SLF001 - the other half of the same thing

    def failed(self) -> None:
        """It did not answer, or said that it cannot."""
        self.breaker._note(self, is_well=False)  # noqa: SLF001 - as above

    def unused(self) -> None:
        """Nothing was found out; after one of the others it says nothing."""
        self.breaker._note(self, is_well=None)  # noqa: SLF001 - as above


class Breakers:
    """One for each destination, as this process knows them."""

    def __init__(self, clock: Clock, *, capacity: int = MAX_DESTINATIONS) -> None:
        self._clock = clock
        self._capacity = capacity
        self._by_name: OrderedDict[str, Breaker] = OrderedDict()

    def of(self, destination: str) -> Breaker:
        """Give a destination's."""
        breaker = self._by_name.get(destination)
        if breaker is None:
            breaker = self._by_name[destination] = Breaker(self._clock)
            if len(self._by_name) > self._capacity:
                self._by_name.popitem(last=False)
        self._by_name.move_to_end(destination)
        return breaker

    def shut(self) -> list[str]:
        """Name those through which nobody may pass now."""
        return [name for name, breaker in self._by_name.items() if not breaker.has_room]

    def open_count(self) -> int:
        """Count those that are not closed."""
        return sum(not breaker.is_closed for breaker in self._by_name.values())
