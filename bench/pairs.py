"""One message after the other, from a socket to a socket: how long each is on its way.

python -m bench.pairs < specification.json > report.json
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

import msgspec
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bench import child
from bench.machine import LOAD_CORE
from bench.servers import Target
from causerie.assembly.loadtest.accounts import read_accounts, sign_token, with_secret
from causerie.assembly.loadtest.api import Api

MESSAGES_PER_SECOND = 50.0  # Light: a node has nothing else to do.
WARMUP_MESSAGES = 50
PATIENCE_SECONDS = 10.0
START_SECONDS = 60.0


class Specification(msgspec.Struct, frozen=True):
    """From a socket on the one server to one on the other; they may be the same."""

    sender_url: str
    reader_url: str
    accounts: str
    secret: str
    messages: int


class Pair(msgspec.Struct, frozen=True):
    """Milliseconds from the sender's frame to the reader's."""

    p50_ms: float
    p99_ms: float
    highest_ms: float
    messages: int


def drive(sender: Target, reader: Target, *, seconds: float) -> Pair:
    """Measure in a process of its own. Raises ``Failed``."""
    specification = Specification(
        sender.url,
        reader.url,
        sender.accounts,
        sender.secret,
        max(round(seconds * MESSAGES_PER_SECOND), 2),
    )
    printed = child.run(
        child.python("bench.pairs"),
        core=LOAD_CORE,
        timeout_seconds=START_SECONDS + 2 * seconds,
        given=msgspec.json.encode(specification),
    )
    return msgspec.json.decode(printed, type=Pair)


def _prepare(given: Specification) -> tuple[str, tuple[str, str]]:
    known = read_accounts(Path(given.accounts))[:2]
    with Api(given.sender_url, lambda _: None) as api:
        users = with_secret(api, known, given.secret, lambda _: None)
        name = f"pair-{time.time_ns():x}"
        room = api.make_room(name, [users[1].user_id], users[0].token)
    now = int(time.time())
    first, second = (sign_token(user.user_id, given.secret, now=now) for user in users)
    return room.id, (first, second)


async def _measure(given: Specification, room: str, tokens: tuple[str, str]) -> Pair:
    async with (
        connect(f"{given.sender_url}/ws/v2?token={tokens[0]}") as sender,
        connect(f"{given.reader_url}/ws/v2?token={tokens[1]}") as reader,
    ):
        for socket in (sender, reader):
            await socket.recv()  # hello
        unread = asyncio.create_task(_read_away(sender))
        taken = []
        for number in range(WARMUP_MESSAGES + given.messages):
            began = time.perf_counter()
            await _send(sender, room, number)
            await asyncio.wait_for(_hear(reader, number), PATIENCE_SECONDS)
            took = time.perf_counter() - began
            taken.append(took * 1000)
            await asyncio.sleep(max(0.0, 1 / MESSAGES_PER_SECOND - took))
        unread.cancel()
    measured = taken[WARMUP_MESSAGES:]
    return Pair(
        round(statistics.median(measured), 3),
        round(statistics.quantiles(measured, n=100)[98], 3),
        round(max(measured), 3),
        len(measured),
    )


async def _read_away(socket: ClientConnection) -> None:
    async for frame in socket:
        if msgspec.json.decode(frame)["type"] == "error":
            print(frame, file=sys.stderr)  # Its message will be missed at the other end.


async def _send(socket: ClientConnection, room: str, number: int) -> None:
    data = {"conversation_id": room, "content": f"{number}".ljust(100, "x")}
    await socket.send(msgspec.json.encode({"type": "send_message", "data": data}), text=True)


async def _hear(socket: ClientConnection, number: int) -> None:
    marker = f"{number}".ljust(100, "x")
    async for frame in socket:
        event = msgspec.json.decode(frame)
        if event["type"] == "message" and event["data"]["content"] == marker:
            return


def main() -> None:
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Specification)
    room, tokens = _prepare(given)
    pair = uvloop.run(_measure(given, room, tokens))
    sys.stdout.buffer.write(msgspec.json.encode(pair))


if __name__ == "__main__":
    main()
