"""Tells others how the server fares, where the settings name them: Sentry, and a collector of traces."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from causerie.assembly.settings import Settings

log = structlog.get_logger()


@contextmanager
def reporting(settings: Settings) -> Iterator[None]:
    """Report while the node runs. What is set and not installed is left out: a note has said so."""
    telemetry, environment = settings.telemetry, settings.server.environment
    with ExitStack() as stack:
        if telemetry.sentry_dsn is not None and is_installed("sentry_sdk"):
            from causerie.foundation.telemetry.sentry import start_sentry

            stack.callback(start_sentry(telemetry.sentry_dsn, environment=environment))
            log.info("errors_go_to_sentry")
        if telemetry.traces_endpoint is not None and is_installed("opentelemetry"):
            from causerie.foundation.telemetry.tracing import start_tracing

            percent = telemetry.traces_percent
            stack.callback(
                start_tracing(telemetry.traces_endpoint, percent=percent, environment=environment)
            )
            log.info("traces_are_sent", percent=percent)
        yield


def is_installed(package: str) -> bool:
    """Whether an extra's library is there, without importing it."""
    return importlib.util.find_spec(package) is not None
