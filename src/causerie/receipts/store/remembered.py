"""What people prefer, remembered for those who are here: kept true by the events of every node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from causerie.foundation.events import Events, Unheard
from causerie.foundation.identity import UserId
from causerie.foundation.remembering import Caches, Remembered
from causerie.receipts.events import PreferenceSet
from causerie.receipts.model.preferences import Preference, Value
from causerie.receipts.ports import PreferenceStore

MAX_USERS = 10_000  # The people of a busy day.
MAX_BYTES = 8 << 20
KEPT_SECONDS = 300.0
PREFERENCE_BYTES = 300  # Its key, its value and its time.


class RememberedPreferences(PreferenceStore):
    """Before another store. Events only make it forget, so their order does not matter."""

    def __init__(self, store: PreferenceStore, caches: Caches, events: Events) -> None:
        self._store = store
        self._kept: Remembered[UserId, Mapping[str, Preference]] = caches.make(
            "preferences",
            max_entries=MAX_USERS,
            max_bytes=MAX_BYTES,
            max_age_seconds=KEPT_SECONDS,
        )
        # Grows with each event, so that what was read before an event is not kept after it.
        self._heard = 0
        events.listen_everywhere(PreferenceSet, self._on_set)
        events.listen(Unheard, self._on_unheard)

    @override
    async def all(self, user_id: UserId) -> Mapping[str, Preference]:
        kept = self._kept.find(user_id)
        if kept is not None:
            return kept
        heard = self._heard
        found = await self._store.all(user_id)
        if heard == self._heard:
            self._kept.keep(user_id, found, weight=PREFERENCE_BYTES * len(found))
        return found

    @override
    async def set(
        self, user_id: UserId, key: str, value: Value | None, *, idempotency_key: str | None
    ) -> Preference | None:
        return await self._store.set(user_id, key, value, idempotency_key=idempotency_key)

    @override
    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[PreferenceSet]:
        return await self._store.since(users, seconds=seconds)

    def _on_set(self, event: PreferenceSet) -> None:
        self._heard += 1
        self._kept.forget(event.user_id)

    def _on_unheard(self, _: Unheard) -> None:
        # Twice a second while it lasts: then hardly anything is remembered, and nothing is wrong for long.
        self._heard += 1
        self._kept.forget_all()
