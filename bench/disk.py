"""What a commit waits for at the least on this machine: its disk."""

from __future__ import annotations

import os
import tempfile
import time

from bench.results import Figure
from bench.rows import LONE_MESSAGES_PER_SECOND, Bench

BLOCK_BYTES = 8 << 10  # A block of PostgreSQL's log: what a small commit writes.
FILE_BYTES = 16 << 20  # A segment of that log; written whole beforehand, as PostgreSQL does.


def synced(bench: Bench) -> list[Figure]:
    """One block after another, written and synchronised as often as lone messages come."""
    times = []
    with tempfile.TemporaryFile(prefix="causerie-bench-") as file:
        descriptor = file.fileno()
        os.write(descriptor, bytes(FILE_BYTES))
        os.fsync(descriptor)
        for number in range(int(max(bench.seconds, 10) * LONE_MESSAGES_PER_SECOND)):
            began = time.perf_counter()
            os.pwrite(descriptor, os.urandom(BLOCK_BYTES), number * BLOCK_BYTES % FILE_BYTES)
            os.fdatasync(descriptor)
            times.append((time.perf_counter() - began) * 1_000)
            time.sleep(max(0.0, 1 / LONE_MESSAGES_PER_SECOND - (time.perf_counter() - began)))
    times.sort()
    what = "the disk alone: a block of 8 KiB written and synchronised"
    return [
        Figure(row="disk", what=what, unit=f"p{share} ms", ours=times[len(times) * share // 100])
        for share in (50, 99)
    ]
