"""Logs are events with fields, in two forms, and hold neither secrets nor contents."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from typing_extensions import override

from causerie.foundation.telemetry import logs
from causerie.foundation.telemetry.log_turns import LINES_A_TURN
from causerie.foundation.telemetry.logs import configure_logs


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    for handler in handlers:
        root.removeHandler(handler)
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    logging.getLogger("uvicorn.access").disabled = False
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.contextvars.clear_contextvars()
    structlog.configure(**before)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def records(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_lines_have_ecs_names(out: io.StringIO) -> None:
    configure_logs(format="json", stream=out)
    structlog.get_logger("causerie.gateway").info("connected", user_id=7, client="127.0.0.1")

    (record,) = records(out)
    assert record["message"] == record["event.action"] == "connected"
    assert record["log.level"] == "info"
    assert record["log.logger"] == "causerie.gateway"
    assert record["user.id"] == 7
    assert record["client.address"] == "127.0.0.1"
    assert str(record["@timestamp"]).endswith("Z")
    assert record["service.name"] == "causerie"


def test_a_field_that_ecs_does_not_know_stands_under_our_own_name(out: io.StringIO) -> None:
    configure_logs(format="json", stream=out)
    structlog.get_logger().info("closed", reason="slow_reader")

    assert records(out)[0]["causerie.reason"] == "slow_reader"


def test_what_a_library_logs_comes_out_in_the_same_form(out: io.StringIO) -> None:
    configure_logs(format="json", stream=out)
    logging.getLogger("uvicorn.error").warning("Waiting for %d connections", 3)

    (record,) = records(out)
    assert record["message"] == "Waiting for 3 connections"
    assert record["log.logger"] == "uvicorn.error"
    assert "event.action" not in record


def test_a_warning_is_logged_too(out: io.StringIO) -> None:
    configure_logs(format="json", stream=out)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)

    assert "old thing" in str(records(out)[0]["message"])


def test_context_is_on_every_line_until_it_is_cleared(out: io.StringIO) -> None:
    configure_logs(format="json", stream=out)
    log = structlog.get_logger()
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        log.info("one")
        logging.getLogger("library").error("two")
    log.info("three")

    assert [r.get("http.request.id") for r in records(out)] == ["r-1", "r-1", None]


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "old_password",
        "access_token",
        "Authorization",
        "client-secret",
        "ticket",
        "content",
        "api_key",
        "master_key",
        "Set-Cookie",
        "sentry_dsn",
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_secret_field_is_removed(out: io.StringIO, field: str, form: str) -> None:
    configure_logs(format=form, stream=out)
    structlog.get_logger().info("event", **{field: "hunter2"}, nested={field: "hunter2"})

    assert "hunter2" not in out.getvalue()
    assert logs.REMOVED in out.getvalue()


@pytest.mark.parametrize("field", ["content_type", "token_type", "message_id", "seconds"])
def test_a_harmless_field_stays(out: io.StringIO, field: str) -> None:
    configure_logs(format="json", stream=out)
    structlog.get_logger().info("event", **{field: "value"})

    assert records(out)[0][f"causerie.{field}"] == "value"


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach postgres://app:hunter2@db/chat",
        "GET /ws/v2?token=hunter2&x=1",
        "GET /ws/v2?a=1&ticket=hunter2",
        "bad bearer eyJhbGciOiJIUzI1NiJ9.hunter2.sig",
        "no upgrade at /api/v2/hooks/whin_hunter2hunter2hunter2hunter2",
        "the key causerie_hunter2hunter2hunter2-hunter2 is void",
        "signed with whsec_hunter2/hunter2+hunter2hunter2=",
    ],
)
def test_a_secret_inside_a_text_is_removed(out: io.StringIO, text: str) -> None:
    configure_logs(format="json", stream=out)
    log = structlog.get_logger()
    log.info("event", reason=text)
    logging.getLogger("library").error("failed: %s", text)
    try:
        raise ConnectionError(text)
    except ConnectionError:
        log.exception("crashed")

    assert len(records(out)) == 3
    assert "hunter2" not in out.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_local_variables(out: io.StringIO, form: str) -> None:
    configure_logs(format=form, stream=out)

    def crash() -> None:
        key = "hunter" + str(len("ab"))
        raise RuntimeError(f"key of {len(key)}")

    try:
        crash()
    except RuntimeError:
        structlog.get_logger().exception("crashed")

    assert "RuntimeError: key of 7" in out.getvalue()
    assert "hunter2" not in out.getvalue()


class RowRefused(Exception):  # noqa: N818 - as the driver's: with a state, and a row in its text
    sqlstate = "23514"
    detail = "Failing row contains (7, hunter2\nand more of hunter2)."

    @override
    def __str__(self) -> str:
        return f"a check is violated\nDETAIL:  {self.detail}"


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_row_that_the_database_quotes_is_removed(out: io.StringIO, form: str) -> None:
    configure_logs(format=form, stream=out)

    async def fail() -> None:
        try:
            raise RowRefused
        except RowRefused as error:
            raise RuntimeError("the batch failed") from error

    try:
        raise RowRefused
    except RowRefused:
        structlog.get_logger().exception("crashed")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
    except* RuntimeError:
        structlog.get_logger().exception("crashed")

    assert out.getvalue().count("a check is violated") >= 2
    assert "hunter2" not in out.getvalue()


def test_lines_under_the_level_are_left_out(out: io.StringIO) -> None:
    configure_logs(level="warning", format="json", stream=out)
    structlog.get_logger().info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger().warning("loud")

    assert [r["message"] for r in records(out)] == ["loud"]


def test_requests_are_never_logged_with_their_query(out: io.StringIO) -> None:
    configure_logs(level="debug", format="json", stream=out)
    logging.getLogger("uvicorn.access").info("GET /ws/v2?token=abc")

    assert out.getvalue() == ""


def test_addresses_that_others_gave_us_to_call_are_not_logged(out: io.StringIO) -> None:
    configure_logs(level="debug", format="json", stream=out)
    logging.getLogger("httpx2").info("HTTP Request: POST https://hooks.example/T0/hunter2")
    logging.getLogger("httpcore2.http11").debug("send_request_headers.started")

    assert out.getvalue() == ""


def test_the_file_gets_the_same_lines_and_turns_over(
    out: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOG_FILE_MAX_BYTES", 2000)
    file = tmp_path / "logs" / "causerie.log"
    configure_logs(format="json", stream=out, file=file)
    for number in range(100):
        structlog.get_logger().info("event", number=number)

    kept = sorted(file.parent.iterdir())
    assert len(kept) == logs.LOG_FILE_BACKUPS + 1
    assert all(part.stat().st_size <= 2000 for part in kept)
    assert file.read_text().splitlines()[-1] == out.getvalue().splitlines()[-1]


async def test_lines_that_wait_for_a_later_turn_bear_the_time_they_were_said_at(
    out: io.StringIO,
) -> None:
    configure_logs(format="json", stream=out)
    log = structlog.get_logger()
    for number in range(LINES_A_TURN + 1):
        log.info("connected", number=number)
    said_by = datetime.now(UTC)
    while len(lines := records(out)) <= LINES_A_TURN:
        await asyncio.sleep(0)

    assert [line["causerie.number"] for line in lines] == list(range(LINES_A_TURN + 1))
    assert datetime.fromisoformat(str(lines[-1]["@timestamp"])) <= said_by
