"""How commands end: 0 for done, 1 for failed, 2 for a wrong call or configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:  # help must come fast, and does not read the configuration
    from causerie.assembly.settings import Loaded

FAILED = 1
WRONG_USAGE = 2

ConfigDir = Annotated[
    Path | None,
    typer.Option("--config", metavar="DIR", help="Folder of <environment>.toml. [./config]"),
]


def fail(message: str, *, status: int = FAILED) -> NoReturn:
    """Say on standard error what went wrong, without a traceback, and leave."""
    typer.echo(f"causerie: {message}", err=True)
    raise typer.Exit(status)


def load_or_fail(config_dir: Path | None) -> Loaded:
    """Load the configuration of this process, or print all its problems and leave with 2."""
    from causerie.assembly.settings import ConfigurationError, load

    try:
        return load(config_dir=config_dir, environ=os.environ, working_dir=Path.cwd())
    except ConfigurationError as error:
        fail(str(error), status=WRONG_USAGE)


@contextmanager
def plainly() -> Iterator[None]:
    """Tell what an operator can mend in one line; a bug keeps its traceback.

    Also sends the log to standard error, warnings and worse only, until a server configures it.
    """
    from causerie.foundation.cache import CacheRefused
    from causerie.foundation.crypto import (
        BreachesUnusable,
        CannotUnseal,
        MasterKeyUnusable,
        WeakSecret,
    )
    from causerie.foundation.errors import Refusal
    from causerie.foundation.postgres import DatabaseRefused, EmbeddedFailed, MigrationRefused
    from causerie.foundation.processes import EndedTooSoon, ValkeyUnusable
    from causerie.foundation.telemetry import configure_logs
    from causerie.gateway.listener import CannotListen

    configure_logs(level="warning")
    try:
        yield
    except (
        BreachesUnusable,
        CacheRefused,
        CannotListen,
        CannotUnseal,
        DatabaseRefused,
        EmbeddedFailed,
        EndedTooSoon,
        MasterKeyUnusable,
        MigrationRefused,
        OSError,
        Refusal,
        ValkeyUnusable,
        WeakSecret,
    ) as error:
        fail(str(error))
