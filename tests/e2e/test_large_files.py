"""A large file passes through the server without ever being in its memory."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.e2e.outside import newcomer
from tests.processes import Causerie, a_causerie

pytestmark = pytest.mark.long

FILE_BYTES = 100_000_000
PIECE_BYTES = 1_000_000
MAX_GROWTH_KIB = 32 * 1024
TIMEOUT_SECONDS = 240.0


def pieces(size: int) -> Iterator[bytes]:
    source = random.Random(1)
    for _ in range(size // PIECE_BYTES):
        yield source.randbytes(PIECE_BYTES)


def kib_of(server: Causerie, field: str) -> int:
    for line in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise AssertionError(field)


def send_and_get(client: httpx2.Client, size: int) -> None:
    answer = client.post("/api/v2/files", params={"name": "large"}, content=pieces(size))
    assert answer.status_code == 201, answer.text
    file = answer.json()
    digest = hashlib.sha256()
    with client.stream("GET", f"/api/v2/files/{file['id']}/content") as content:
        assert content.headers["content-length"] == str(size)
        for piece in content.iter_bytes():
            digest.update(piece)
    assert digest.hexdigest() == file["sha256"]


def test_a_hundred_megabytes_in_and_out_stay_out_of_memory() -> None:
    with a_causerie() as server:
        user = newcomer(server, "ann")
        headers = {"authorization": f"Bearer {user.access_token}"}
        with httpx2.Client(base_url=server.url, headers=headers, timeout=TIMEOUT_SECONDS) as client:
            send_and_get(client, PIECE_BYTES)  # What is needed once is there after it.
            before = kib_of(server, "VmRSS")
            # proc_pid_clear_refs(5): the peak begins anew.
            Path(f"/proc/{server.pid}/clear_refs").write_text("5")

            send_and_get(client, FILE_BYTES)

        assert kib_of(server, "VmHWM") - before <= MAX_GROWTH_KIB
