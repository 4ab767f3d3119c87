"""An open socket whose far end a test owns: what it takes, what it says, when it goes."""

from __future__ import annotations

from typing_extensions import override

from causerie.gateway.deflate import Deflation
from causerie.gateway.ports import Peer, Receiver

ABNORMAL = 1006


class FakeSocket(Peer):
    """Keeps each write. As on the bridge, ``on_closed`` never comes from inside ``close``."""

    def __init__(
        self,
        receiver: Receiver,
        *,
        address: str = "192.0.2.1",
        deflation: Deflation | None = None,
    ) -> None:
        self._receiver = receiver
        self._address = address
        self._deflation = deflation
        self.writes: list[bytes] = []
        self.unsent = 0  # what the kernel did not take
        self.is_reading = True
        self.close_code: int | None = None
        self.is_gone = False

    # --- the far end -----------------------------------------------------------------------------

    def open(self) -> None:
        """The upgrade is answered."""
        self._receiver.on_open(self)

    def say(self, text: str | bytes) -> None:
        """Send one message."""
        if self.close_code is None and not self.is_gone:
            self._receiver.on_text(text.encode() if isinstance(text, str) else text)

    def say_binary(self, payload: bytes) -> None:
        """Send one binary message."""
        if self.close_code is None and not self.is_gone:
            self._receiver.on_binary(payload)

    def read_all(self) -> None:
        """Take what is unsent."""
        self.unsent = 0
        self._receiver.on_writable()

    def go(self) -> None:
        """The connection is over, once."""
        if not self.is_gone:
            self.is_gone = True
            self._receiver.on_closed(self.close_code or ABNORMAL)

    @property
    def heard(self) -> bytes:
        """All that was written."""
        return b"".join(self.writes)

    # --- as the session sees it ------------------------------------------------------------------

    @property
    @override
    def address(self) -> str:
        return self._address

    @property
    @override
    def deflation(self) -> Deflation | None:
        return self._deflation

    @override
    def write(self, framed: bytes) -> None:
        if self.close_code is None:
            self.writes.append(framed)

    @override
    def unsent_bytes(self) -> int:
        return self.unsent

    @override
    def close(self, code: int, reason: str = "") -> None:
        if self.close_code is None:
            self.close_code = code

    @override
    def abort(self) -> None:
        self.go()

    @override
    def pause_reading(self) -> None:
        self.is_reading = False

    @override
    def resume_reading(self) -> None:
        self.is_reading = True
