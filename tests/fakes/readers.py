"""A local session as the hub sees it, and the client behind it that judges what it is sent."""

from __future__ import annotations

import asyncio

from causerie.foundation.identity import UserId
from tests.fakes.truth import View


class StreamBroken(AssertionError):  # noqa: N818 - named after the fact, like every refusal
    """The client was sent what the protocol forbids."""


class FakeReader:
    """Keeps what it is sent, line by line, with notes of what it was told in between."""

    def __init__(self, *, user_id: int = 1, dialect: str = "plain") -> None:
        self.user_id = UserId(user_id)
        self.dialect = dialect
        self.topics: tuple[int, ...] = ()
        self.is_greeted = True
        self.is_holding = False
        self.is_gone = False
        self.stream: list[str | Note] = []
        self._is_slow = False
        self._wake: asyncio.Future[None] | None = None

    def push(self, framed: bytes) -> None:
        """Take whole events."""
        self.stream += framed.decode().splitlines()

    async def drained(self) -> bool:
        """Wait while the reader is slow."""
        while self._is_slow and not self.is_gone:
            self._wake = self._wake or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._wake)
        return not self.is_gone

    def be_slow(self, *, is_slow: bool) -> None:
        """Stop taking what is written, or go on."""
        self._is_slow = is_slow
        self._stir()

    def go(self) -> None:
        """The connection is lost."""
        self.is_gone = True
        self._stir()

    def _stir(self) -> None:
        if self._wake is not None:
            self._wake.set_result(None)
            self._wake = None

    @property
    def lines(self) -> list[str]:
        """What was sent, in small letters."""
        return [line.lower() for line in self.stream if isinstance(line, str)]

    def client(self) -> Client:
        """What a client makes of all that. Raises ``StreamBroken``."""
        client = Client()
        for line in self.stream:
            client.hear(line, dialect=self.dialect)
        return client


class Note:
    """What the reader was told beside the stream: from where it goes on, or that it goes on."""

    def __init__(self, view: View | None) -> None:
        self.view = view


RELEASED = Note(None)


class Client:
    """Follows the protocol to the letter: by its numbers, each message and each change once."""

    def __init__(self) -> None:
        self.texts: list[int] = []
        self.rev = 0
        self._is_held = True

    def hear(self, line: str | Note, *, dialect: str) -> None:
        """Take one event, or a note. Raises ``StreamBroken``."""
        if isinstance(line, Note):
            self._is_held = line.view is not None
            if line.view is not None:
                self.texts, self.rev = list(line.view.texts), line.view.rev
            return
        if self._is_held:
            raise StreamBroken(f"{line!r} while everything was held")
        if line != (line.upper() if dialect == "loud" else line.lower()):
            raise StreamBroken(f"{line!r} is not {dialect}")
        word, *numbers = line.lower().split()
        getattr(self, f"_{word}")(*map(int, numbers))

    def _said(self, seq: int, text: int) -> None:
        if seq != len(self.texts) + 1:
            raise StreamBroken(f"message {seq} after {len(self.texts)}")
        self.texts.append(text)

    def _edited(self, rev: int, seq: int, text: int) -> None:
        self._renamed(rev)
        if seq > len(self.texts):
            raise StreamBroken(f"an edit of message {seq}, which has not come")
        self.texts[seq - 1] = text

    def _renamed(self, rev: int) -> None:
        if rev != self.rev + 1:
            raise StreamBroken(f"change {rev} after {self.rev}")
        self.rev = rev

    def _typed(self) -> None:
        pass

    def view(self) -> View:
        """What the client would show."""
        return View(tuple(self.texts), self.rev)
