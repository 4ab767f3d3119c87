"""The one place that knows the driver (redis-py): clients, links for pub/sub, and its errors.

Imported when a cache is opened and not before: it takes a tenth of a second, and most commands of
the command line need none.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ssl import SSLCertVerificationError
from typing import Any, TypeAlias

import redis.asyncio as driver
from redis import exceptions as errors
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from typing_extensions import override

from causerie.foundation.cache.address import Address
from causerie.foundation.cache.errors import AwayReason, CacheAway
from causerie.foundation.cache.words import Command, Reply, Word

# Their callbacks read what the driver itself needs; all other replies are given as they come.
_OF_THE_DRIVER = ("CLUSTER", "COMMAND", "SENTINEL", "INFO")
# The first words of errors that tell of a server that cannot be used now, and not of a wrong call.
_AWAY_WORDS = {
    "MISCONF": AwayReason.FULL,
    "OOM": AwayReason.FULL,
    "NOREPLICAS": AwayReason.READ_ONLY,
    "READONLY": AwayReason.READ_ONLY,
    "MASTERDOWN": AwayReason.READ_ONLY,
    "LOADING": AwayReason.LOADING,
    "CLUSTERDOWN": AwayReason.UNREACHABLE,
    "NOAUTH": AwayReason.REFUSED,
    "WRONGPASS": AwayReason.REFUSED,
    "NOPERM": AwayReason.REFUSED,
}

# How long is waited and what is tried twice; a Sentinel is asked in the same way.
_OF_ANY_SERVER = ("driver_info", "socket_timeout", "socket_connect_timeout", "retry")
PROBE_MILLISECONDS = 10_000  # What the probe writes is gone after it.
MAX_PROBE_KEYS = 1000  # Some 2 ms, where a primary has no slots; else twice their number will do.

_Driver: TypeAlias = "driver.Redis | driver.RedisCluster"


class NoScript(Exception):  # noqa: N818 - a fact: the server has never seen it, or forgot it
    """Redis does not know a script by its digest."""


class Client:
    """Up to ``size`` connections to what the address names; for one event loop."""

    def __init__(self, address: Address, size: int, *, name: str, patience_seconds: float) -> None:
        common: dict[str, Any] = {  # Any: the driver's arguments, each of its own type
            "username": address.username,
            "password": address.password,
            "client_name": name,
            "protocol": 2,  # replies as they are on the wire, the same for all servers
            "driver_info": None,  # else each connection begins with a round trip for statistics
            "socket_timeout": patience_seconds,
            "socket_connect_timeout": patience_seconds,
            "retry": Retry(NoBackoff(), 0),  # who calls decides; a second try may be a second deed
        }
        self._redis = _client_of(address, common, size=size)

    async def execute(self, command: Command) -> Reply:
        """Send one command. Raises ``CacheAway``, ``NoScript``."""
        with translated():
            reply: Reply = await self._redis.execute_command(*command)
            return reply

    async def execute_all(self, commands: Sequence[Command]) -> list[Reply | Exception]:
        """Send several in one write (in a Cluster one a node); not a transaction.

        A reply that is an error stands in its place, translated as what ``execute`` raises.
        """
        with translated():
            pipeline: Any = self._redis.pipeline(transaction=False)  # Any: the driver's own
            for command in commands:
                pipeline.execute_command(*command)
            replies = await pipeline.execute(raise_on_error=False)
        return [_translate(r) or r if isinstance(r, Exception) else r for r in replies]

    async def probe(self, key: str) -> None:
        """See whether it can be used, of a Cluster each primary. Raises ``CacheAway``.

        It writes: a replica, a full server and one that a Cluster has lost answer all the same.
        """
        keys = [key]
        if isinstance(self._redis, driver.RedisCluster):
            with translated():
                keys = await self._keys_everywhere(self._redis, key)
        for reply in await self.execute_all(
            [("SET", k, 1, "PX", PROBE_MILLISECONDS) for k in keys]
        ):
            if isinstance(reply, Exception):
                raise reply

    async def version(self) -> str:
        """The server's version: Redis', or the one of Redis that Valkey says it can do."""
        with translated():
            if isinstance(self._redis, driver.RedisCluster):
                found = await self._redis.info("server", target_nodes=self._redis.RANDOM)
            else:
                found = await self._redis.info("server")
            return str(found.get("redis_version", ""))

    async def books(self) -> list[dict[str, Any]]:
        """What each server says of its memory and of its keys, in the words of ``INFO``."""
        with translated():
            if not isinstance(self._redis, driver.RedisCluster):
                return [await self._redis.info("memory", "stats")]
            all_primaries = self._redis.PRIMARIES
            found = await self._redis.info("memory", "stats", target_nodes=all_primaries)
        # Of one node it comes as it is, of several by their names.
        return [found] if "used_memory" in found else list(found.values())

    async def link_for(self, channel: bytes) -> Link:
        """Open a connection of its own to the server that has a channel of sharded pub/sub."""
        with translated():
            if isinstance(self._redis, driver.RedisCluster):
                owner: Any = await self._node_of(self._redis, channel)  # Any: a node or a pool
            else:
                owner = self._redis.connection_pool
            connection = owner.connection_class(**owner.connection_kwargs)
            try:
                await connection.connect()
                _heed_cancellation()
            except BaseException:  # Cancelled too: half a connection would stay open.
                await connection.disconnect(nowait=True)
                raise
            return Link(connection)

    async def place_of(self, channel: bytes) -> str:
        """Name the server that has a channel: those of one name can share a link."""
        if isinstance(self._redis, driver.RedisCluster):
            with translated():
                return str((await self._node_of(self._redis, channel)).name)
        return ""

    @property
    def is_divided(self) -> bool:
        """Whether a command is about one slot only: in a Cluster."""
        return isinstance(self._redis, driver.RedisCluster)

    def slot_of(self, channel: bytes) -> int:
        """Say where a Cluster puts a channel; elsewhere all is in one place."""
        return self._redis.keyslot(channel) if isinstance(self._redis, driver.RedisCluster) else 0

    async def look_around(self) -> None:
        """Find out anew who is where, in a Cluster."""
        if isinstance(self._redis, driver.RedisCluster):
            with translated():
                await self._redis.initialize()
                await self._redis.nodes_manager.initialize()

    async def close(self) -> None:
        """Close all connections."""
        with translated(is_closing=True):
            await self._redis.aclose()
            if isinstance(self._redis, driver.Redis):
                pool = self._redis.connection_pool
                await pool.disconnect()
                if isinstance(pool, SentinelConnectionPool):
                    await pool.sentinel_manager.aclose()

    @staticmethod
    async def _keys_everywhere(cluster: driver.RedisCluster, key: str) -> list[str]:
        """Make keys that begin with one, until each primary has one."""
        await cluster.initialize()
        all_names = {node.name for node in cluster.get_primaries()}
        found: dict[str, str] = {}
        for number in range(MAX_PROBE_KEYS):
            name = f"{key}:{number}"
            owner = cluster.nodes_manager.get_node_from_slot(cluster.keyslot(name))
            found.setdefault(owner.name, name)
            if found.keys() == all_names:
                break
        return list(found.values())

    @staticmethod
    async def _node_of(cluster: driver.RedisCluster, channel: bytes) -> ClusterNode:
        await cluster.initialize()
        slot = cluster.keyslot(channel)
        return cluster.nodes_manager.get_node_from_slot(slot)


class Link:
    """One connection that only subscribes. A failure ends it: close it and open another."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection

    async def send(self, *words: Word) -> None:
        """Send SSUBSCRIBE, SUNSUBSCRIBE or PING; what it brings is read by ``read``."""
        with translated():
            await self._connection.send_command(*words, check_health=False)

    async def read(self) -> list[Any]:
        """Wait for the next push: its kind, and two values (Redis' documentation, "Pub/sub").

        Does not let others run where more has come already: the caller sees to that.
        """
        with translated():
            push = await self._connection.read_response(disable_decoding=True, timeout=math.inf)
        return push if isinstance(push, list) else [push, b"", b""]

    async def close(self) -> None:
        """Close it at once."""
        with translated(is_closing=True):
            await self._connection.disconnect(nowait=True)


def _heed_cancellation() -> None:
    # The driver connects within timeouts of its own, which swallow a cancellation at times.
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


@contextmanager
def translated(*, is_closing: bool = False) -> Iterator[None]:
    """Raise what an error of the driver means in its place."""
    try:
        yield
        if not is_closing:
            _heed_cancellation()
    except Exception as error:
        if not is_closing:
            _heed_cancellation()
        meaning = _translate(error)
        if meaning is None:
            raise
        raise meaning from error


def _translate(error: Exception) -> Exception | None:
    if isinstance(error, errors.NoScriptError):
        return NoScript()
    reason = _reason_of(error)
    return None if reason is None else CacheAway(reason)


_REASONS: tuple[tuple[type[Exception], AwayReason], ...] = (
    (errors.AuthenticationError, AwayReason.REFUSED),
    (errors.AuthorizationError, AwayReason.REFUSED),
    (errors.AuthenticationWrongNumberOfArgsError, AwayReason.REFUSED),
    (errors.NoPermissionError, AwayReason.REFUSED),
    (errors.ReadOnlyError, AwayReason.READ_ONLY),
    (errors.OutOfMemoryError, AwayReason.FULL),
    (errors.BusyLoadingError, AwayReason.LOADING),
    (errors.MaxConnectionsError, AwayReason.BUSY),
    (errors.TimeoutError, AwayReason.SILENT),
    (asyncio.TimeoutError, AwayReason.SILENT),
    (errors.ConnectionError, AwayReason.UNREACHABLE),
    (errors.ClusterError, AwayReason.UNREACHABLE),
    (errors.RedisClusterException, AwayReason.UNREACHABLE),
    (errors.InvalidResponse, AwayReason.UNREACHABLE),
    (OSError, AwayReason.UNREACHABLE),
)


def _reason_of(error: Exception) -> AwayReason | None:
    if _is_untrusted(error):
        return AwayReason.UNTRUSTED
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    if isinstance(error, errors.ResponseError):
        return _AWAY_WORDS.get(str(error).split(" ", 1)[0])
    return None


def _is_untrusted(error: object) -> bool:
    """Say whether a certificate is at the root of it; a Cluster's client wraps that several times."""
    while isinstance(error, BaseException) and not isinstance(error, SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return isinstance(error, SSLCertVerificationError)


def _client_of(address: Address, common: dict[str, Any], *, size: int) -> _Driver:
    if address.is_cluster:
        return _cluster(address, common, size=size)
    common["db"] = address.database
    if address.service is not None:
        return _raw(_sentinel(address, common, size=size))
    if address.socket is not None:
        pool = ConnectionPool(
            driver.UnixDomainSocketConnection,
            max_connections=size,
            path=address.socket,
            **common,
        )
    else:
        ((host, port),) = address.hosts
        kind = driver.SSLConnection if address.is_tls else driver.Connection
        tls = _tls(address) if address.is_tls else {}
        pool = ConnectionPool(kind, max_connections=size, host=host, port=port, **tls, **common)
    return _raw(driver.Redis(connection_pool=pool))


class _Sentinels(Sentinel):
    """Asks all at once: the one to be asked first may have died with the master's machine."""

    def __init__(self, hosts: list[tuple[str, int]], kwargs: dict[str, Any]) -> None:
        super().__init__(hosts, sentinel_kwargs=kwargs)  # type: ignore[no-untyped-call]  # has none
        self._asking: set[asyncio.Task[Any]] = set()  # Owned until they end: in a socket's timeout.

    @override
    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Give the address that the first names whose master lives. Raises the driver's errors."""
        asked = [asyncio.create_task(_masters_of(sentinel)) for sentinel in self.sentinels]
        self._asking.update(asked)
        refusal: Exception | None = None
        for task in asked:
            task.add_done_callback(self._asking.discard)
        # Who is silent is not waited for, nor cancelled: the driver would wait for its end.
        for answer in asyncio.as_completed(asked):
            found = await answer
            if isinstance(found, errors.AuthenticationError) or _is_untrusted(found):
                refusal = found
            elif not isinstance(found, Exception):
                state = found.get(service_name)
                if state and self.check_master_state(state, service_name):
                    return state["ip"], state["port"]
        raise refusal or errors.ConnectionError("no Sentinel knows a master that lives")


async def _masters_of(sentinel: driver.Redis) -> Any:  # Any: by service, what INFO says of each
    try:
        return await sentinel.sentinel_masters()
    except (errors.RedisError, OSError) as error:
        return error


def _sentinel(address: Address, common: dict[str, Any], *, size: int) -> driver.Redis:
    tls = {"ssl": True, **_tls(address)} if address.is_tls else {}
    own = {
        "username": address.sentinel_username,
        "password": address.sentinel_password,
        **{name: common[name] for name in _OF_ANY_SERVER},
        **tls,
    }
    sentinel = _Sentinels(list(address.hosts), own)
    found: driver.Redis = sentinel.master_for(
        address.service or "", max_connections=size, **tls, **common
    )
    return found


def _cluster(address: Address, common: dict[str, Any], *, size: int) -> driver.RedisCluster:
    tls = {"ssl": True, **_tls(address)} if address.is_tls else {}
    return driver.RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in address.hosts],
        max_connections=size,
        **tls,
        **common,  # A moved slot is followed all the same: there nothing was done the first time.
    )


def _tls(address: Address) -> dict[str, Any]:
    return {
        "ssl_ca_certs": address.ca,
        "ssl_certfile": address.cert,
        "ssl_keyfile": address.key,
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
    }


def _raw(client: driver.Redis) -> driver.Redis:
    callbacks: Any = client.response_callbacks  # Any: the driver's own kind of dictionary
    for name in list(callbacks):
        if not str(name).startswith(_OF_THE_DRIVER):
            del callbacks[name]
    return client
