"""Nobody keeps the attendance of sockets."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from causerie.gateway.session import Attendance, Session


class NobodyCounts(Attendance):
    """Sockets without presence."""

    @override
    def came(self, session: Session) -> None:
        """Take no note."""

    @override
    def acted(self, session: Session) -> None:
        """Take no note."""

    @override
    def left(self, session: Session, topics: Sequence[int]) -> None:
        """Take no note."""
