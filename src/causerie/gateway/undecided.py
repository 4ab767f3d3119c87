"""The dialect of a socket on `/`: silent, until the first frame tells which one it is."""

from __future__ import annotations

from collections.abc import Callable

from typing_extensions import override

from causerie.gateway.session import Dialect, Session

NAME = "undecided"  # Its vocabulary is empty: nothing is sent before the first frame.


class Undecided(Dialect):
    """Listens for the first frame, and hands the socket over with it."""

    def __init__(self, *, is_old: Callable[[bytes], bool], old: Dialect, new: Dialect) -> None:
        self._is_old = is_old
        self._old = old
        self._new = new

    @property
    @override
    def name(self) -> str:
        return NAME

    @property
    @override
    def max_message_bytes(self) -> int:
        return max(self._old.max_message_bytes, self._new.max_message_bytes)

    @override
    def opened(self, session: Session) -> None:
        return None

    @override
    def received(self, session: Session, payload: bytes) -> None:
        session.speak(self._old if self._is_old(payload) else self._new)
        session.on_text(payload)  # It waits behind the greeting that has just begun.

    @override
    def received_binary(self, session: Session, payload: bytes) -> None:
        session.speak(self._new)
        session.on_binary(payload)
