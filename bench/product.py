"""Causerie as the README starts it, on the server's core, with nothing between a load and the figure."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import child
from bench.machine import SERVER_CORE

READY_CALL_SECONDS = 2.0
SECRET_BYTES = 32
# No limit may stand between a load and the figure; everything else is as a new server has it.
UNLIMITED = {
    "CHAT_SERVER__LIMITS__MAX_MESSAGES_PER_MINUTE": "0",
    "CHAT_SERVER__LIMITS__MAX_CONNECTIONS_PER_IP": "0",
    "CHAT_SERVER__LIMITS__MAX_CONNECTIONS_PER_USER": "0",
    "CHAT_SERVER__LIMITS__AUTH_ATTEMPTS_PER_MINUTE": "0",
}


class Place(msgspec.Struct, frozen=True):
    """Where a server is to be, and what it is told so that it is there."""

    port: int
    secret: str
    env: Mapping[str, str]

    @property
    def url(self) -> str:
        """For sockets."""
        return f"ws://127.0.0.1:{self.port}"


def place(data: Path, more: Mapping[str, str] | None = None) -> Place:
    """A free port, a secret of its own, this data folder, and more settings by their variables."""
    port, secret = child.free_port(), secrets.token_hex(SECRET_BYTES)
    env = {
        "CHAT_SERVER__SERVER__BIND_ADDR": f"127.0.0.1:{port}",
        "CHAT_SERVER__SERVER__DATA_DIR": str(data),
        "CHAT_SERVER__SECURITY__JWT_SECRET": secret,
        **UNLIMITED,
        **(more or {}),
    }
    return Place(port, secret, env)


@contextmanager
def serving(where: Place, *, log: Path, core: int | None = SERVER_CORE) -> Iterator[int]:
    """A server while the block runs; gives its pid. Raises ``Failed`` where it does not start."""
    with child.running(
        child.python("causerie", "serve"),
        core=core,
        log=log,
        is_ready=lambda: answers(f"http://127.0.0.1:{where.port}/health/ready"),
        env=where.env,
    ) as pid:
        yield pid


def answers(url: str) -> bool:
    """Whether a server is there, and well."""
    try:
        with urllib.request.urlopen(url, timeout=READY_CALL_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
