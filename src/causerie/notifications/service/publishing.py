"""What other services tell people."""

from __future__ import annotations

from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Forbidden
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId
from causerie.notifications.events import NotificationRaised
from causerie.notifications.model import PUBLISH, Notice, require_words
from causerie.notifications.ports import Notices, Once, People


class Publisher:
    """Tells people something in the name of whoever asks."""

    def __init__(
        self,
        notices: Notices,
        people: People,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._notices = notices
        self._people = people
        self._events = events
        self._completion = completion
        self._clock = clock

    async def publish(
        self, who: Principal, user_id: UserId, words: str, *, key: str | None
    ) -> tuple[Notice, bool]:
        """Tell a user something, once per key; and whether it is new.

        Raises ``Forbidden`` for somebody else without the permission, ``NotFound``, ``Invalid``,
        ``TooLarge`` and ``Conflict``.
        """
        if user_id != who.user_id and not who.may(PUBLISH):
            raise Forbidden("Only who may publish notifications tells others something")
        require_words(words)
        await self._people.require(user_id)
        once = Once(who.user_id, key, "publish_notification", (user_id, words))
        return await self._completion.run(self._publish(once, user_id, words))

    async def _publish(self, once: Once, user_id: UserId, words: str) -> tuple[Notice, bool]:
        notice, is_new = await self._notices.publish(once, user_id, words, at=self._clock.now())
        if is_new:
            self._events.announce([NotificationRaised(notice, None)])
        return notice, is_new
