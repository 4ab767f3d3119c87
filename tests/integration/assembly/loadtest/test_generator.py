"""The generator against servers that lie: what they do wrong must be in the report."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from causerie.assembly.loadtest.plan import Plan
from causerie.assembly.loadtest.report import Report
from causerie.assembly.loadtest.run import LoadTest, Scene, Seat
from causerie.assembly.loadtest.wire import V2

pytestmark = pytest.mark.long

ROOM = "room_1"
FOR_THE_LOST_SECONDS = 2.0  # They never come; what was only late does.
READERS = 5

Frames = list[str]
Fault = Callable[[int, Frames], Frames]  # what the last reader gets instead, by seq


class Relay:
    """A room on an independent WebSocket implementation; one of its readers gets what we like."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.readers: list[ServerConnection] = []
        self.seq = 0
        self.answer_error = ""
        self.url = ""
        self._held: list[str] = []

    async def handle(self, socket: ServerConnection) -> None:
        self.readers.append(socket)
        await socket.send(json.dumps({"type": "hello", "data": {"conversations": []}}))
        try:
            async for raw in socket:
                await self.on_frame(socket, json.loads(raw))
        except ConnectionClosed:
            pass

    async def on_frame(self, sender: ServerConnection, frame: dict[str, object]) -> None:
        if self.answer_error:
            error = {"type": "error", "ref": frame["ref"], "data": {"code": self.answer_error}}
            await sender.send(json.dumps(error))
            return
        self.seq += 1
        data = frame["data"]
        assert isinstance(data, dict)
        message = {"type": "message", "data": {**data, "seq": self.seq}}
        ack = {"type": "ack", "ref": frame["ref"], "data": {"seq": self.seq}}
        text = json.dumps(message)
        for reader in self.readers[:-1]:
            await reader.send(text)
        for each in self.fault(self.seq, [text]):
            await self.readers[-1].send(each)
        await sender.send(json.dumps(ack))


def honest(_: int, frames: Frames) -> Frames:
    return frames


@asynccontextmanager
async def relaying(fault: Fault) -> AsyncIterator[Relay]:
    relay = Relay(fault)
    async with serve(relay.handle, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        relay.url = f"ws://127.0.0.1:{port}/"
        yield relay


async def load(relay: Relay, **changes: object) -> Report:
    plan = Plan(
        users=READERS,
        rooms_of=READERS,
        rate=0,
        in_flight=1,
        duration_seconds=1.2,  # Of which a machine that stands still leaves some.
        warmup_seconds=0.1,
        settle_seconds=0,
        drain_seconds=60,
        connect_at_once=1,
    )
    plan = Plan(**{name: getattr(plan, name) for name in plan.__struct_fields__} | changes)
    scene = Scene([(ROOM, 0)], [Seat(0, relay.url, {}) for _ in range(plan.users)])
    lines: list[str] = []
    return await LoadTest(plan, scene, V2(), lines.append).run()


async def test_an_honest_server_is_found_faultless_and_counted_exactly() -> None:
    async with relaying(honest) as relay:
        report = await load(relay)

    assert report.faultless
    assert report.connected == READERS
    assert report.sent == report.acked == relay.seq > 0
    assert abs(report.deliveries - READERS * report.sends_per_second * report.seconds) <= READERS
    assert 0 < report.latency_ms.p50 <= report.latency_ms.p99 <= report.latency_ms.highest


async def test_a_lost_message_is_seen() -> None:
    def lose(seq: int, frames: Frames) -> Frames:
        return [] if seq == 7 else frames

    async with relaying(lose) as relay:
        report = await load(relay, drain_seconds=FOR_THE_LOST_SECONDS)

    assert (report.lost, report.repeated, report.out_of_order) == (1, 0, 0)


async def test_a_message_lost_at_the_very_end_is_seen() -> None:
    def lose(seq: int, frames: Frames) -> Frames:
        return [] if seq >= 5 else frames

    async with relaying(lose) as relay:
        report = await load(relay, drain_seconds=FOR_THE_LOST_SECONDS)

    assert report.lost == relay.seq - 4


async def test_a_repeated_message_is_seen() -> None:
    def repeat(seq: int, frames: Frames) -> Frames:
        return frames * 2 if seq in {3, 9} else frames

    async with relaying(repeat) as relay:
        report = await load(relay)

    assert (report.lost, report.repeated, report.out_of_order) == (0, 2, 0)


async def test_swapped_messages_are_seen() -> None:
    held: Frames = []

    def swap(seq: int, frames: Frames) -> Frames:
        if seq == 4:
            held.extend(frames)
            return []
        return frames + held if seq == 5 else frames

    async with relaying(swap) as relay:
        report = await load(relay)

    assert (report.lost, report.repeated, report.out_of_order) == (0, 0, 1)


async def test_other_events_among_the_messages_are_no_fault() -> None:
    def chatter(seq: int, frames: Frames) -> Frames:
        return [json.dumps({"type": "presence", "data": {"user_id": seq}}), *frames]

    async with relaying(chatter) as relay:
        report = await load(relay)

    assert report.faultless


async def test_a_frame_that_nobody_can_read_is_seen() -> None:
    def garble(seq: int, frames: Frames) -> Frames:
        return ["{", *frames] if seq == 3 else frames

    async with relaying(garble) as relay:
        report = await load(relay)

    assert report.unreadable == 1
    assert not report.faultless


async def test_refusals_are_counted_by_their_code() -> None:
    async with relaying(honest) as relay:
        relay.answer_error = "rate_limited"
        report = await load(relay)

    assert report.errors["rate_limited"] == report.sent > 0
    assert report.acked == 0


async def test_a_reader_that_the_server_lets_go_is_seen_by_its_close_code() -> None:
    async with relaying(honest) as relay:

        def let_go(seq: int, frames: Frames) -> Frames:
            if seq == 3:
                closing.append(asyncio.create_task(relay.readers.pop().close(1013)))
                return []
            return frames

        closing: list[asyncio.Task[None]] = []
        relay.fault = let_go
        report = await load(relay)
        await asyncio.gather(*closing)

    assert report.closed == {"1013": 1}
    assert report.lost == 0


async def test_pings_are_answered_though_the_tap_reads_first() -> None:
    async with relaying(honest) as relay:
        pongs: list[float] = []

        async def ping() -> None:
            while not pongs:
                await asyncio.sleep(0.05)
                if len(relay.readers) == READERS and relay.seq > 3:
                    pongs.append(await (await relay.readers[-1].ping()))

        pinging = asyncio.create_task(ping())
        report = await load(relay)
        async with asyncio.timeout(60):
            await pinging

    assert report.faultless


async def test_an_offered_rate_is_not_exceeded() -> None:
    async with relaying(honest) as relay:
        begun = time.perf_counter()
        report = await load(relay, rate=200.0, duration_seconds=0.5)
        took = time.perf_counter() - begun

    assert report.faultless
    # A relay that answers at once gets thousands where nothing holds the senders back. A machine that
    # stood still makes up for it in what is left of the time measured, so the whole run is what counts.
    assert 0 < report.sent <= 200.0 * took


async def test_nobody_listening_is_an_error_and_not_a_report() -> None:
    async with relaying(honest) as relay:
        url = relay.url
    gone = Relay(honest)
    gone.url = url

    with pytest.raises(ConnectionError, match="nobody could connect"):
        await load(gone)
