"""The filter at the port of conversations: names and topics, which everybody can see."""

from __future__ import annotations

from typing_extensions import override

from causerie.conversations import Wording
from causerie.foundation.identity import UserId
from causerie.foundation.telemetry import metrics
from causerie.messages import MessageRefused
from causerie.moderation.model import ContentFilter, Policy

_JOINTS = str.maketrans("_-", "  ")  # What stands for a space in a room's name.


class WordingFilter(Wording):
    """Refuses what is sure, by the server's policy: a room's own is about what is said in it."""

    def __init__(self, content_filter: ContentFilter, default: Policy) -> None:
        self.content_filter = content_filter
        self.default = default

    @override
    def require_acceptable(self, author: UserId, text: str) -> None:
        del author  # Who it is changes nothing.
        verdict = self.content_filter.judge(text.translate(_JOINTS), self.default)
        if verdict is not None and verdict.is_refused:
            worst = verdict.findings[0]
            metrics.FILTER_VERDICTS.labels("refused").inc()
            metrics.FILTER_HITS.labels(worst.rule).inc()
            raise MessageRefused(worst.rule, worst.evidence)
