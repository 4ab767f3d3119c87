"""TLS to Redis of each form: the certificate is checked, and its authority can be one of one's own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from causerie.foundation.cache import CacheRefused
from tests.ensembles import SERVICE, a_cluster
from tests.integration.cache.conftest import until
from tests.ports import free_port
from tests.scenes.certificate import write_certificate
from tests.valkeys import REDIS_SERVER, a_valkey, cache_of, needs_redis_server


@asynccontextmanager
async def behind_tls(port: int, certificate: Path, key: Path) -> AsyncIterator[int]:
    """Put TLS before a server that has none (the wheel's); gives the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            carry(reader, inner_writer), carry(inner_reader, writer), return_exceptions=True
        )

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
        server.close()


async def test_an_authority_of_ones_own_and_a_password_are_taken(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    with a_valkey("--requirepass", "right") as server:
        async with behind_tls(server.port, certificate, key) as port:
            cache = cache_of(f"rediss://:right@localhost:{port}?ca={certificate}")
            await cache.open()
            reply = await cache.main.call("PING")
            await cache.close()

    assert reply == b"PONG"


async def test_a_certificate_that_nobody_vouches_for_stops_the_start(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    with a_valkey() as server:
        async with behind_tls(server.port, certificate, key) as port:
            cache = cache_of(f"rediss://localhost:{port}")
            with pytest.raises(CacheRefused, match="certificate"):
                await cache.open()
            await cache.close()


@contextmanager
def watched_over_tls(certificate: Path, key: Path) -> Iterator[str]:
    """A master and the Sentinel that names it, both over TLS; gives where, but for the authority."""
    master_port, port = free_port(), free_port()
    behind = _over_tls(master_port, certificate, key)
    with (
        a_valkey(*behind, program=REDIS_SERVER),
        a_valkey(
            *_over_tls(port, certificate, key), program=REDIS_SERVER, is_sentinel=True
        ) as sentinel,
    ):
        sentinel.ask("SENTINEL", "MONITOR", SERVICE, "127.0.0.1", master_port, 1)
        yield f"rediss+sentinel://localhost:{port}/{SERVICE}"


@contextmanager
def cluster_over_tls(certificate: Path, key: Path) -> Iterator[str]:
    """A Cluster of one, over TLS; gives where, but for the authority."""
    port = free_port()
    with a_cluster(1, options=_over_tls(port, certificate, key), program=REDIS_SERVER):
        yield f"rediss+cluster://localhost:{port}"


def _over_tls(port: int, certificate: Path, key: Path) -> list[str]:
    options = {
        "tls-port": port,
        "tls-cert-file": certificate,
        "tls-key-file": key,
        "tls-ca-cert-file": certificate,
        "tls-auth-clients": "no",
        "tls-replication": "yes",
        "tls-cluster": "yes",
    }
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


@needs_redis_server  # The wheel's Valkey has no TLS.
@pytest.mark.parametrize("several", [watched_over_tls, cluster_over_tls])
async def test_sentinels_and_clusters_are_spoken_to_over_tls(
    tmp_path: Path, several: Callable[[Path, Path], AbstractContextManager[str]]
) -> None:
    certificate, key = write_certificate(tmp_path)
    heard: list[bytes] = []
    with several(certificate, key) as url:
        stranger = cache_of(url)
        with pytest.raises(CacheRefused, match="certificate"):
            await stranger.open()
        await stranger.close()
        cache = cache_of(f"{url}?ca={certificate}")
        await cache.open()
        subscriber = cache.subscriber(
            lambda _, payload: heard.append(payload), on_lost=_pass, on_restored=_pass
        )
        subscriber.subscribe(cache.key("room"))
        work = [asyncio.create_task(cache.watch()), asyncio.create_task(subscriber.run())]
        await until(lambda: subscriber.is_whole and not cache.is_away)
        await cache.main.publish_all([(cache.key("room"), b"hi")])
        await until(lambda: bool(heard))
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        await cache.close()


def _pass() -> None:
    """Whoever listens goes on."""
