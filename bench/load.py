"""The load, as a process of its own on its own core: a specification comes in, a report goes out.

python -m bench.load < specification.json > report.json
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import msgspec
import uvloop

from bench import child
from bench.machine import LOAD_CORE
from bench.peers.nats import Nats, NatsConnection
from causerie.assembly.loadtest.connection import Connection
from causerie.assembly.loadtest.plan import Plan
from causerie.assembly.loadtest.report import Report
from causerie.assembly.loadtest.run import LoadTest, Scene, Seat
from causerie.assembly.loadtest.scene import prepare
from causerie.assembly.loadtest.wire import V2, Tongue

PREPARE_AND_CONNECT_SECONDS = (
    240.0  # Ten thousand look-ups, rooms and handshakes, with much to spare.
)


class Specification(msgspec.Struct, frozen=True):
    """Whom to load, and how."""

    kind: Literal["causerie", "relay", "nats"]
    url: str
    plan: Plan
    accounts: str = ""
    secret: str = ""


def drive(specification: Specification, *, core: int | None = LOAD_CORE) -> Report:
    """Run one load test in a process of its own. Raises ``Failed``."""
    plan = specification.plan
    seconds = plan.settle_seconds + plan.warmup_seconds + plan.duration_seconds + plan.drain_seconds
    printed = child.run(
        child.python("bench.load"),
        core=core,
        timeout_seconds=seconds + PREPARE_AND_CONNECT_SECONDS,
        given=msgspec.json.encode(specification),
    )
    return msgspec.json.decode(printed, type=Report)


def scene_of(specification: Specification) -> Scene:
    """The rooms and seats; the peers know neither accounts nor membership."""
    plan, url = specification.plan, specification.url
    if specification.kind == "causerie":
        return prepare(
            url,
            plan,
            _progress,
            accounts_file=Path(specification.accounts),
            secret=specification.secret,
        )
    path = "/ws/v2?room=room_{room}&user=load-{user}" if specification.kind == "relay" else "/"
    seats = [
        Seat(room, url + path.format(room=room + 1, user=user), {})
        for user in range(plan.users)
        for room in [user // plan.rooms_of]
    ]
    return Scene([(f"room_{room + 1}", 0) for room in range(plan.rooms)], seats)


def main() -> None:
    specification = msgspec.json.decode(sys.stdin.buffer.read(), type=Specification)
    is_nats = specification.kind == "nats"
    tongue: Tongue = Nats() if is_nats else V2()
    test = LoadTest(
        specification.plan,
        scene_of(specification),
        tongue,
        _progress,
        connection_type=NatsConnection if is_nats else Connection,
    )
    report = uvloop.run(test.run())
    sys.stdout.buffer.write(msgspec.json.encode(report))


def _progress(line: str) -> None:
    print(f"    {line}", file=sys.stderr)


if __name__ == "__main__":
    main()
