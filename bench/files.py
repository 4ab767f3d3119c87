"""What a file of 100 MB costs the server's memory, on its way in and on its way out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2

from bench import servers
from bench.child import Failed
from bench.results import Figure
from bench.rows import Bench
from causerie.assembly.loadtest.accounts import read_accounts, with_secret
from causerie.assembly.loadtest.api import Api

FILE_BYTES = 100 << 20
PIECE = bytes(range(256)) * 4096  # 1 MiB
MAX_GROWTH_MIB = 32.0
TIMEOUT_SECONDS = 300.0
# proc_pid_clear_refs(5): the peak begins anew.
RESET_PEAK = "5"


def large_files(_: Bench) -> list[Figure]:
    """Bring a file and get it again; the memory is the server process's own."""
    with servers.causerie(2) as target:
        with Api(target.url, _silently) as api:
            known = read_accounts(Path(target.accounts))[:1]
            (account,) = with_secret(api, known, target.secret, _silently)
        headers = {"authorization": f"Bearer {account.token}"}
        url = target.url.replace("ws://", "http://")
        with httpx2.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS) as client:
            _round(client, target.pids[0], 1 << 20)  # What is needed once is there after it.
            upload, download, seconds = _round(client, target.pids[0], FILE_BYTES)
    return [
        _figure("an upload of 100 MB", upload, seconds[0]),
        _figure("its download", download, seconds[1]),
    ]


def _round(client: httpx2.Client, pid: int, size: int) -> tuple[float, float, tuple[float, float]]:
    """Bring and get a file; gives how much the peak was over what was there before, in MiB."""
    before = _resident_mib(pid, "VmRSS")
    _reset_peak(pid)
    began = time.perf_counter()
    answer = client.post("/api/v2/files", params={"name": "large"}, content=_pieces(size))
    middle = time.perf_counter()
    if answer.status_code != 201:
        raise Failed(f"files: the upload was answered {answer.status_code} {answer.text}")
    upload = _resident_mib(pid, "VmHWM") - before
    _reset_peak(pid)
    taken = 0
    with client.stream("GET", f"/api/v2/files/{answer.json()['id']}/content") as content:
        for piece in content.iter_bytes():
            taken += len(piece)
    if taken != size:
        raise Failed(f"files: {taken:,} bytes came back of {size:,}")
    seconds = (middle - began, time.perf_counter() - middle)
    return upload, _resident_mib(pid, "VmHWM") - before, seconds


def _pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // len(PIECE)):
        yield PIECE


def _resident_mib(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise Failed(f"files: no {field} of process {pid}")


def _silently(_: str) -> None:
    return


def _reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK)


def _figure(what: str, growth_mib: float, seconds: float) -> Figure:
    return Figure(
        row="files",
        what=f"{what}, memory over what was there",
        unit="MiB",
        ours=round(growth_mib, 1),
        bar=f"at most {MAX_GROWTH_MIB:.0f}",
        holds=growth_mib <= MAX_GROWTH_MIB,
        notes=[f"{seconds:.1f} s"],
    )
