"""HTTP requests as fast as a server answers: kept-alive connections, one request each at a time.

python -m bench.http_load < specification.json > report.json
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import cast

import msgspec
import uvloop
from typing_extensions import override

from bench import child
from bench.load import Specification
from bench.machine import LOAD_CORE
from causerie.assembly.loadtest.accounts import Known, read_accounts, sign_token, with_secret
from causerie.assembly.loadtest.api import Api
from causerie.assembly.loadtest.processes import processor_seconds_of
from causerie.assembly.loadtest.stream import Histogram

CONNECTIONS = 32
MESSAGES = 200  # In the room whose newest page of 50 is read.
WARMUP_SECONDS = 2.0
TIMEOUT_SECONDS = 120.0
NS_PER_MS = 1e6
HEADERS_END = b"\r\n\r\n"


class HttpReport(msgspec.Struct, frozen=True):
    """One kind of request: how many a second, and milliseconds each."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int
    server_cpu: float


class HttpReports(msgspec.Struct, frozen=True):
    """``me`` and ``page`` at saturation, ``lone_page`` one at a time."""

    me: HttpReport
    page: HttpReport
    lone_page: HttpReport


class _Asking(asyncio.Protocol):
    """One connection that asks the same thing again and again."""

    def __init__(self, request: bytes, latency: Histogram) -> None:
        self._request = request
        self.latency = latency
        self.failed = 0
        self._asked_ns = 0
        self._answer = b""
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class
        self._ask()

    @override
    def data_received(self, data: bytes) -> None:
        self._answer += data
        body = self._answer.find(HEADERS_END) + len(HEADERS_END)
        if body < len(HEADERS_END):
            return
        head = self._answer[:body].lower()
        at = head.index(b"content-length:") + len(b"content-length:")
        if len(self._answer) - body < int(head[at : head.index(b"\r\n", at)]):
            return
        self.latency.record(time.perf_counter_ns() - self._asked_ns)
        self.failed += not head.startswith(b"http/1.1 2")
        self._answer = b""
        self._ask()

    def _ask(self) -> None:
        assert self._transport is not None
        self._asked_ns = time.perf_counter_ns()
        self._transport.write(self._request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def drive(specification: Specification, *, core: int | None = LOAD_CORE) -> HttpReports:
    """Ask in a process of its own. Raises ``Failed``."""
    printed = child.run(
        child.python("bench.http_load"),
        core=core,
        timeout_seconds=TIMEOUT_SECONDS + 3 * specification.plan.duration_seconds,
        given=msgspec.json.encode(specification),
    )
    return msgspec.json.decode(printed, type=HttpReports)


async def _measure(
    specification: Specification, path: str, token: str, *, connections: int
) -> HttpReport:
    host, _, port = specification.url.removeprefix("ws://").partition(":")
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    asking = [
        (await loop.create_connection(lambda: _Asking(request, Histogram()), host, int(port)))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(WARMUP_SECONDS)
    latency = Histogram()
    for each in asking:
        each.latency = latency
    begun, cpu = time.perf_counter(), processor_seconds_of(specification.plan.server_pids)
    await asyncio.sleep(specification.plan.duration_seconds)
    seconds = time.perf_counter() - begun
    cpu = processor_seconds_of(specification.plan.server_pids) - cpu
    answered = latency.total
    for each in asking:
        each.close()
    return HttpReport(
        per_second=round(answered / seconds, 1),
        p50_ms=round(latency.percentile(50) / NS_PER_MS, 3),
        p99_ms=round(latency.percentile(99) / NS_PER_MS, 3),
        failed=sum(each.failed for each in asking),
        server_cpu=round(cpu / seconds, 3),
    )


def _prepare(specification: Specification) -> tuple[str, str]:
    """Make a room with messages; returns a token and the path of the room's messages."""
    known: list[Known] = read_accounts(Path(specification.accounts))[:2]
    with Api(specification.url, _silently) as api:
        first, second = with_secret(api, known, specification.secret, _silently)
        room = api.make_room("page", [second.user_id], first.token)
        path = f"/api/v2/conversations/{room.id}/messages"
        for number in range(MESSAGES):
            api.send(room.id, f"message {number} ".ljust(100, "x"), first.token)
    token = sign_token(first.user_id, specification.secret, now=int(time.time()))
    return token, path


async def _measure_all(specification: Specification, token: str, path: str) -> HttpReports:
    return HttpReports(
        me=await _measure(specification, "/api/v2/me", token, connections=CONNECTIONS),
        page=await _measure(specification, path, token, connections=CONNECTIONS),
        lone_page=await _measure(specification, path, token, connections=1),
    )


def _silently(_: str) -> None:
    return


def main() -> None:
    specification = msgspec.json.decode(sys.stdin.buffer.read(), type=Specification)
    token, path = _prepare(specification)
    reports = uvloop.run(_measure_all(specification, token, path))
    sys.stdout.buffer.write(msgspec.json.encode(reports))


if __name__ == "__main__":
    main()
