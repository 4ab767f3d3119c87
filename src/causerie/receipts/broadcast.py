"""What follows a commit: a person's other devices hear of it."""

from __future__ import annotations

from causerie.foundation.events import Events
from causerie.foundation.realtime import Hub, in_parts
from causerie.gateway.vocabulary import Vocabulary
from causerie.receipts.events import DraftSet, PreferenceSet
from causerie.receipts.ports import DraftStore, PreferenceStore
from causerie.receipts.wire import (
    WireDraft,
    WirePreference,
    draft_payload,
    preference_payload,
)


class Broadcast:
    """Tells all sockets of the person, the one that changed it too.

    One that is being greeted is not told: its client asks after ``hello``, and finds it.
    """

    def __init__(self, hub: Hub, preferences: PreferenceStore, drafts: DraftStore) -> None:
        self._hub = hub
        self._preferences = preferences
        self._drafts = drafts

    def listen(self, events: Events) -> None:
        """Hear of every commit."""
        events.listen(PreferenceSet, self.changed)
        events.listen(DraftSet, self.changed)
        self._hub.on_missed(self.look)

    def changed(self, event: PreferenceSet | DraftSet) -> None:
        """Tell the person's devices."""
        self._hub.send_to_user(event.user_id, event, is_for_greeted=True)

    async def look(self, seconds: float) -> None:
        """Tell what was changed in so many seconds at whatever node. Raises ``Unavailable``."""
        for users in in_parts(self._hub.users()):
            changed: list[PreferenceSet | DraftSet] = [
                *await self._preferences.since(users, seconds=seconds),
                *await self._drafts.since(users, seconds=seconds),
            ]
            for event in changed:
                self._hub.hear_of_user(event.user_id, event, is_for_greeted=True)


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what happened."""
    vocabulary.say(PreferenceSet, preference_payload, name="preference", data=WirePreference)
    vocabulary.say(DraftSet, draft_payload, name="draft", data=WireDraft)
