"""The classifiers learn from what moderators decide: stored, shared, and there after a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import structlog

from causerie.foundation.identity import UserId
from causerie.moderation.model import Classifiers, ContentFilter, Topic, text_features
from causerie.moderation.ports import FilterStore

log = structlog.get_logger()


class Learning:
    """Takes lessons, and keeps this process's classifiers at what all nodes have learnt."""

    def __init__(
        self,
        content_filter: ContentFilter,
        store: FilterStore,
        *,
        fresh_classifiers: Callable[[], Classifiers],
    ) -> None:
        self._filter = content_filter
        self._store = store
        self._fresh_classifiers = fresh_classifiers
        self._newest_lesson = 0

    async def observe(
        self, text: str, topic: Topic, *, is_positive: bool, taught_by: UserId
    ) -> bool:
        """Learn from one decision: the text is what the topic looks for, or it is not.

        The change is committed before it is used. False: this was known, and nothing has changed.
        The opposite of an earlier decision is a lesson again. Raises ``Unavailable``.
        """
        features = text_features(text)
        changes = self._filter.classifiers.models[topic].lesson(features, is_positive=is_positive)
        # What differs in case or spaces only is the same text, said again.
        seen = " ".join(text.lower().split()).encode("utf-8", "surrogatepass")
        is_new = await self._store.teach(
            topic,
            hashlib.sha256(seen).digest(),
            changes,
            is_positive=is_positive,
            taught_by=taught_by,
        )
        if is_new:
            await self.refresh()
            log.info("classifier_taught", topic=topic.value, is_positive=is_positive)
        return is_new

    async def refresh(self) -> None:
        """Take over what was learnt here or elsewhere, from the shipped weights on."""
        newest = await self._store.newest_lesson()
        if newest == self._newest_lesson:
            return
        learnt = await self._store.learnt()
        classifiers = self._fresh_classifiers()
        for topic, changes in learnt.items():
            classifiers.models[topic].take(changes)
        self._filter.use(classifiers)
        self._newest_lesson = newest
