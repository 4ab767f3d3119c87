"""Answers calls and carries streams, and knows what is under way."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
from google.protobuf.message import Message

from causerie.gateway import closing
from causerie.gateway.doors import Doors
from causerie.gateway.grpc.calls import Exchange, Gate, Method, Service, Streaming
from causerie.gateway.grpc.refusals import ending_of
from causerie.gateway.grpc.requests import Context
from causerie.gateway.grpc.stream import ABNORMAL, StreamPeer
from causerie.gateway.session import Session

OK = grpc.StatusCode.OK


class Serving:
    """What the services answer, through the gate."""

    def __init__(self, gate: Gate, doors: Doors) -> None:
        self._gate = gate
        self._doors = doors
        self.answering = 0
        self.streams: set[Session] = set()

    def handlers_of(self, service: Service) -> grpc.GenericRpcHandler:
        """Give what the library calls, for all methods of a service."""
        # Without a deserialiser of the library's: what cannot be read is for us to answer.
        handlers = {
            name: self._answering(service, name, method)
            if isinstance(method, Method)
            else self._streaming(service, name, method)
            for name, method in service.methods.items()
        }
        return grpc.method_handlers_generic_handler(service.name, handlers)

    def end_streams(self) -> None:
        """Have all streams come back later."""
        for session in tuple(self.streams):
            session.close(closing.SERVICE_RESTART.code, "The server restarts; resume")

    # --- calls -----------------------------------------------------------------------------------

    def _answering(
        self, service: Service, name: str, method: Method
    ) -> grpc.RpcMethodHandler[Any, Any]:
        path, kind = f"{service.name}/{name}", service.requests[name]

        async def answer(data: bytes, context: Context) -> bytes:
            exchange = Exchange(self._gate, path, context)
            self.answering += 1
            try:
                return await self._answer(exchange, method, kind, data, context)
            finally:
                self.answering -= 1
                exchange.close()

        return grpc.unary_unary_rpc_method_handler(answer)

    async def _answer(
        self,
        exchange: Exchange,
        method: Method,
        kind: type[Message],
        data: bytes,
        context: Context,
    ) -> bytes:
        try:
            async with asyncio.timeout(exchange.seconds_left()):
                call = await self._gate.admit(context, exchange.request_id, method.action)
                exchange.seconds_left()  # Nothing is begun for who does not wait for it any more.
                answer = await method.answer(call, exchange.read(kind, data))
        except Exception as error:
            failure = exchange.failure(error)
        else:
            exchange.status = OK.name
            return answer.SerializeToString()
        await exchange.end(failure)
        return b""

    # --- streams ---------------------------------------------------------------------------------

    def _streaming(
        self, service: Service, name: str, method: Streaming
    ) -> grpc.RpcMethodHandler[Any, Any]:
        path, kind = f"{service.name}/{name}", service.requests[name]

        async def stream(data: bytes, context: Context) -> None:
            exchange = Exchange(self._gate, path, context)
            try:
                await self._stream(exchange, method, kind, data, context)
            finally:
                exchange.close(is_stream=True)

        return grpc.unary_stream_rpc_method_handler(stream)

    async def _stream(
        self,
        exchange: Exchange,
        method: Streaming,
        kind: type[Message],
        data: bytes,
        context: Context,
    ) -> None:
        try:
            async with asyncio.timeout(exchange.seconds_left()):
                session = await self._seat(exchange, method, kind, data, context)
        except Exception as error:
            failure = exchange.failure(error)
        else:
            code, reason = await self._carry(session, context)
            if code == closing.NORMAL.code:
                exchange.status = OK.name
                return
            failure = ending_of(code, reason, exchange.request_id)
        await exchange.end(failure)

    async def _seat(
        self,
        exchange: Exchange,
        method: Streaming,
        kind: type[Message],
        data: bytes,
        context: Context,
    ) -> Session:
        address = self._gate.address_of(context)
        self._doors.require_attempt(address)
        call = await self._gate.admit(context, exchange.request_id, None)
        tongue = method.speech(call, exchange.read(kind, data))
        return self._doors.seat(call.principal, address, tongue)

    async def _carry(self, session: Session, context: Context) -> tuple[int, str]:
        peer = StreamPeer(self._gate.address_of(context))
        self.streams.add(session)
        code = ABNORMAL
        try:
            session.on_open(peer)
            code, reason = await peer.carry(context, session)
        finally:
            self.streams.discard(session)
            peer.abort()
            session.on_closed(code)
        return code, reason
