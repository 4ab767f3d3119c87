"""HTTP requests as fast as a server answers: kept-alive connections, one request each at a time.

Asked by ``wrk``: of two cores a load generator in Python took as much as the servers.

python -m bench.http_load < specification.json > report.json
"""

from __future__ import annotations

import math
import os
import shutil
import sys
import time
from pathlib import Path

import msgspec

from bench import child
from bench.child import Failed
from bench.load import Specification
from bench.machine import LOAD_CORE
from causerie.assembly.loadtest.accounts import Known, read_accounts, sign_token, with_secret
from causerie.assembly.loadtest.api import Api
from causerie.assembly.loadtest.processes import processor_seconds_of

# Every request is counted as on any server, and none is refused: a switched off limit costs nothing.
LIMITED = {"CHAT_SERVER__LIMITS__MAX_MESSAGES_PER_MINUTE": "60000000"}
CONNECTIONS = 32
MESSAGES = 200  # In the room whose newest page of 50 is read.
WARMUP_SECONDS = 2.0
TIMEOUT_SECONDS = 120.0
US_PER_MS = 1e3
US_PER_SECOND = 1e6
SCRIPT = Path(__file__).parent / "peers" / "wrk.lua"


class HttpReport(msgspec.Struct, frozen=True):
    """One kind of request: how many a second, and milliseconds each."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int
    server_cpu: float


class _Asked(msgspec.Struct, frozen=True):
    """What ``wrk.lua`` prints; times are in microseconds."""

    requests: int
    microseconds: int
    failed: int
    p50: float
    p99: float


class HttpReports(msgspec.Struct, frozen=True):
    """``me`` and ``page`` at saturation, ``lone_page`` one at a time."""

    me: HttpReport
    page: HttpReport
    lone_page: HttpReport


def drive(specification: Specification, *, core: int | None = LOAD_CORE) -> HttpReports:
    """Ask in a process of its own. Raises ``Failed``."""
    printed = child.run(
        child.python("bench.http_load"),
        core=core,
        timeout_seconds=TIMEOUT_SECONDS + 3 * specification.plan.duration_seconds,
        given=msgspec.json.encode(specification),
    )
    return msgspec.json.decode(printed, type=HttpReports)


def _measure(
    specification: Specification, path: str, token: str, *, connections: int
) -> HttpReport:
    plan = specification.plan
    url = specification.url.replace("ws:", "http:", 1) + path
    _ask(url, token, seconds=WARMUP_SECONDS, connections=connections)
    cpu = processor_seconds_of(plan.server_pids)
    asked = _ask(url, token, seconds=plan.duration_seconds, connections=connections)
    cpu = processor_seconds_of(plan.server_pids) - cpu
    seconds = asked.microseconds / US_PER_SECOND
    return HttpReport(
        per_second=round(asked.requests / seconds, 1),
        p50_ms=asked.p50 / US_PER_MS,
        p99_ms=asked.p99 / US_PER_MS,
        failed=asked.failed,
        server_cpu=round(cpu / seconds, 3),
    )


def _ask(url: str, token: str, *, seconds: float, connections: int) -> _Asked:
    """Have ``wrk`` ask the same thing again and again. Raises ``Failed``."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise Failed("wrk is missing, which asks over HTTP: apt-get install wrk")
    own = os.sched_getaffinity(0)
    how = ["-t1", f"-c{connections}", f"-d{math.ceil(seconds)}s", "-s", str(SCRIPT)]
    printed = child.run(
        [wrk, *how, "-H", f"Authorization: Bearer {token}", url],
        core=None if len(own) > 1 else min(own),
        timeout_seconds=TIMEOUT_SECONDS + seconds,
    )
    # What wrk prints by itself stands before the line of the script.
    return msgspec.json.decode(printed.splitlines()[-1], type=_Asked)


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


def _measure_all(specification: Specification, token: str, path: str) -> HttpReports:
    return HttpReports(
        me=_measure(specification, "/api/v2/me", token, connections=CONNECTIONS),
        page=_measure(specification, path, token, connections=CONNECTIONS),
        lone_page=_measure(specification, path, token, connections=1),
    )


def _silently(_: str) -> None:
    return


def main() -> None:
    specification = msgspec.json.decode(sys.stdin.buffer.read(), type=Specification)
    token, path = _prepare(specification)
    reports = _measure_all(specification, token, path)
    sys.stdout.buffer.write(msgspec.json.encode(reports))


if __name__ == "__main__":
    main()
