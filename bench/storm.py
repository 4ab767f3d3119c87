"""Thousands come online at once, half of them at each of two nodes: how late the nodes' loops become.

python -m bench.storm < specification.json > report.json
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import httpx2
import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from typing_extensions import override

from bench import child
from bench.machine import LOAD_CORE
from bench.servers import Target
from causerie.assembly.loadtest.plan import Plan
from causerie.assembly.loadtest.run import SPARE_FILES, Scene, allow_files
from causerie.assembly.loadtest.scene import prepare

USERS, ROOMS_OF = 5_000, 1_000
STORM_SECONDS = 5.0
# Who is there is told as a number once in five seconds: the last of it has gone out by then.
SETTLE_SECONDS = 10.0
MIN_CAME = 0.99  # Of all; with fewer there was no storm to measure.
PREPARE_SECONDS = 240.0
HANDSHAKE_SECONDS = 60.0
_BUCKET = re.compile(r'^chat_server_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)


class Specification(msgspec.Struct, frozen=True):
    """The nodes, and who comes to them."""

    urls: tuple[str, str]
    plan: Plan
    accounts: str
    secret: str


class Storm(msgspec.Struct, frozen=True):
    """Per node, the bound below which all of its loop's delays lay, in milliseconds."""

    lags_ms: list[float]
    came: int
    events: int


def drive(one: Target, other: Target, *, users: int = USERS) -> Storm:
    """Measure in a process of its own. Raises ``Failed``."""
    plan = Plan(users=users, rooms_of=min(ROOMS_OF, users), rate=0, duration_seconds=0)
    printed = child.run(
        child.python("bench.storm"),
        core=LOAD_CORE,
        timeout_seconds=PREPARE_SECONDS + HANDSHAKE_SECONDS + STORM_SECONDS + SETTLE_SECONDS,
        given=msgspec.json.encode(
            Specification((one.url, other.url), plan, one.accounts, one.secret)
        ),
    )
    return msgspec.json.decode(printed, type=Storm)


class _Counting(WSListener):
    """A socket that reads and does nothing."""

    events = 0

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.TEXT:
            _Counting.events += 1


async def _measure(given: Specification, scene: Scene) -> Storm:
    allow_files(len(scene.seats) + SPARE_FILES)
    before = [await _lags(url) for url in given.urls]
    pause = STORM_SECONDS / len(scene.seats)
    opening = []
    for number, seat in enumerate(scene.seats):
        url = seat.url.replace(given.urls[0], given.urls[number % len(given.urls)])
        opening.append(
            asyncio.create_task(
                ws_connect(
                    _Counting,
                    url,
                    extra_headers=seat.headers,
                    websocket_handshake_timeout=HANDSHAKE_SECONDS,
                )
            )
        )
        await asyncio.sleep(pause)
    outcomes = await asyncio.gather(*opening, return_exceptions=True)
    sockets = [one for one in outcomes if not isinstance(one, BaseException)]
    if failures := [one for one in outcomes if isinstance(one, BaseException)]:
        said = f"{len(failures):,} did not come, the first: {failures[0]!r}"
        if len(sockets) < MIN_CAME * len(outcomes):
            raise child.Failed(f"storm: {said}")
        print(said, file=sys.stderr)
    await asyncio.sleep(SETTLE_SECONDS)
    after = [await _lags(url) for url in given.urls]
    for transport, _ in sockets:
        transport.disconnect()
    lags = [_longest_ms(old, new) for old, new in zip(before, after, strict=True)]
    return Storm(lags, len(sockets), _Counting.events)


async def _lags(url: str) -> dict[float, float]:
    """How often the loop was late, by the bound below which that was."""
    async with httpx2.AsyncClient(timeout=HANDSHAKE_SECONDS) as http:
        text = (await http.get(url.replace("ws", "http", 1) + "/metrics")).text
    return {float(bound): float(count) for bound, count in _BUCKET.findall(text)}


def _longest_ms(before: dict[float, float], after: dict[float, float]) -> float:
    grown = {bound: count - before[bound] for bound, count in after.items()}
    return 1000 * min(bound for bound, count in grown.items() if count == max(grown.values()))


def main() -> None:
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Specification)
    accounts = Path(given.accounts)
    scene = prepare(
        given.urls[0], given.plan, lambda _: None, accounts_file=accounts, secret=given.secret
    )
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_measure(given, scene))))


if __name__ == "__main__":
    main()
