"""Follows all conversations of a bot by gRPC, through restarts of either side, and answers "ping".

    pip install causerie grpcio
    CAUSERIE_KEY=causerie_... python follow.py 127.0.0.1:9090 positions.json

What was seen is kept in the file, so that the next run begins where this one ended. A message may be
handled twice where the program dies between handling it and writing the file: the answer has the
message's id for its key, so that it is sent once all the same. With CAUSERIE_CA, a PEM file, it
speaks TLS; with CAUSERIE_CERT and CAUSERIE_CERT_KEY it shows a certificate of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from grpc import aio

from causerie.v1 import events_pb2, events_pb2_grpc, messages_pb2, messages_pb2_grpc

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0
CALL_SECONDS = 10.0
# The same again would end the same way: credentials that do not hold, a ban, a wrong address.
FOR_GOOD = {
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.INVALID_ARGUMENT,
}


class Held:
    """How far each conversation is held: its last seq, and its last rev."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: dict[str, list[int]] = json.loads(file.read_text()) if file.exists() else {}

    def positions(self) -> Iterator[events_pb2.Position]:
        """What to begin the next stream with."""
        for name, (seq, rev) in self._seen.items():
            yield events_pb2.Position(conversation_id=name, seq=seq, rev=rev)

    def begin(self, opened: events_pb2.StreamOpened) -> None:
        """Take where conversations stand that we do not know, or know wrongly."""
        afresh = {resumed.conversation_id for resumed in opened.resumed if resumed.reset}
        for conversation in opened.conversations:
            self.take(conversation, only_new=conversation.id not in afresh)

    def take(self, conversation: Any, *, only_new: bool = True) -> None:
        """Begin to hold a conversation from where it stands."""
        if not only_new or conversation.id not in self._seen:
            self._seen[conversation.id] = [conversation.last_seq, conversation.rev]

    def note(self, event: events_pb2.Event) -> None:
        """Take note of an event; of those without a number there is nothing to hold."""
        data: Any = getattr(event, event.WhichOneof("data") or "other")
        held = self._seen.get(getattr(data, "conversation_id", ""))
        if held is not None and event.type == "message":
            held[0] = data.seq
        elif held is not None:
            held[1] = max(held[1], getattr(data, "rev", held[1]))

    def save(self) -> None:
        """Write it down, whole or not at all."""
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(self._seen))
        beside.replace(self._file)


class Bot:
    """Reads what happens, and says "pong"."""

    def __init__(self, channel: aio.Channel, key: str, held: Held) -> None:
        self._events = events_pb2_grpc.EventServiceStub(channel)
        self._messages = messages_pb2_grpc.MessageServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {key}"),)
        self._held = held
        self.is_open = False

    async def follow(self) -> None:
        """One stream, until it ends. Raises ``AioRpcError``."""
        request = events_pb2.StreamEventsRequest(positions=self._held.positions())
        async for response in self._events.StreamEvents(request, metadata=self._metadata):
            for event in response.events:
                await self._hear(event)
            self._held.save()

    async def _hear(self, event: events_pb2.Event) -> None:
        if event.type == "opened":
            self._held.begin(event.opened)
            self.is_open = True
            print("following", len(event.opened.conversations), flush=True)
        elif event.type == "conversation_created":
            self._held.take(event.conversation_created)
        elif event.type == "message":
            await self._answer(event.message)
        self._held.note(event)

    async def _answer(self, message: messages_pb2.Message) -> None:
        print(message.conversation_id, message.seq, message.content, flush=True)
        if message.content == "ping":
            pong = messages_pb2.SendMessageRequest(
                conversation_id=message.conversation_id,
                content=f"pong {message.seq}",
                client_id=f"pong-{message.id}",
            )
            await self._messages.SendMessage(pong, metadata=self._metadata, timeout=CALL_SECONDS)


def open_channel(address: str) -> aio.Channel:
    """Connect, in plain or by TLS; dead connections are noticed within half a minute."""
    options = [
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.max_reconnect_backoff_ms", round(LONGEST_PAUSE_SECONDS * 1000)),
    ]
    authority = os.environ.get("CAUSERIE_CA")
    if authority is None:
        return aio.insecure_channel(address, options=options)
    own, own_key = os.environ.get("CAUSERIE_CERT"), os.environ.get("CAUSERIE_CERT_KEY")
    credentials = grpc.ssl_channel_credentials(
        Path(authority).read_bytes(),
        Path(own_key).read_bytes() if own_key else None,
        Path(own).read_bytes() if own else None,
    )
    return aio.secure_channel(address, credentials, options=options)


async def main(address: str, file: Path) -> None:
    """Follow for ever, with longer and longer pauses where it does not work."""
    pause = FIRST_PAUSE_SECONDS
    async with open_channel(address) as channel:
        bot = Bot(channel, os.environ["CAUSERIE_KEY"], Held(file))
        while True:
            bot.is_open = False
            try:
                await bot.follow()
            except aio.AioRpcError as error:
                if error.code() in FOR_GOOD:
                    sys.exit(f"{error.code().name}: {error.details()}")
                print("interrupted", error.code().name, flush=True)
            # A stream that had opened was no failure to begin with.
            pause = FIRST_PAUSE_SECONDS if bot.is_open else min(2 * pause, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
