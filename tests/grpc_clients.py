"""Callers of gRPC, by the generated code and the library that a service would use."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from google.rpc import error_details_pb2
from grpc import ChannelCredentials, StatusCode, aio
from grpc_status import rpc_status

from causerie.v1 import (
    accounts_pb2_grpc,
    conversations_pb2_grpc,
    events_pb2,
    events_pb2_grpc,
    messages_pb2_grpc,
    notifications_pb2_grpc,
    presence_pb2_grpc,
)
from tests.processes import Causerie

WAIT_SECONDS = 60.0


async def grpc_port(server: Causerie) -> int:
    """Where it listens, once it says so for the last time that it was started."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            current = server.log().rpartition(" listening ")[2]
            found = re.search(r"grpc_listening .*?port=(\d+)", current)
            if found is not None:
                return int(found[1])
            await asyncio.sleep(0.02)


class Failed:
    """How a call failed, with what stands beside its status."""

    def __init__(self, error: aio.AioRpcError) -> None:
        self.status: StatusCode = error.code()
        self.text = error.details()
        self.metadata: Mapping[str, Any] = dict(error.trailing_metadata() or ())
        self._whole = rpc_status.from_call(error)  # type: ignore[arg-type] # the stub knows the other API

    @property
    def reason(self) -> str:
        """Our stable code."""
        return str(self.detail(error_details_pb2.ErrorInfo).reason)

    def detail(self, kind: Any) -> Any:
        """The detail of a type."""
        assert self._whole is not None, (self.status, self.text)
        for packed in self._whole.details:
            made = kind()
            if packed.Unpack(made):
                return made
        raise AssertionError(f"no {kind.__name__} in {self._whole}")


class Caller:
    """One service: its channel and its credentials."""

    def __init__(self, channel: aio.Channel, token: str | None = None) -> None:
        self.channel = channel
        self.metadata: tuple[tuple[str, str], ...] = (
            () if token is None else (("authorization", f"Bearer {token}"),)
        )
        self.accounts = accounts_pb2_grpc.AccountServiceStub(channel)
        self.conversations = conversations_pb2_grpc.ConversationServiceStub(channel)
        self.messages = messages_pb2_grpc.MessageServiceStub(channel)
        self.presence = presence_pb2_grpc.PresenceServiceStub(channel)
        self.notifications = notifications_pb2_grpc.NotificationServiceStub(channel)
        self.events = events_pb2_grpc.EventServiceStub(channel)

    async def call(self, method: Any, request: Any, *more: tuple[str, str], **kwargs: Any) -> Any:
        """Call, with the credentials."""
        kwargs.setdefault("timeout", WAIT_SECONDS)
        return await method(request, metadata=(*self.metadata, *more), **kwargs)

    async def failure(self, method: Any, request: Any, *more: Any, **kwargs: Any) -> Failed:
        """Call, and give how it fails."""
        try:
            answer = await self.call(method, request, *more, **kwargs)
        except aio.AioRpcError as error:
            return Failed(error)
        raise AssertionError(f"answered: {answer}")

    def stream(self, *positions: events_pb2.Position) -> Stream:
        """Begin a stream."""
        request = events_pb2.StreamEventsRequest(positions=positions)
        return Stream(self.events.StreamEvents(request, metadata=self.metadata))


class Stream:
    """One stream, and all that it brought, in order."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.events: list[events_pb2.Event] = []

    async def until(self, kind: str, count: int = 1) -> events_pb2.Event:
        """Read until so many events of a kind have come; gives the last of them."""
        async with asyncio.timeout(WAIT_SECONDS):
            while len(found := self.of_kind(kind)) < count:
                response = await self.call.read()
                assert response is not aio.EOF, (await self.call.code(), await self.call.details())
                self.events.extend(response.events)
        return found[count - 1]

    async def end(self) -> Failed:
        """Read until it ends, and give how."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while (response := await self.call.read()) is not aio.EOF:
                    self.events.extend(response.events)
        except aio.AioRpcError as error:
            return Failed(error)
        raise AssertionError("it ended well")

    def of_kind(self, kind: str) -> list[events_pb2.Event]:
        """All events of a kind so far."""
        return [event for event in self.events if event.type == kind]

    def seqs(self) -> list[int]:
        """The numbers of the messages that came, in their order."""
        return [event.message.seq for event in self.of_kind("message")]


@asynccontextmanager
async def calling(
    server: Causerie,
    token: str | None = None,
    *,
    credentials: ChannelCredentials | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    reads_ahead: bool = True,
) -> AsyncIterator[Caller]:
    """A caller with a channel of its own."""
    address = f"{host}:{port or await grpc_port(server)}"
    # Each channel with connections of its own: the library would share them in one process.
    options = [("grpc.use_local_subchannel_pool", 1)]
    if not reads_ahead:  # It would take megabytes for a caller who does not read.
        options.append(("grpc.http2.bdp_probe", 0))
    if credentials is None:
        channel = aio.insecure_channel(address, options=options)
    else:
        channel = aio.secure_channel(address, credentials, options=options)
    async with channel:
        yield Caller(channel, token)
