"""Starts the child that looks into one file, and takes what it says."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from typing import IO

import msgspec

MAX_AT_ONCE = 1  # Each may take a core for seconds and the memory below.
MAX_SECONDS = 30.0
MAX_ANSWER_BYTES = 1 << 20  # A thumbnail has some 30 KB.
CHILD = "causerie.foundation.examining.child"


class Subject(StrEnum):
    """What a file is looked at as."""

    ARCHIVE = "archive"
    PICTURE = "picture"


class Examined(msgspec.Struct, frozen=True):
    """What was found. ``bomb`` says what makes an archive one; the rest is about a picture.

    ``width`` and ``height`` in pixels as it is shown; ``thumbnail_bytes`` of WebP follow.
    """

    bomb: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_bytes: int = 0


class ExamineFailed(Exception):  # noqa: N818 - a fact; whoever asked knows what follows from it
    """The child died, took too long, or could not make sense of the file."""


class Examiner:
    """Looks at one file at a time, each in a new process with bounds of its own."""

    def __init__(self, *, max_seconds: float = MAX_SECONDS) -> None:
        self._turn = asyncio.Semaphore(MAX_AT_ONCE)
        self._max_seconds = max_seconds

    async def examine(self, file: IO[bytes], subject: Subject) -> tuple[Examined, bytes]:
        """Look into a file; gives what was found, and the thumbnail. Raises ``ExamineFailed``."""
        async with self._turn:
            descriptor = file.fileno()
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-m", CHILD, str(descriptor), subject.value),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(descriptor,),
                env={},  # Nothing of what the server was given.
            )
            try:
                async with asyncio.timeout(self._max_seconds):
                    said = await _read_all(child)
                    status = await child.wait()
            except TimeoutError as error:
                raise ExamineFailed(f"not done within {self._max_seconds:g} s") from error
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
        if status != 0:
            raise ExamineFailed(f"ended with status {status}")
        return _parse(said)


async def _read_all(child: asyncio.subprocess.Process) -> bytes:
    said = bytearray()
    while child.stdout is not None and (part := await child.stdout.read(64 * 1024)):
        said += part
        if len(said) > MAX_ANSWER_BYTES:
            raise ExamineFailed("said too much")
    return bytes(said)


def _parse(said: bytes) -> tuple[Examined, bytes]:
    line, _, thumbnail = said.partition(b"\n")
    try:
        examined = msgspec.json.decode(line, type=Examined)
    except msgspec.DecodeError as error:
        raise ExamineFailed("said nothing readable") from error
    if examined.thumbnail_bytes != len(thumbnail):
        raise ExamineFailed("said half of it")
    return examined, thumbnail
