"""The machine: the data folder and its disk, the port, file descriptors, TLS files."""

from __future__ import annotations

import errno
import os
import resource
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from causerie.assembly.doctor.finding import Finding, doubtful, well, wrong
from causerie.assembly.settings import Settings, process_count
from causerie.foundation.crypto import expiry_of
from causerie.gateway.encryption import Certificate, CertificateUnusable
from causerie.gateway.health import LOW_FREE_BYTES
from causerie.gateway.server import DESCRIPTOR_RESERVE, HTTP_RESERVE

MEBIBYTE = 1 << 20
FULL_BYTES = 128 * MEBIBYTE  # The ballast and what PostgreSQL's log may need at once.
# A commit waits for this. An SSD takes one, a disk that turns eight, a bad network disk fifty.
SLOW_SYNC_MS = 20.0
SYNCS = 11
BLOCK_BYTES = 8192
RENEWAL = timedelta(days=14)  # Half of what is left when ACME clients renew.


def folder(settings: Settings) -> Iterator[Finding]:
    """Look at the data folder: whether it can be written, how much fits, and how fast."""
    path = settings.server.data_dir.absolute()
    # Where it is not there yet, what it would be made in.
    path = next(place for place in (path, *path.parents) if place.exists())
    try:
        milliseconds = _sync_ms(path)
    except OSError as error:
        yield wrong(
            "data folder",
            f"{path} cannot be written: {error.strerror}",
            "give it to the user that the server runs as, or set server.data_dir",
        )
        return
    yield well("data folder", f"{path} can be written")
    facts = os.statvfs(path)
    free = facts.f_bavail * facts.f_frsize
    room = f"{free // MEBIBYTE} MiB free"
    if free < FULL_BYTES:
        yield wrong("disk space", room, f"make room on the disk of {path}")
    elif free < LOW_FREE_BYTES:
        yield doubtful("disk space", room, f"make room on the disk of {path}")
    else:
        yield well("disk space", room)
    speed = f"a write reaches the disk in {milliseconds:.1f} ms"
    if milliseconds > SLOW_SYNC_MS:
        yield doubtful("disk speed", speed, "each message waits for it: take a faster disk")
    else:
        yield well("disk speed", speed)


def _sync_ms(path: Path) -> float:
    taken = []
    with tempfile.TemporaryFile(dir=path) as file:
        for _ in range(SYNCS):
            file.write(os.urandom(BLOCK_BYTES))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def port(settings: Settings, *, is_served: bool) -> Finding:
    """Look whether the port can be taken, or is by the server."""
    address = settings.server.bind_addr
    where = f"{address.host}:{address.port}"
    if is_served:
        return well("port", f"the server listens on {where}")
    try:
        family, kind, proto, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, proto) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            remedy = "stop the other program, or set server.bind_addr to another port"
            return wrong("port", f"another program listens on {where}", remedy)
        return wrong("port", f"{where} cannot be taken: {error.strerror}", "set server.bind_addr")
    return well("port", f"{where} is free")


def descriptors(settings: Settings) -> Finding:
    """Look whether a process may have as many open files as connections are allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Balanced as they are, one worker may still hold twice its part while another starts again.
    share = min(1.0, 2 / process_count(settings))
    needed = round(settings.server.max_connections * share) + DESCRIPTOR_RESERVE + HTTP_RESERVE
    found = f"{hard} open files for a process, and server.max_connections wants {needed}"
    if hard >= needed:
        return well("file descriptors", found)
    return doubtful(
        "file descriptors",
        found,
        f"raise the hard limit (LimitNOFILE={needed}, ulimit -Hn), or lower server.max_connections",
    )


def certificate(settings: Settings) -> Finding | None:
    """Look at the TLS files, where there are any."""
    chain, key = settings.server.tls_cert, settings.server.tls_key
    if chain is None or key is None:
        return None
    try:
        Certificate(chain, key)
    except CertificateUnusable as error:
        return wrong("TLS files", str(error), "mend server.tls_cert and server.tls_key")
    ends = expiry_of(chain.read_bytes())
    left = ends - datetime.now(UTC)
    found = f"the certificate ends on {ends:%Y-%m-%d}"
    if left <= timedelta(0):
        return wrong("TLS files", found, "renew it; the server takes the new file by itself")
    if left < RENEWAL:
        return doubtful("TLS files", found, "renew it; the server takes the new file by itself")
    if key.stat().st_mode & 0o077:
        return doubtful("TLS files", f"{key} is open to others", f"chmod 600 {key}")
    return well("TLS files", found)
