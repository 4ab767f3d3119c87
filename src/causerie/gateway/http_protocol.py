"""uvicorn's HTTP protocol with what it lacks: bounds on the head of a request, and on time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import httptools
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from causerie.foundation.errors import Code
from causerie.gateway.answering import AnswerAtOnce, Answering, WholeAnswers
from causerie.gateway.entrance import Entrance
from causerie.gateway.ports import Refused
from causerie.gateway.upgrade import problem, read_handshake

MAX_HEAD_BYTES = 16 * 1024  # Four times what browsers send with many cookies; RFC 6585 §5.
MAX_PIPELINED = 16  # Requests that wait behind the one under way; browsers send none.
BODY_IDLE_SECONDS = 30.0  # Nothing came of a body, or nothing was taken of an answer.

# What says that a body comes, or that one may be asked for (RFC 9112 §6.3, RFC 9110 §10.1.1).
BODY_FIELDS = frozenset({b"content-length", b"transfer-encoding", b"expect"})

MAX_SAME_BYTES = 4096  # A request kept to be known again; those of browsers have 1 or 2 KB.

_HEAD_TOO_LARGE = problem(431, Code.TOO_LARGE, f"more than {MAX_HEAD_BYTES} bytes of headers")
_TOO_MANY = problem(429, Code.RATE_LIMITED, f"more than {MAX_PIPELINED} requests at once")
_NOT_HTTP = problem(400, Code.INVALID, "this is not HTTP/1.1")


class Stopped(Exception):  # noqa: N818 - named after the fact
    """Raised through the parser to stop it, with what the request is answered."""

    def __init__(self, refused: Refused) -> None:
        super().__init__()
        self.refused = refused


class HttpProtocol(HttpToolsProtocol):
    """One HTTP connection. Upgrades to WebSocket leave it for the ``Entrance``.

    One timer runs wherever the peer's turn it is: for the head of a request, until
    ``connection_timeout`` after the connection was accepted or the head's first byte came, however
    slowly it dribbles; for a body or for an answer that is not taken, while nothing moves.
    ``on_arrival`` is called when it is among the connections.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        entrance: Entrance,
        *,
        at_once: AnswerAtOnce | None,
        accepted_at: float,
        on_arrival: Callable[[], None],
        connection_timeout: float,
    ) -> None:
        super().__init__(config, server_state, {})
        self._on_arrival = on_arrival
        self._at_once = at_once
        self._is_answered = False  # The request under way, as soon as its head was read.
        self._is_at_rest = True  # The parser is between two requests.
        # The latest read, where it was one whole request of a plain kind, and what answers it again.
        self._same = b""
        self._again: Answering | None = None
        self._answered_again_at = -math.inf
        self._entrance = entrance
        self._connection_timeout = connection_timeout
        self._deadline = accepted_at + connection_timeout
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._is_in_head = True
        self._is_in_body = False
        self._raw_head_bytes = 0  # of the head under way, as received; or of what is no head at all
        self._read_head_bytes = 0  # of the same, as the parser has understood it
        self._hosts = 0  # in the same; llhttp takes any number of them
        self._leave_taking: Callable[[], None] | None = None  # as soon as nothing is owed

    @override
    def _should_upgrade_to_ws(self) -> bool:
        return True

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        # What uvicorn does, without asking for the transport's socket: uvloop would keep that, and
        # all that was read from it, for as long as a WebSocket lives.
        self.connections.add(self)
        self._on_arrival()
        self.transport = transport
        self.flow = FlowControl(transport)
        self.server = transport.get_extra_info("sockname")[:2]
        # Without a name where the peer has hung up already.
        self.client = transport.get_extra_info("peername", ("", 0))[:2]
        self.scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._timer = self.loop.call_at(self._deadline, self._on_head_timeout)
        if self._entrance.is_closed:
            transport.abort()  # Accepted in the last moment, and not among those told to shut down.

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        super().connection_lost(exc)

    @override
    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn knows only one answer: close
        """Answer what was asked before the peer closed its half; False: close at once."""
        if self._leave_taking is None and self._owes_answers() and self.scheme == "http":
            self._leave_taking = self.transport.close
        return self._leave_taking is not None

    @override
    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self._leave_taking is not None:
            return
        if data == self._same and self._answer_again():
            return
        if self._is_in_head:
            self._raw_head_bytes += len(data)
            if self._timer is None:  # the first byte of another request on a kept connection
                self._deadline = self.loop.time() + self._connection_timeout
        self._unset_keepalive_if_required()
        was_at_rest = self._is_at_rest
        self._same, self._again = b"", None
        self._parse(data)
        if was_at_rest:
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        """Keep a read to know it again, where it was one whole head that memory can answer."""
        is_one = data.find(b"\r\n\r\n") == len(data) - len(b"\r\n\r\n")
        if self._again is not None and is_one and len(data) <= MAX_SAME_BYTES:
            self._same = data

    def _answer_again(self) -> bool:
        """Answer the same bytes as before: they need not be read again, only what they ask."""
        is_idle = self.timeout_keep_alive_task is not None and not self.flow.write_paused
        again = self._again if is_idle and self._is_at_rest and not self._raw_head_bytes else None
        answer = None if again is None else again(self.server_state.default_headers)
        if answer is None:
            return False
        self.transport.write(answer)
        self.server_state.total_requests += 1
        self._answered_again_at = self.loop.time()  # A clock set anew costs as much as the limits.
        return True

    @override
    def timeout_keep_alive_handler(self) -> None:
        left = self._answered_again_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            again = self.timeout_keep_alive_handler
            self.timeout_keep_alive_task = self.loop.call_later(left, again)
        elif not self._has_begun():  # Else a request comes, under a clock of its own.
            super().timeout_keep_alive_handler()

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self._leave(held=data[upgrade.args[0] :])
            return  # Other upgrades (h2c) are ignored, as RFC 9110 §7.8 allows.
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.refused if isinstance(cause, Stopped) else _NOT_HTTP)
            return
        if self._is_in_head and self._raw_head_bytes > MAX_HEAD_BYTES:
            self._refuse(_HEAD_TOO_LARGE)
            return
        # Only here: most requests are all in one read, and a timer costs as much as parsing one.
        if self._is_in_body:
            self._expect_body()
        elif self._timer is None and self._has_begun():
            self._expect_head()

    # --- called by the parser --------------------------------------------------------------------

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._is_at_rest = False
        self._is_answered = False
        self._read_head_bytes = 0

    @override
    def on_url(self, url: bytes) -> None:
        self._grow(len(url))
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self._grow(len(name) + len(value) + len(b": \r\n"))
        if len(name) == len(b"host") and name.lower() == b"host":
            self._hosts += 1
        super().on_header(name, value)

    def _grow(self, by: int) -> None:
        # One read can bring a whole large head: then the count of raw bytes comes too late.
        self._read_head_bytes += by
        if self._read_head_bytes > MAX_HEAD_BYTES:
            raise Stopped(_HEAD_TOO_LARGE)

    @override
    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise Stopped(_TOO_MANY)
        # RFC 9112 §3.2: else a proxy and we could take the request for another's.
        hosts, self._hosts = self._hosts, 0
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise Stopped(problem(400, Code.INVALID, "a request names one Host"))
        self._is_in_head = False
        self._is_in_body = True
        self._raw_head_bytes = 0
        self._stop_timer()
        self._unset_keepalive_if_required()  # An answer at once may have begun to wait in this read.
        if self._at_once is not None and self._is_plain() and self._answer(self._at_once):
            return
        super().on_headers_complete()
        if isinstance(self.cycle, RequestResponseCycle):  # none, where it is an upgrade
            # uvicorn makes it by its name. It has not run yet, and ours has the same fields.
            self.cycle.__class__ = WholeAnswers

    def _is_plain(self) -> bool:
        """Say whether nothing is to be done but answer: no body, nothing before it or behind it."""
        parser = self.parser
        return (
            parser.get_method() == b"GET"
            and not self._is_answering()
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and BODY_FIELDS.isdisjoint([name for name, _ in self.headers])
        )

    def _answer(self, at_once: AnswerAtOnce) -> bool:
        self._again = at_once(self.url, self.scope)
        answer = None if self._again is None else self._again(self.server_state.default_headers)
        if answer is None:
            return False
        self._is_answered = True
        self.transport.write(answer)
        self.on_response_complete()
        return True

    @override
    def on_message_complete(self) -> None:
        self._is_in_head = True
        self._is_at_rest = True
        self._is_in_body = False
        self._stop_timer()
        if not self._is_answered:
            super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if is_last and self._leave_taking is not None and not self.transport.is_closing():
            self._leave_taking()

    def _owes_answers(self) -> bool:
        """Say whether the last request that was read whole, or one before it, is unanswered."""
        if self._is_in_body:
            # The newest is not read whole: there is another where it has to wait.
            return bool(self.pipeline) and self.pipeline[0][0] is self.cycle
        return self._is_answering()

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    # --- between two requests --------------------------------------------------------------------

    def leave_if_idle(self) -> bool:
        """Close where another request is only waited for. False: it is not, or closed already."""
        if self.timeout_keep_alive_task is None or self.transport.is_closing():
            return False
        self.transport.close()
        return True

    # --- the peer's turn -------------------------------------------------------------------------

    def _has_begun(self) -> bool:
        """Say whether a head is on its way; its first bytes may have come behind another request."""
        return self._is_in_head and (self._raw_head_bytes > 0 or not self._is_at_rest)

    def _expect_head(self) -> None:
        self._deadline = self.loop.time() + self._connection_timeout
        self._timer = self.loop.call_at(self._deadline, self._on_head_timeout)

    def _expect_body(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(BODY_IDLE_SECONDS, self._on_body_timeout)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_timer = self.loop.call_later(BODY_IDLE_SECONDS, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()

    def _stop_timers(self) -> None:
        self._stop_timer()
        if self._write_timer is not None:
            self._write_timer.cancel()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_head_timeout(self) -> None:
        self._timer = None
        if self.flow.read_paused:
            self._expect_head()  # It is our turn: what was asked before is not answered yet.
        elif self._has_begun():
            self._refuse(problem(408, Code.INVALID, "the request took too long"))
        else:
            self.transport.abort()  # Nothing was asked: an answer could be taken for the next one's.

    def _on_body_timeout(self) -> None:
        if self.flow.read_paused or self.cycle.waiting_for_100_continue:
            self._expect_body()  # It is our turn: the application has not asked for more yet.
        else:
            self.transport.abort()

    # --- leaving ---------------------------------------------------------------------------------

    def _leave(self, *, held: bytes) -> None:
        if self._owes_answers():
            self._refuse(problem(400, Code.INVALID, "an upgrade waits for the answers before it"))
            return
        is_secure = self.scheme == "https"
        client = "" if self.client is None else self.client[0]
        handshake = read_handshake(
            self.scope["method"], self.url, self.headers, client=client, is_secure=is_secure
        )
        transport, deadline = self.transport, self._deadline
        self._let_go_of_transport()
        if isinstance(handshake, Refused):
            self._entrance.refuse(transport, handshake)
        else:
            self._entrance.receive(transport, handshake, held=held, deadline=deadline)

    def _refuse(self, refused: Refused) -> None:
        """Answer and end the connection, after what was asked before (RFC 9112 §9.3.2)."""
        if not self._owes_answers():
            self._refuse_now(refused)
            return
        self._stop_timer()
        if self._is_in_body:
            self.pipeline.popleft()  # It is this one that is refused.
        self._leave_taking = lambda: self._refuse_now(refused)

    def _refuse_now(self, refused: Refused) -> None:
        transport = self.transport
        has_begun_to_answer = self._is_answering() and self.cycle.response_started
        self._let_go_of_transport()
        if has_begun_to_answer:
            transport.abort()  # Another answer inside the one under way could be mistaken for it.
        elif self._is_in_body and self.cycle.response_complete:
            self._entrance.dismiss(transport)  # A second answer could be taken for the next one's.
        else:
            self._entrance.refuse(transport, refused)

    def abort(self) -> None:
        """End the connection now."""
        self.transport.abort()

    def _let_go_of_transport(self) -> None:
        self._stop_timers()
        self._unset_keepalive_if_required()
        # Whoever runs on behalf of this connection hears that it is gone. With an error, since
        # without one uvicorn closes the transport, which lives on under another protocol.
        super().connection_lost(ConnectionAbortedError())
