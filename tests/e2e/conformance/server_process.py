"""A real server process with the echo behind its sockets, for tests that speak in raw bytes.

Run as ``python -m tests.e2e.conformance.server_process SETTINGS_JSON``; prints its port.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import structlog
import uvloop
from typing_extensions import override

from causerie.foundation.workers import Workers
from causerie.gateway.echo import EchoReceiver
from causerie.gateway.framing import text_frame
from causerie.gateway.ports import Admitted, Doorkeeper, Refused, UpgradeRequest
from causerie.gateway.server import GatewayServer, ServerSettings
from causerie.gateway.upgrade import problem

MAX_MESSAGE_BYTES = 1 << 17
ROOT = Path(__file__).parents[3]


class Flood(EchoReceiver):
    """Answers ``n`` with n messages of 1 KB, and anything else as the echo does."""

    @override
    def on_text(self, payload: bytes) -> None:
        if payload.isdigit() and self._peer is not None:
            self._peer.write(text_frame(b"x" * 1024) * int(payload))
        else:
            super().on_text(payload)


class Ills(EchoReceiver):
    """Does on request what receivers may do at any time."""

    @override
    def on_text(self, payload: bytes) -> None:
        peer = self._peer
        if peer is None or payload == b"raise":
            raise RuntimeError("as the test asked")
        if payload == b"abort":
            peer.abort()
        else:
            peer.close(int(payload), "as asked")
            peer.write(text_frame(b"never sent"))


class Recorder(EchoReceiver):
    """Tells by what ``/closed`` shows how each socket ended."""

    codes: list[int] = []  # noqa: RUF012 - the one list of the process

    @override
    def on_closed(self, code: int) -> None:
        self.codes.append(code)
        super().on_closed(code)


class TestDoorkeeper(Doorkeeper):
    """Admits by the path."""

    __test__ = False

    @override
    async def admit(self, request: UpgradeRequest) -> Admitted | Refused:
        await asyncio.sleep(float(request.query.get("wait", "0")))
        match request.path:
            case "/ws/refused":
                refused = problem(401, "unauthenticated", "who are you")  # type: ignore[arg-type] # a str
                return Refused(refused.status, (*refused.headers, ("x-why", "test")), refused.body)
            case "/ws/broken":
                raise RuntimeError("as the test asked")
            case "/ws/flood":
                return Admitted(Flood(MAX_MESSAGE_BYTES))
            case "/ws/ills":
                return Admitted(Ills(MAX_MESSAGE_BYTES))
        chosen = request.subprotocols[0] if request.subprotocols else None
        return Admitted(Recorder(MAX_MESSAGE_BYTES), chosen)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer every request with the number of bytes of its body, ``/closed`` with close codes.

    ``/at-once`` does not wait for the body.
    """
    received = 0
    while scope["path"] != "/at-once":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        received += len(message["body"])
        if not message["more_body"]:
            break
    body = json.dumps(Recorder.codes if scope["path"] == "/closed" else received).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve(settings: ServerSettings) -> None:
    """Serve until SIGTERM."""
    workers = Workers()
    server = GatewayServer(app, TestDoorkeeper(), settings, workers)
    await server.start()
    workers.start()
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    print(server.port, flush=True)  # noqa: T201 - the parent waits for it
    await stopping.wait()

    async def drain() -> None:
        pass

    await server.stop(drain, 5.0)
    await workers.stop(1.0)


class ServerProcess:
    """The running server as a test sees it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self.address = ("127.0.0.1", port)
        self.said: list[str] = []  # what it wrote on standard error, line by line

    def resident_bytes(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def forget_peak(self) -> None:
        """Have the peak begin anew: proc_pid_clear_refs(5)."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """The most that was resident since."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def wait_until_it_refuses(self) -> None:
        """Wait until nobody listens on the port any more."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(self.address, timeout=30).close()
            except ConnectionError:
                return
            time.sleep(0.01)
        raise AssertionError("the server goes on accepting")

    def terminate(self) -> int:
        """Send SIGTERM and wait for the end; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@contextlib.contextmanager
def running_server(**settings: object) -> Iterator[ServerProcess]:
    """Start a server process on a free port, and end it afterwards."""
    merged = {"host": "127.0.0.1", "port": 0, **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, json.dumps(merged)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process, process.stdout, process.stderr:
        try:
            port = process.stdout.readline()
            assert port, process.stderr.read().decode()
            server = ServerProcess(process, int(port))
            errors = process.stderr
            reader = threading.Thread(target=lambda: server.said.extend(map(bytes.decode, errors)))
            reader.start()
            yield server
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        reader.join()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    told = json.loads(sys.argv[1])
    uvloop.run(
        serve(msgspec.convert(told, ServerSettings, dec_hook=lambda kind, value: kind(value)))
    )
