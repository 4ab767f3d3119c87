"""When users send: acknowledgements bring the next send, or the clock does."""

from __future__ import annotations

import asyncio

from typing_extensions import override

from causerie.assembly.loadtest.pacing import ClosedLoop, OfferedRate, Sends
from causerie.assembly.loadtest.stream import Measure
from causerie.assembly.loadtest.wire import Speaker


class Mouth(Speaker):
    """Says nothing aloud, and remembers it."""

    def __init__(self) -> None:
        self.open = True
        self.refs: list[int] = []

    @override
    def send(self, ref: int, content: str) -> None:
        self.refs.append(ref)


def sends() -> Sends:
    measure = Measure(every=1)
    measure.begin_ns = 0
    return Sends(measure, size=100)


def test_each_acknowledgement_brings_the_next_send() -> None:
    mouth, books = Mouth(), sends()
    loop = ClosedLoop(books, [(mouth, 3)])
    loop.start()
    loop.on_ack(mouth, mouth.refs[1])

    assert len(mouth.refs) == 4
    assert (books.sent, books.acked, books.unanswered) == (4, 1, 3)
    assert books.ack_latency.total == 1


def test_after_the_stop_nothing_new_is_sent() -> None:
    mouth, books = Mouth(), sends()
    loop = ClosedLoop(books, [(mouth, 1)])
    loop.start()
    loop.stop()
    loop.on_ack(mouth, mouth.refs[0])

    assert len(mouth.refs) == 1
    assert books.unanswered == 0


async def test_a_refused_send_is_counted_and_tried_again_later() -> None:
    mouth, books = Mouth(), sends()
    loop = ClosedLoop(books, [(mouth, 1)])
    loop.start()
    loop.on_error(mouth, mouth.refs[0], "rate_limited", 0)

    assert len(mouth.refs) == 1
    async with asyncio.timeout(60):
        while len(mouth.refs) == 1:
            await asyncio.sleep(0.01)
    assert books.errors == {"rate_limited": 1}


def test_a_second_acknowledgement_of_one_send_is_a_fault() -> None:
    mouth, books = Mouth(), sends()
    books.send(mouth)
    books.on_ack(mouth, mouth.refs[0])
    books.on_ack(mouth, mouth.refs[0])

    assert books.acked == 1
    assert books.errors.total() == 1


def test_a_closed_socket_sends_nothing() -> None:
    mouth, books = Mouth(), sends()
    mouth.open = False
    books.send(mouth)

    assert (books.sent, books.unanswered, mouth.refs) == (0, 0, [])


async def test_an_offered_rate_is_kept_whatever_comes_back_and_shared_in_turn() -> None:
    mouths, books = [Mouth(), Mouth()], sends()
    offer = OfferedRate(books, mouths, messages_per_second=1000)
    begun = asyncio.get_running_loop().time()
    offer.start()
    async with asyncio.timeout(60):
        while books.sent < 100:
            await asyncio.sleep(0.005)
    took = asyncio.get_running_loop().time() - begun
    offer.stop()
    sent = books.sent
    await asyncio.sleep(0.02)

    assert took >= 0.09
    assert abs(len(mouths[0].refs) - len(mouths[1].refs)) <= 1
    assert books.sent == sent
