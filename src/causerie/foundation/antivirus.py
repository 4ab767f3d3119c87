"""Asking clamd what it thinks of a file, by its protocol over TCP (clamd(8), INSTREAM)."""

from __future__ import annotations

import asyncio
import re
import struct
from contextlib import suppress
from typing import IO

import msgspec

CHUNK_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 4096
_FOUND = re.compile(r"stream: (?P<name>.+) FOUND")


class ScannerAway(Exception):  # noqa: N818 - a fact; whoever asked tries again later
    """Nobody answered in time, or with something that is no verdict."""


class Scan(msgspec.Struct, frozen=True):
    """What clamd said; ``found`` is the name of what it knows, None where it knows nothing bad."""

    found: str | None


class Clamd:
    """One clamd; each file has a connection of its own."""

    def __init__(self, host: str, port: int, *, timeout_seconds: float) -> None:
        self._host = host
        self._port = port
        self._timeout_seconds = timeout_seconds

    async def scan(self, file: IO[bytes]) -> Scan:
        """Send a file from its beginning, a chunk after the other. Raises ``ScannerAway``."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._ask(file)
        except TimeoutError as error:
            raise ScannerAway(f"no verdict within {self._timeout_seconds:g} s") from error
        except OSError as error:
            raise ScannerAway(type(error).__name__) from error
        if answer == "stream: OK":
            return Scan(None)
        if found := _FOUND.fullmatch(answer):
            return Scan(found["name"])
        raise ScannerAway(answer)

    async def _ask(self, file: IO[bytes]) -> str:
        reader, writer = await asyncio.open_connection(
            self._host, self._port, limit=MAX_ANSWER_BYTES
        )
        try:
            # Where the stream is too long for it, clamd says so and hangs up while we still write.
            with suppress(ConnectionError):
                await _send(writer, file)
            answer = await reader.readuntil(b"\0")
        except asyncio.IncompleteReadError as error:
            raise ScannerAway("hung up") from error
        except asyncio.LimitOverrunError as error:
            raise ScannerAway("no end of its answer") from error
        finally:
            writer.close()
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")


async def _send(writer: asyncio.StreamWriter, file: IO[bytes]) -> None:
    file.seek(0)
    writer.write(b"zINSTREAM\0")
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        writer.write(struct.pack("!L", len(chunk)) + chunk)
        await writer.drain()
    writer.write(struct.pack("!L", 0))
    await writer.drain()
