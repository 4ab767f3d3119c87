"""A real server that speaks S3's protocol, in a process of its own (moto)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import msgspec

from tests.ports import free_port

START_SECONDS = 60.0


class BucketServer(msgspec.Struct, frozen=True):
    """Where it listens, and the bucket that is there."""

    endpoint: str
    bucket: str

    def keys(self) -> list[str]:
        """What lies in the bucket, by the plain listing of the protocol."""
        listing = httpx2.get(f"{self.endpoint}/{self.bucket}", timeout=60).text
        return [part.split("</Key>")[0] for part in listing.split("<Key>")[1:]]


@contextmanager
def a_bucket() -> Iterator[BucketServer]:
    """Start a server with an empty bucket."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = BucketServer(f"http://127.0.0.1:{port}", "causerie-files")
    ends_at = time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                answer = httpx2.put(f"{server.endpoint}/{server.bucket}", timeout=30)
                assert answer.status_code == 200, answer.text
                break
            except httpx2.TransportError:
                assert process.poll() is None, "the S3 server did not start"
                assert time.monotonic() < ends_at, "the S3 server did not answer"
                time.sleep(0.1)
        yield server
    finally:
        process.kill()
        process.wait()
