"""Ports for servers that have to be told theirs before they are there."""

from __future__ import annotations

import contextlib
import random
import socket

# Below ip_local_port_range, wherever that begins: the kernel gives them to no connection meanwhile.
LOWEST_PORT, HIGHEST_PORT = 10_000, 32_000
# Not the tests' own chance: that begins anew with each, the same in all processes.
_chance = random.SystemRandom()


def free_port() -> int:
    """A port where nobody listens; no two of those who ask soon get the same one, but by chance."""
    while True:
        port = _chance.randrange(LOWEST_PORT, HIGHEST_PORT)
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port
