"""What the configuration says about being watched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from causerie.assembly.settings import Settings
from causerie.assembly.watching.verifying import Finding, Outcome


def look_at_variables(settings: Settings) -> Iterator[Finding]:
    """Look at the settings of logs, and at where they lead."""
    logging = settings.logging
    is_production = settings.server.environment == "production"
    if is_production and logging.format != "json":
        why = 'a collector reads "json"; this is for a person'
        yield Finding(Outcome.WARNING, f"logging.format = {logging.format!r}", why)
    else:
        yield Finding(Outcome.OK, f"logging.format = {logging.format!r}")
    if logging.level in {"error", "critical"}:
        why = "connects, refusals and the line of statistics are left out"
        yield Finding(Outcome.WARNING, f"logging.level = {logging.level!r}", why)
    else:
        yield Finding(Outcome.OK, f"logging.level = {logging.level!r}")
    if logging.file is not None:
        yield _writable(logging.file)
    telemetry = settings.telemetry
    yield _extra("sentry_dsn", telemetry.sentry_dsn, "sentry_sdk", "sentry")
    yield _extra("traces_endpoint", telemetry.traces_endpoint, "opentelemetry", "telemetry")


def _writable(file: Path) -> Finding:
    what = f"logging.file = {str(file)!r}"
    place = file if file.exists() else file.parent
    if os.access(place, os.W_OK):
        return Finding(Outcome.OK, what)
    return Finding(Outcome.FAILED, what, f"{place} cannot be written by this user")


def _extra(key: str, value: str | None, library: str, extra: str) -> Finding:
    what = f"telemetry.{key}"
    if value is None:
        return Finding(Outcome.SKIPPED, what, "not set")
    if find_spec(library) is None:
        return Finding(
            Outcome.FAILED, what, f"it is set and does nothing: install causerie[{extra}]"
        )
    return Finding(Outcome.OK, what)
