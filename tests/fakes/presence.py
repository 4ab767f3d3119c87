"""What presence needs, in memory: records that a test reads, sockets that a test counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from typing_extensions import override

from causerie.conversations import Kind
from causerie.foundation.errors import Unavailable
from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.presence.model import Choice, Status
from causerie.presence.ports import Audience, Records


class FakeRecords(Records):
    """Counts how often it is asked; away it is where a test says so."""

    def __init__(self) -> None:
        self.choices: dict[UserId, Choice] = {}
        self.active: dict[UserId, float] = {}
        self.statements = 0
        self.is_away = False

    def _ask(self) -> None:
        self.statements += 1
        if self.is_away:
            raise Unavailable("The database is away")

    @override
    async def choose(
        self, user_id: UserId, status: Status, *, active_at: float, key: str | None
    ) -> int | None:
        self._ask()
        number = self.choices.get(user_id, Choice()).number + 1
        self.choices[user_id] = Choice(status, number)
        if status is Status.INVISIBLE:
            self.active[user_id] = active_at
        return number

    @override
    async def choices_of(self, users: Sequence[UserId]) -> Mapping[UserId, Choice]:
        self._ask()
        return {user: self.choices[user] for user in users if user in self.choices}

    @override
    async def choosers_since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[UserId]:
        self._ask()
        return [user for user in users if user in self.choices]

    @override
    async def note_active(self, moments: Mapping[UserId, float]) -> None:
        self._ask()
        for user, moment in moments.items():
            if self.choices.get(user, Choice()).status is not Status.INVISIBLE:
                self.active[user] = moment

    @override
    async def last_active(self, users: Sequence[UserId]) -> Mapping[UserId, float]:
        return {user: self.active[user] for user in users if user in self.active}

    @override
    async def kind_of(self, topic: int) -> Kind:
        return Kind.ROOM

    @override
    async def share_a_conversation(self, one: UserId, other: UserId) -> bool:
        return True


class FakeAudience(Audience):
    """Who follows which topic; keeps what each user hears, and counts what goes out."""

    def __init__(self, *, large_from: int = 101) -> None:
        self.rooms: dict[int, set[UserId]] = {}
        self.heard: dict[UserId, list[Event]] = {}
        self.is_greeting: set[UserId] = set()
        self.sent: Counter[str] = Counter()
        self._large_from = large_from

    @override
    def is_ready(self, user_id: UserId) -> bool:
        return user_id not in self.is_greeting

    @override
    def topics_of(self, user_id: UserId) -> Sequence[int]:
        return [topic for topic, people in self.rooms.items() if user_id in people]

    @override
    def topics(self) -> Sequence[int]:
        return list(self.rooms)

    @override
    def people_in(self, topic: int) -> set[UserId]:
        return set(self.rooms.get(topic, ()))

    @override
    def is_large(self, topic: int) -> bool:
        return len(self.rooms.get(topic, ())) >= self._large_from

    @override
    def tell_others(self, user_id: UserId, topics: Sequence[int], event: Event) -> int:
        others = {u for topic in topics for u in self.rooms.get(topic, ()) if u != user_id}
        for other in others:
            self._tell(other, event)
        return len(others)

    @override
    def tell_own(self, user_id: UserId, event: Event) -> None:
        self._tell(user_id, event)

    @override
    async def tell_many(self, topic: int, event: Event) -> None:
        for user_id in self.rooms.get(topic, ()):
            self._tell(user_id, event)

    def _tell(self, user_id: UserId, event: Event) -> None:
        self.heard.setdefault(user_id, []).append(event)
        self.sent[type(event).__name__] += 1
