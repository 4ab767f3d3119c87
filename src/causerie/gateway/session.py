"""One open socket and whose it is: what goes out is joined, what comes in is taken in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from typing import ClassVar, Protocol

import structlog

from causerie.foundation.identity import CALLER, Caller, ConversationId, Principal, Seq, UserId
from causerie.foundation.realtime import Tick
from causerie.gateway.closing import SERVICE_RESTART, SLOW_READER
from causerie.gateway.crew import Crew
from causerie.gateway.deflate import Deflation
from causerie.gateway.framing import text_frame
from causerie.gateway.ports import Peer

log = structlog.get_logger()

MAX_UNSENT_BYTES = 1 << 20  # About ten seconds of a very busy room; who is this far behind resumes.
EASY_UNSENT_BYTES = 64 << 10  # A catch-up goes on below this: one page ahead of the reader.
MAX_INBOX_COMMANDS = 64  # Commands that wait for one that takes its time; then reading is paused.
MAX_IN_FLIGHT = 256  # Sends of one socket on their way to a commit: one full batch of the writer.

Work = Coroutine[None, None, None]


class Dialect(Protocol):
    """A tongue that a socket speaks. One object serves all its sockets."""

    # Whether its sockets follow each conversation that their user comes into, unasked.
    follows_all: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """What the hub's encoders know it as."""
        ...

    @property
    def max_message_bytes(self) -> int:
        """The largest message a client may send."""
        ...

    def frame(self, payload: bytes) -> bytes:
        """Frame one message to a client; text as it is, unless the dialect is a binary one."""
        return text_frame(payload)

    def opened(self, session: Session) -> Work | None:
        """Greet, if this dialect speaks first."""
        ...

    def received(self, session: Session, payload: bytes) -> Work | None:
        """Handle one message; what takes time is returned, and the next one waits for it."""
        ...

    def received_binary(self, session: Session, payload: bytes) -> Work | None:
        """Handle one binary message."""
        ...


class Books(Protocol):
    """Where sessions are entered and struck off; assembly's doors keep them."""

    def entered(self, session: Session) -> bool:
        """Hear of an open session. False: it may not stay (revoked meanwhile) and was closed."""
        ...

    def acted(self, session: Session) -> None:
        """Hear of the first command since ``has_acted`` was taken back."""
        ...

    def left(self, session: Session, code: int, *, was_open: bool) -> None:
        """Hear that a session is gone, open before or not. Called once."""
        ...


class Attendance(Protocol):
    """Hears who comes, does something and goes. Every method is quick and awaits nothing."""

    def came(self, session: Session) -> None:
        """Hear of a session that is open now and has not been greeted yet."""
        ...

    def acted(self, session: Session) -> None:
        """Hear of a command. ``has_acted`` is set, and whoever listens takes it back."""
        ...

    def left(self, session: Session, topics: Sequence[int]) -> None:
        """Hear that a session is gone, and what it followed."""
        ...


class Session:
    """A socket with its principal: a ``Receiver`` to the bridge, a ``Reader`` to the hub.

    All of it runs on the loop's thread. It names no protocol as its base: those have no slots, and
    ten thousand idle sessions would each carry a dictionary.
    """

    __slots__ = (
        "_crew",
        "_drained",
        "_in_flight",
        "_inbox",
        "_is_busy",
        "_is_leaving",
        "_is_reading_paused",
        "_out",
        "_peer",
        "_tick",
        "address",
        "books",
        "deflation",
        "has_acted",
        "has_spoken",
        "id",
        "is_greeted",
        "is_holding",
        "is_stale",
        "principal",
        "since",
        "tongue",
        "topics",
    )

    def __init__(
        self,
        *,
        connection_id: str,
        principal: Principal,
        tongue: Dialect,
        tick: Tick,
        crew: Crew,
        books: Books,
        since: Mapping[ConversationId, Seq] | None = None,
    ) -> None:
        self.id = connection_id
        self.principal = principal
        self.tongue = tongue
        self.books = books
        self.address = ""
        self.deflation: Deflation | None = None  # Kept here too: the peer goes before the books.
        self.topics: tuple[int, ...] = ()
        # The last seq of its topics before it was let in; kept until the greeting has used it.
        self.since = since
        # Until the greeting is out nothing else goes out: what would have gone makes it stale.
        self.is_greeted = False
        self.is_stale = False
        self.is_holding = False  # The hub holds messages back until the client's first frame.
        self.has_spoken = False  # That frame is here, though it may take its time.
        self.has_acted = False  # A command came since whoever counts that has looked.
        self._tick = tick
        self._crew = crew
        self._peer: Peer | None = None
        self._out: bytes | list[bytes] | None = None
        self._inbox: deque[tuple[bytes, bool]] | None = None
        self._is_busy = False
        self._is_leaving = False
        self._is_reading_paused = False
        self._in_flight = 0
        self._drained: asyncio.Future[None] | None = None

    # --- as the hub sees it ----------------------------------------------------------------------

    @property
    def dialect(self) -> str:
        """Which of the hub's encodings it gets."""
        deflation = self.deflation
        return self.tongue.name if deflation is None else self.tongue.name + deflation.suffix

    @property
    def user_id(self) -> UserId:
        """Whose session it is."""
        return self.principal.user_id

    @property
    def is_open(self) -> bool:
        """Whether anything written can still arrive."""
        return self._peer is not None and not self._is_leaving

    def say(self, payload: bytes) -> None:
        """Queue one message of its own, as its dialect has them, for the write at the turn's end."""
        framed = self.tongue.frame(payload)
        self.push(framed if self.deflation is None else self.deflation(framed))

    def push(self, framed: bytes) -> None:
        """Queue framed bytes for the write at the end of this turn."""
        if not self.is_greeted:
            self.is_stale = True
            return
        out = self._out
        if out is None:
            if framed:
                self._out = framed
                self._tick.touch(self)
        elif type(out) is list:
            out.append(framed)
        else:
            self._out = [out, framed]  # type: ignore[list-item] # mypy does not narrow `type() is`

    def flush(self) -> None:
        """Write what was pushed, in one piece."""
        out, self._out = self._out, None
        peer = self._peer
        if out is None or peer is None:
            return
        # What is unsent now was written in an earlier turn, and the kernel did not take it.
        if peer.unsent_bytes() > MAX_UNSENT_BYTES:
            self.let_go()
        else:
            peer.write(b"".join(out) if type(out) is list else out)  # type: ignore[arg-type] # as above

    async def drained(self) -> bool:
        """Wait until the reader is close behind. False: it is gone."""
        self.flush()
        while (
            self._peer is not None
            and not self._is_leaving
            and self._peer.unsent_bytes() > EASY_UNSENT_BYTES
        ):
            if self._drained is None:
                self._drained = asyncio.get_running_loop().create_future()
            # Shielded: several may wait for the same, and one that is cancelled is only one.
            await asyncio.shield(self._drained)
        return self.is_open

    def let_go(self) -> None:
        """Close a reader that does not keep up; it may come back and resume."""
        log.info("slow_reader_let_go", connection_id=self.id, user_id=self.user_id)
        self.close(SLOW_READER.code, "Too slow; reconnect and resume")

    def close(self, code: int, reason: str) -> None:
        """Say goodbye after what was pushed: nothing more is read, done or written."""
        if code != SLOW_READER.code:
            self.flush()
        peer = self._peer
        if peer is None or self._is_leaving:
            return
        self._is_leaving = True
        self.is_greeted = False  # What is pushed from now on goes nowhere.
        self._out = None
        self._inbox = None  # A session that is over does no more, though it asked for it before.
        self.on_writable()
        peer.close(code, reason)

    # --- as the socket sees it -------------------------------------------------------------------

    @property
    def max_message_bytes(self) -> int:
        """The bound of the session's dialect."""
        return self.tongue.max_message_bytes

    def on_open(self, peer: Peer) -> None:
        """Take the peer and greet."""
        self._peer = peer
        if not self.address:  # The doors know better: they look behind trusted proxies.
            self.address = peer.address
        self.deflation = peer.deflation
        if self.books.entered(self):
            self.speak(self.tongue)

    def speak(self, tongue: Dialect) -> None:
        """Take up a dialect, from its greeting on."""
        self.tongue = tongue
        greeting = tongue.opened(self)
        if greeting is not None:
            self._begin(greeting)

    def on_text(self, payload: bytes) -> None:
        """Take one whole message."""
        self._take(payload, is_binary=False)

    def act(self) -> None:
        """Tell, once in a while, that somebody is there: a dialect saw a command."""
        self.has_acted = True
        self.books.acted(self)

    def on_binary(self, payload: bytes) -> None:
        """Take one whole binary message."""
        self._take(payload, is_binary=True)

    def on_writable(self) -> None:
        """Wake who waits for the reader."""
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None

    def on_closed(self, code: int) -> None:
        """Strike the session off the books."""
        was_open = self._peer is not None
        self._peer = None
        self._out = None
        self._inbox = None
        self.on_writable()
        self.books.left(self, code, was_open=was_open)

    # --- commands, in order ----------------------------------------------------------------------

    def _take(self, payload: bytes, *, is_binary: bool) -> None:
        if self._is_leaving:
            return
        if self._is_busy:
            if self._inbox is None:
                self._inbox = deque()
            self._inbox.append((payload, is_binary))
            if len(self._inbox) >= MAX_INBOX_COMMANDS:
                self._look_at_reading()
            return
        work = self._handle(payload, is_binary=is_binary)
        if work is not None:
            self._begin(work)

    def _begin(self, work: Work) -> None:
        self._is_busy = True
        if not self._crew.start(self._drive(work)):
            work.close()
            self.close(SERVICE_RESTART.code, "Restarting; reconnect and resume")

    def _handle(self, payload: bytes, *, is_binary: bool) -> Work | None:
        if is_binary:
            return self.tongue.received_binary(self, payload)
        return self.tongue.received(self, payload)

    async def _drive(self, work: Work) -> None:
        """Do one command that takes time, then those that came meanwhile, in order."""
        # For the record, as HTTP's doors name theirs; this task is the socket's own.
        CALLER.set(Caller(self.user_id, self.address))
        try:
            await work
            while self._inbox:
                payload, is_binary = self._inbox.popleft()
                more = self._handle(payload, is_binary=is_binary)
                if more is not None:
                    await more
                self._look_at_reading()
        except BaseException:
            # Not a refusal, those were answered: what this client sees can no longer be trusted.
            self.close(SERVICE_RESTART.code, "Reconnect and resume")
            raise
        finally:
            self._is_busy = False
        self._look_at_reading()

    def began(self) -> None:
        """Count a send on its way; past the bound reading waits until some are done."""
        self._in_flight += 1
        if self._in_flight >= MAX_IN_FLIGHT:
            self._look_at_reading()

    def ended(self) -> None:
        """Uncount a send."""
        self._in_flight -= 1
        if self._is_reading_paused:
            self._look_at_reading()

    def _look_at_reading(self) -> None:
        peer = self._peer
        if peer is None or self._is_leaving:
            return
        is_full = self._in_flight >= MAX_IN_FLIGHT or (
            self._inbox is not None and len(self._inbox) >= MAX_INBOX_COMMANDS
        )
        if is_full and not self._is_reading_paused:
            self._is_reading_paused = True
            peer.pause_reading()
        elif not is_full and self._is_reading_paused:
            self._is_reading_paused = False
            peer.resume_reading()
