"""Those whom a server tells how it fares: a collector of traces, and Sentry's endpoint."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from typing_extensions import override

WAIT_SECONDS = 60.0


class Collector:
    """Takes whatever is posted to it, and keeps it as it came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bodies: list[bytes] = []

    @property
    def traces_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/traces"

    @property
    def sentry_dsn(self) -> str:
        return f"http://public@127.0.0.1:{self.port}/1"

    def spans(self) -> list[Span]:
        """What came by OTLP, read with the protobufs of OpenTelemetry."""
        found: list[Span] = []
        for body in self.bodies:
            request = ExportTraceServiceRequest.FromString(body)
            for of_resource in request.resource_spans:
                for scope in of_resource.scope_spans:
                    found += scope.spans
        return found

    def events(self) -> list[dict[str, Any]]:
        """The events of all of Sentry's envelopes: lines of JSON, a header before each item."""
        found = []
        for body in self.bodies:
            lines = body.split(b"\n")
            for header, item in zip(lines[1::2], lines[2::2], strict=False):
                if header and json.loads(header).get("type") == "event":
                    found.append(json.loads(item))
        return found

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what comes when it has been gathered."""
        ends_at = time.monotonic() + WAIT_SECONDS
        while not condition():
            assert time.monotonic() < ends_at, "it never came"
            time.sleep(0.05)


@contextmanager
def a_collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.headers.get("transfer-encoding") == "chunked":
                body = b"".join(iter(self._chunk, b""))
            else:
                body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collector.bodies.append(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            return data

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
