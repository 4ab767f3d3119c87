"""Whereabouts in this process: for one node, and for several of a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from causerie.foundation.clock import Clock
from causerie.foundation.identity import UserId
from causerie.presence.model import NO_CHOICE, Choice, Person, Standing, merged
from causerie.presence.ports import NODE_SECONDS, Whereabouts


class MemoryWhereabouts(Whereabouts):
    """Some 100 bytes a person who is there; nothing of those who are not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._nodes: dict[str, dict[UserId, Standing]] = {}
        self._heard: dict[str, float] = {}
        self._choices: dict[UserId, Choice] = {}  # of those who chose something

    @override
    async def put(
        self,
        node: str,
        standings: Mapping[UserId, Standing | None],
        choices: Mapping[UserId, Choice],
    ) -> Mapping[UserId, Person]:
        self._hear(node)
        here = self._nodes[node]
        for user_id, standing in standings.items():
            if standing is not None:
                here[user_id] = standing
            elif here.pop(user_id, None) is not None:
                self._forget_choice(user_id)
        for user_id, choice in choices.items():
            is_newer = choice.number > self._choices.get(user_id, NO_CHOICE).number
            if is_newer and self._is_anywhere(user_id):
                self._choices[user_id] = choice
        return self._people(standings)

    @override
    async def find(self, users: Sequence[UserId]) -> Mapping[UserId, Person]:
        return self._people(users)

    @override
    async def keep(self, node: str) -> Sequence[UserId]:
        self._hear(node)
        now = self._clock.monotonic()
        gone: list[UserId] = []
        for other, heard in tuple(self._heard.items()):
            if now - heard >= NODE_SECONDS:
                del self._heard[other]
                gone += self._nodes.pop(other)
        gone = [user_id for user_id in gone if not self._is_anywhere(user_id)]
        for user_id in gone:
            self._forget_choice(user_id)
        return gone

    @override
    async def end(self, node: str, *, in_seconds: float) -> None:
        if node in self._heard:
            self._heard[node] = self._clock.monotonic() + in_seconds - NODE_SECONDS

    def at(self, node: str) -> Mapping[UserId, Person]:
        """Everybody at one node, as they stand there."""
        return {
            user_id: Person(standing, self._choices.get(user_id, NO_CHOICE))
            for user_id, standing in self._nodes.get(node, {}).items()
        }

    def _hear(self, node: str) -> None:
        self._heard[node] = self._clock.monotonic()
        self._nodes.setdefault(node, {})

    def _is_anywhere(self, user_id: UserId) -> bool:
        return any(user_id in people for people in self._nodes.values())

    def _forget_choice(self, user_id: UserId) -> None:
        if not self._is_anywhere(user_id):
            self._choices.pop(user_id, None)

    def _people(self, users: Sequence[UserId] | Mapping[UserId, object]) -> dict[UserId, Person]:
        found: dict[UserId, Person] = {}
        for user_id in users:
            standing = merged(
                people[user_id] for people in self._nodes.values() if user_id in people
            )
            if standing is not None:
                found[user_id] = Person(standing, self._choices.get(user_id, NO_CHOICE))
        return found
