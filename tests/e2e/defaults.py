"""A server with every setting at its default, as a new user has it, but for port and folder."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import warm
from tests.processes import ENVIRONMENT, Causerie
from tests.seeds import quick_disk

COMMAND_SECONDS = 150
CAUSERIE = str(Path(sys.executable).parent / "causerie")


@contextlib.contextmanager
def default_causerie(**variables: str) -> Iterator[Causerie]:
    """Give a server that is not started; one that runs in the end is stopped."""
    # Not pytest's own folder: that one is closed to PostgreSQL's user when we are root.
    folder = Path(tempfile.mkdtemp(prefix="causerie-e2e-", dir=quick_disk()))
    folder.chmod(0o755)
    # A new interpreter: the start itself is tried here.
    server = Causerie(folder, {}, is_warm=False)
    for name in ENVIRONMENT:
        del server.environment[name]
    server.environment.update(variables)
    try:
        yield server
    finally:
        if server.process is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def attempt(server: Causerie, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run another command with the same configuration, whatever comes of it."""
    return warm.run(
        (CAUSERIE, *arguments),
        cwd=server.folder,
        env=server.environment,
        stdin_text=stdin,
        timeout=COMMAND_SECONDS,
    )
