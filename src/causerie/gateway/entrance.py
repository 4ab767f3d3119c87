"""The entrance: upgrades wait here, unanswered, until the doorkeeper has decided."""

from __future__ import annotations

import asyncio
import secrets

import structlog
from typing_extensions import override

from causerie.foundation.errors import Code
from causerie.gateway.bridge import SocketPeer, open_socket
from causerie.gateway.closing import ABNORMAL
from causerie.gateway.compressing import CompressingPeer
from causerie.gateway.deflate import Agreement, agree
from causerie.gateway.errors import internal_problem
from causerie.gateway.farewell import Farewell
from causerie.gateway.inflate import largest_deflated_bytes
from causerie.gateway.parser import Desks
from causerie.gateway.ports import Admitted, Doorkeeper, Receiver, Refused
from causerie.gateway.precautions import precaution_lines
from causerie.gateway.sweeper import Sweeper
from causerie.gateway.upgrade import Handshake, accept_answer, http_answer, problem

log = structlog.get_logger()

REQUEST_ID_BYTES = 12  # As long as those of HTTP requests.


class Entrance:
    """All upgrades under way, and those connections that take their leave."""

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        sweeper: Sweeper,
        *,
        is_compressing: bool = True,
        is_production: bool = False,
    ) -> None:
        self.doorkeeper = doorkeeper
        self.precautions = precaution_lines(is_production=is_production)
        self.is_compressing = is_compressing
        self.sweeper = sweeper
        self.desks = Desks()
        self.waiting: set[Vestibule] = set()
        self.leaving: set[Farewell] = set()
        self.is_closed = False

    def receive(
        self, transport: asyncio.Transport, handshake: Handshake, *, held: bytes, deadline: float
    ) -> None:
        """Take over an upgrade request; it is answered by ``deadline`` (loop time).

        ``held`` are the bytes that came behind the request, one read of the kernel at most:
        reading is paused until the upgrade is answered.
        """
        if self.is_closed:
            self.refuse(transport, problem(503, Code.UNAVAILABLE, "the server is stopping"))
            return
        transport.pause_reading()
        Vestibule(self, transport, handshake, held=held).admit_by(deadline)

    def refuse(self, transport: asyncio.Transport, refused: Refused) -> None:
        """Answer and end the connection, in such a way that the answer arrives."""
        if not transport.is_closing():
            transport.write(http_answer(refused, self.precautions))
            self.dismiss(transport)

    def dismiss(self, transport: asyncio.Transport) -> None:
        """End the connection in such a way that what was answered arrives."""
        Farewell.begin(transport, self.leaving)

    def abort(self) -> None:
        """End all that is still under way."""
        for vestibule in tuple(self.waiting):
            vestibule.abort()
        for farewell in tuple(self.leaving):
            farewell.abort()


class Vestibule(asyncio.Protocol):
    """One connection between its upgrade request and the answer."""

    __slots__ = ("_entrance", "_handshake", "_held", "_task", "_transport")

    def __init__(
        self, entrance: Entrance, transport: asyncio.Transport, handshake: Handshake, *, held: bytes
    ) -> None:
        self._entrance = entrance
        self._transport = transport
        self._handshake = handshake
        self._held = held
        self._task: asyncio.Task[None] | None = None

    def admit_by(self, deadline: float) -> None:
        """Begin to ask the doorkeeper."""
        self._transport.set_protocol(self)
        self._entrance.waiting.add(self)
        self._task = asyncio.get_running_loop().create_task(self._admit(deadline))

    def abort(self) -> None:
        """Ask no more and end the connection."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._entrance.waiting.discard(self)

    async def _admit(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                verdict = await self._entrance.doorkeeper.admit(self._handshake.request)
        except TimeoutError:
            verdict = problem(503, Code.UNAVAILABLE, "the decision took too long; try again")
        except Exception:
            request_id = secrets.token_hex(REQUEST_ID_BYTES)
            log.exception("doorkeeper_failed", request_id=request_id)
            answer = internal_problem(request_id)
            verdict = Refused(answer.status, answer.headers, answer.body)
        self._entrance.waiting.discard(self)
        if isinstance(verdict, Admitted):
            self._open(verdict)
        else:
            self._entrance.refuse(self._transport, verdict)

    def _open(self, admitted: Admitted) -> None:
        transport = self._transport
        receiver = admitted.receiver
        if transport.is_closing() or self._entrance.is_closed:
            receiver.on_closed(ABNORMAL.code)
            self._entrance.refuse(
                transport, problem(503, Code.UNAVAILABLE, "the server is stopping")
            )
            return
        request = self._handshake.request
        agreement = agree(request.extensions) if self._entrance.is_compressing else None
        answered = None if agreement is None else agreement.answer
        key, precautions = self._handshake.key, self._entrance.precautions
        transport.write(accept_answer(key, admitted.subprotocol, answered, precautions=precautions))
        open_socket(transport, self._peer(receiver, agreement), held=self._held)

    def _peer(self, receiver: Receiver, agreement: Agreement | None) -> SocketPeer:
        entrance, limit = self._entrance, receiver.max_message_bytes
        books = entrance.sweeper, entrance.leaving
        address = self._handshake.request.client
        if agreement is None:
            desk = entrance.desks.of(limit)
            return SocketPeer(self._transport, receiver, *books, desk, address)
        desk = entrance.desks.of(largest_deflated_bytes(limit))
        peer = CompressingPeer(self._transport, receiver, *books, desk, address)
        peer.deflation = agreement.deflation
        return peer
