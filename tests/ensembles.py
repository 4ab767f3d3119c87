"""Servers that make one Redis together: a master with its replica and Sentinels, and a Cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import redis

from tests.ports import free_port
from tests.valkeys import Valkey, a_valkey

SETTLED_SECONDS = 60.0
# After so long without an answer a Sentinel holds a master for dead: longer than a machine stands
# still. And so long is a failover that came to nothing left alone; else it would be three minutes.
DOWN_MILLISECONDS = 2000
FAILOVER_MILLISECONDS = 3000
SLOTS = 16384
SERVICE = "chat"


class Watched:
    """A master, its replica, and three Sentinels that watch them."""

    def __init__(self, servers: Sequence[Valkey], sentinels: Sequence[Valkey]) -> None:
        self.servers = servers
        self.sentinels = sentinels

    @property
    def url(self) -> str:
        """What ``cache.url`` takes."""
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}"

    @property
    def master(self) -> Valkey:
        """The server that the last Sentinel names: it outlives what tests do to the others."""
        _, port = self.sentinels[-1].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return next(server for server in self.servers if server.port == int(port))


@contextmanager
def a_watched_pair() -> Iterator[Watched]:
    """Servers and Sentinels that know each other."""
    with ExitStack() as stack:
        master = stack.enter_context(a_valkey())
        replica = stack.enter_context(a_valkey("--replicaof", f"127.0.0.1 {master.port}"))
        sentinels = [stack.enter_context(a_valkey(is_sentinel=True)) for _ in range(3)]
        for sentinel in sentinels:
            sentinel.ask("SENTINEL", "MONITOR", SERVICE, "127.0.0.1", master.port, 2)
            sentinel.ask("SENTINEL", "SET", SERVICE, "down-after-milliseconds", DOWN_MILLISECONDS)
            sentinel.ask("SENTINEL", "SET", SERVICE, "failover-timeout", FAILOVER_MILLISECONDS)
        _until(lambda: _is_in_step(replica) and all(_is_known(one) for one in sentinels))
        yield Watched([master, replica], sentinels)


def _is_known(sentinel: Valkey) -> bool:
    found: dict[bytes, bytes] = sentinel.ask("SENTINEL", "MASTER", SERVICE)
    return found[b"num-other-sentinels"] == b"2" and found[b"num-slaves"] == b"1"


@contextmanager
def a_cluster(
    masters: int = 3, *, replicas: int = 0, options: Sequence[str] = (), program: str | None = None
) -> Iterator[list[Valkey]]:
    """Masters that share the slots evenly, and after them replicas of the last one."""
    with ExitStack() as stack:
        buses = [
            str(free_port()) for _ in range(masters + replicas)
        ]  # For what they tell each other.
        servers = [
            stack.enter_context(
                a_valkey(
                    *("--cluster-enabled", "yes", "--cluster-port", bus), *options, program=program
                )
            )
            for bus in buses
        ]
        for number, server in enumerate(servers[:masters]):
            first, end = (SLOTS * n // masters for n in (number, number + 1))
            server.ask("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
            server.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for server, bus in zip(servers[1:], buses[1:], strict=True):
            servers[0].ask("CLUSTER", "MEET", "127.0.0.1", server.port, bus)
        _until(lambda: all(_is_well(server, masters, len(servers)) for server in servers))
        for replica in servers[masters:]:
            replica.ask("CLUSTER", "REPLICATE", servers[masters - 1].ask("CLUSTER", "MYID"))
        # One that has copied nothing yet would not be taken for its master.
        _until(lambda: all(_is_in_step(replica) for replica in servers[masters:]))
        yield servers


def url_of(cluster: Sequence[Valkey]) -> str:
    """What ``cache.url`` takes: the first two of them, the others are found."""
    return "redis+cluster://" + ",".join(f"127.0.0.1:{server.port}" for server in cluster[:2])


def _is_well(server: Valkey, masters: int, known: int) -> bool:
    found = server.ask("CLUSTER", "INFO").split()
    size = {b"cluster_size:%d" % masters, b"cluster_known_nodes:%d" % known}
    return {b"cluster_state:ok", *size} <= set(found)


def _is_in_step(replica: Valkey) -> bool:
    return b"connected" in replica.ask("ROLE")


def _until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + SETTLED_SECONDS
    while not _holds(condition):
        assert time.monotonic() < ends_at, "they did not find each other"
        time.sleep(0.02)


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except redis.RedisError:
        return False
