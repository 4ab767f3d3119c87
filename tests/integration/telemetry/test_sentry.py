"""What goes to Sentry says what broke and where, and nothing about anybody."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from causerie.foundation.errors import Conflict
from causerie.foundation.telemetry.logs import configure_logs
from causerie.foundation.telemetry.sentry import start_sentry
from tests.collectors import Collector, a_collector

SECRET = "marked-secret-7731"


@pytest.fixture
def sentry() -> Iterator[Collector]:
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    for handler in handlers:
        root.removeHandler(handler)
    configure_logs(stream=io.StringIO())
    with a_collector() as collector:
        stop = start_sentry(collector.sentry_dsn, environment="test")
        try:
            yield collector
        finally:
            stop()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.contextvars.clear_contextvars()
    structlog.configure(**before)


def fail_with(error: Exception, password: str) -> None:
    assert password
    raise error


def test_an_error_arrives_with_its_place_and_ids_and_without_its_text_and_variables(
    sentry: Collector,
) -> None:
    log = structlog.get_logger("causerie.gateway.http")
    try:
        fail_with(ValueError(f"the row of ada@example.org: {SECRET}"), SECRET)
    except ValueError:
        log.exception("request_failed", request_id="r1", user_id=7, client="192.0.2.1", path=SECRET)
    sentry.until(lambda: len(sentry.events()) == 1)

    (event,) = sentry.events()
    (shown,) = event["exception"]["values"]
    assert shown["type"] == "ValueError"
    assert shown["stacktrace"]["frames"][-1]["function"] == "fail_with"
    assert event["tags"]["event"] == "request_failed"
    assert event["tags"]["request_id"] == "r1"
    assert event["environment"] == "test"
    assert event["release"].startswith("causerie@")
    sent = b"".join(sentry.bodies).decode()
    for private in (SECRET, "ada@example.org", "192.0.2.1", "server_name", '"vars"'):
        assert private not in sent, private


def test_a_refusal_of_our_own_keeps_its_text_which_clients_are_shown_too(
    sentry: Collector,
) -> None:
    structlog.get_logger().error("command_failed", exc_info=Conflict("There is such a room"))
    sentry.until(lambda: len(sentry.events()) == 1)

    assert sentry.events()[0]["exception"]["values"][0]["value"] == "There is such a room"


def test_what_a_library_logs_about_a_lost_task_is_reported_once_and_warnings_are_not(
    sentry: Collector,
) -> None:
    structlog.get_logger().warning("block_placed", user_id=7)
    logging.getLogger("asyncio").error("Task %s", SECRET, exc_info=KeyError(SECRET))
    sentry.until(lambda: len(sentry.events()) == 1)

    (event,) = sentry.events()
    assert event["tags"]["event"] == "library_failed"
    assert event["exception"]["values"][0]["type"] == "KeyError"
    assert SECRET not in b"".join(sentry.bodies).decode()
