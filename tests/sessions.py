"""Sessions in PostgreSQL that are used again: a new one learns the whole schema before it is quick.

What a client closes in order stays with the server, and the next connection of the same user to the
same database gets it, as good as new by ``DISCARD ALL``. What is broken off ends as ever.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from asyncpg import connect_utils
from asyncpg.protocol import Protocol
from typing_extensions import override

CONNECT = "__connect_addr"  # of connect_utils: one address is tried
MAX_KEPT = 12  # of the 60 that the server of the tests takes
RESET_SECONDS = 30.0
READ_BYTES = 1 << 16

# PostgreSQL's documentation, 54.7: message formats.
TERMINATE = b"X\x00\x00\x00\x04"
AUTHENTICATED = b"R" + struct.pack("!ii", 8, 0)
READY = b"Z\x00\x00\x00\x05I"


def _query(text: str) -> bytes:
    return b"Q" + struct.pack("!i", len(text) + 5) + text.encode() + b"\0"


RESET = (_query("ROLLBACK"), _query("DISCARD ALL"))


def _messages_in(data: bytes) -> Iterator[bytes]:
    while len(data) > 4 and len(data) > (length := struct.unpack_from("!i", data, 1)[0]):
        yield data[: length + 1]
        data = data[length + 1 :]


class Session:
    """A backend of PostgreSQL: our end of its socket, and how it has introduced itself."""

    def __init__(self, key: tuple[object, ...], database: str) -> None:
        self.key = key
        self.database = database
        self.socket = socket.socket(socket.AF_UNIX)
        self.introduction = b""

    @property
    def pid(self) -> int:
        """The process of the backend."""
        of_it = next(one for one in _messages_in(self.introduction) if one[:1] == b"K")
        return int(struct.unpack_from("!i", of_it, 5)[0])

    @property
    def is_known(self) -> bool:
        """Whether it has said all that a client waits for."""
        return self.introduction.endswith(READY)

    def begin_anew(self) -> bytes:
        """What a new client is to hear, who is not asked for a password again."""
        said = [one for one in _messages_in(self.introduction) if one[:1] in b"SK"]
        return AUTHENTICATED + b"".join(said) + READY

    def reset(self) -> None:
        """Have it forget its client; raises ``OSError``."""
        self.socket.settimeout(RESET_SECONDS)
        self.socket.sendall(b"".join(RESET))

    def is_reset(self) -> bool:
        """Wait until it is; False for one that is broken, or was ended."""
        answered = b""
        try:
            while answered.count(READY) < len(RESET):
                if not (data := self.socket.recv(READ_BYTES)):
                    return False
                answered += data
            self.socket.setblocking(False)
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return all(one[:1] != b"E" for one in _messages_in(answered))
        except OSError:
            pass
        return False


class Sessions:
    """Those that nobody uses now, the latest last. One thread's."""

    def __init__(self, is_kept: Callable[[str, str], bool]) -> None:
        """``is_kept`` says of a user and a database whether their sessions are."""
        self.is_kept = is_kept
        self._free: list[Session] = []

    def pids(self) -> Collection[int]:
        """Backends without a client."""
        return [session.pid for session in self._free]

    def take(self, key: tuple[object, ...]) -> Session | None:
        """The latest of this key."""
        for session in reversed(self._free):
            if session.key == key:
                self._free.remove(session)
                if session.is_reset():
                    return session
                session.socket.close()
                return self.take(key)
        return None

    def give_back(self, session: Session) -> None:
        """Keep it for the next, or end the oldest."""
        try:
            session.reset()
        except OSError:
            session.socket.close()
            return
        self._free.append(session)
        if len(self._free) > MAX_KEPT:
            self._free.pop(0).socket.close()

    def forget(self, database: str | None = None) -> None:
        """End those in a database, or all."""
        for session in list(self._free):
            if database in {None, session.database}:
                self._free.remove(session)
                session.socket.close()


class _Line(asyncio.Protocol):
    """Between the driver and a session: the driver's transport, and the protocol of the real one."""

    def __init__(self, protocol: Any, session: Session, sessions: Sessions) -> None:
        self._protocol = protocol
        self._session = session
        self._sessions = sessions
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._is_to_answer = session.is_known
        self._is_idle = False  # The server has answered all that it was asked.
        self._is_given_back = False

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._protocol.connection_made(self)

    @override
    def data_received(self, data: bytes) -> None:
        if not self._session.is_known:
            self._session.introduction += data
        self._is_idle = data[-len(READY) : -1] == READY[:-1]  # in a transaction or not
        self._protocol.data_received(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self._is_given_back:
            self._session.socket.close()
        self._protocol.connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def write(self, data: Any) -> None:
        if self._is_idle and bytes(data) == TERMINATE:
            self._loop.call_soon(self.abort)
            return
        self._is_idle = False
        if not self._is_to_answer:
            self._transport.write(data)
        else:  # a client's first words, which a session hears but once
            self._is_to_answer = False
            answer = self._session.begin_anew()
            self._loop.call_soon(self.data_received, answer)

    def abort(self) -> None:
        if self._transport.is_closing():
            return
        self._is_given_back = self._is_idle
        self._transport.abort()  # closes its copy of the socket, and that alone
        if self._is_given_back:
            self._sessions.give_back(self._session)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


@contextmanager
def sessions_kept(sessions: Sessions) -> Iterator[None]:
    """Have the driver begin where a kept session left off, and leave its sessions there."""
    connect_anew = getattr(connect_utils, CONNECT)

    async def connect(*given: Any) -> Any:
        params, _, addr, loop, config, kind, record, asked = given
        if not (isinstance(addr, str) and sessions.is_kept(params.user, params.database)):
            return await connect_anew(*given)
        settings = tuple(sorted((params.server_settings or {}).items()))
        key = (addr, params.user, params.password, params.database, settings)
        session = sessions.take(key)
        if session is None:
            session = Session(key, params.database)
            session.socket.setblocking(False)
            await loop.sock_connect(session.socket, addr)
        connected = loop.create_future()
        protocol = Protocol(addr, connected, params, record, loop)
        line = _Line(protocol, session, sessions)
        await loop.create_unix_connection(lambda: line, sock=session.socket.dup())
        try:
            await connected
        except BaseException:
            line.abort()
            raise
        connection = kind(protocol, line, loop, addr, config, asked)
        protocol.set_connection(connection)
        return connection

    setattr(connect_utils, CONNECT, connect)
    try:
        yield
    finally:
        setattr(connect_utils, CONNECT, connect_anew)
        sessions.forget()
