"""TLS to Redis: the certificate is checked, and its authority can be one of one's own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from causerie.foundation.cache import CacheRefused
from tests.scenes.certificate import write_certificate
from tests.valkeys import a_valkey, cache_of


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
