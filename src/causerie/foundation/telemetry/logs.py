"""Structured logs: events with fields, as JSON with ECS names or for a person at a console.

Whatever logs, ours through structlog or a library through ``logging``, goes the same way and
comes out in the same form. Secrets and contents are taken out on that way, whoever put them in.
``structlog.contextvars.bind_contextvars(request_id=...)`` adds fields to all lines of one request.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import override

import causerie
from causerie.foundation.telemetry.log_file import SharedLogFile
from causerie.foundation.telemetry.log_turns import LogTurns
from causerie.foundation.telemetry.quoting import without_rows

LOG_FILE_MAX_BYTES = 64 << 20  # Opens in any editor; with the backups, about 400 MB at most.
LOG_FILE_BACKUPS = 5
ECS_VERSION = "8.11.0"
REMOVED = "[removed]"

_ERRORS = frozenset({"error", "exception", "critical"})
LEVELS = ("debug", "info", "warning", "error", "critical")

# A field is removed when one of its words is here: access_token, old_password, Authorization.
_SECRET_WORDS = frozenset(
    {"authorization", "cookie", "dsn", "password", "passwords", "secret", "secrets", "ticket"}
    | {"token", "tokens", "credential", "credentials"}
)
_SECRET_FIELDS = frozenset({"content", "api_key", "master_key", "private_key", "query_string"})
_HARMLESS_FIELDS = frozenset({"token_type"})
# user:password@ in an address, ?token= and ?ticket= in a path, and anything shaped like a JWT, an API
# key, or what a webhook is posted to or signed with.
_SECRET_TEXT = re.compile(
    r"(?<=://)[^/\s@]+(?=@)|(?<=[?&]token=)[^&\s\"']+|(?<=[?&]ticket=)[^&\s\"']+"
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+|\b(?:causerie|whin|whsec)_[\w+/=-]{24,}"
)

# Elastic Common Schema 8.11; what it has no name for goes under "causerie.".
_ECS_NAMES = {
    "client": "client.address",
    "duration_seconds": "causerie.duration_seconds",
    "exception": "error.stack_trace",
    "level": "log.level",
    "logger": "log.logger",
    "method": "http.request.method",
    "path": "url.path",
    "request_id": "http.request.id",
    "status": "http.response.status_code",
    "timestamp": "@timestamp",
    "user_id": "user.id",
}


# Who hears of each error with its exception, before it becomes text (see ``sentry``).
ErrorListener = Callable[[Mapping[str, Any], BaseException | None], None]
_error_listener: ErrorListener | None = None


def listen_to_errors(listener: ErrorListener | None) -> None:
    """Call this one with the fields of each line of level error or above; None: nobody any more."""
    global _error_listener  # noqa: PLW0603 - logging is one for the process, and so is who listens
    _error_listener = listener


def cleaned_text(text: str) -> str:
    """Take out of a text what looks like a secret."""
    return str(_cleaned(text))


def configure_logs(
    *,
    level: str = "info",
    format: str = "console",  # noqa: A002 - the name of the setting
    file: Path | None = None,
    stream: TextIO | None = None,
    is_lasting: bool = False,
) -> None:
    """Set up logging for the process: to ``stream`` (standard error) and, if named, to ``file``.

    ``level`` is one of ``LEVELS``, ``format`` is ``console`` or ``json``. The file turns over at
    ``LOG_FILE_MAX_BYTES``. With ``is_lasting`` what has logged once keeps to these settings: a line
    costs half as much. Raises ``OSError`` where the file cannot be opened.
    """
    _turns.write_all()  # What was said before belongs to where the log went then.
    stream = stream or sys.stderr
    numeric_level = logging.getLevelNamesMapping()[level.upper()]
    handlers: list[logging.Handler] = [logging.StreamHandler(stream)]
    handlers[0].setFormatter(_formatter(format, colors=stream.isatty()))
    if file is not None:
        handlers.append(_rotating(file))
        handlers[-1].setFormatter(_formatter(format, colors=False))
    _route_standard_logging(handlers, numeric_level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _tell_of_errors,
            _stamp,
            _turns,
            *_AFTER_THE_STAMP,
            _hand_over,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=is_lasting,
    )


def without_secrets(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    """Take out what no log may hold, by the fields' names and by the look of their text."""
    return {
        name: REMOVED if _is_secret(name) else _cleaned(value) for name, value in fields.items()
    }


def as_ecs(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    """Give the fields the names of the Elastic Common Schema."""
    event = fields.pop("event", "")
    record: dict[str, object] = {
        "@timestamp": fields.pop("timestamp", None),
        "log.level": fields.pop("level", None),
        "message": event,
        "ecs.version": ECS_VERSION,
        "service.name": "causerie",
        "service.version": causerie.__version__,
        "process.pid": os.getpid(),
    }
    if isinstance(event, str) and event.isidentifier():
        record["event.action"] = event  # ours; what a library says is a sentence
    error_type = fields.pop("error_type", None)
    if error_type is not None:
        record["error.type"] = error_type
        record["error.message"] = fields.pop("error_message", "")
    for name, value in fields.items():
        record[_ECS_NAMES.get(name, f"causerie.{name}")] = value
    return record


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Ours as it is, with its fields; what libraries say as structlog's own formatter makes it.

    That one copies each record, which costs as much again as the line.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        if not isinstance(record.msg, dict):
            return super().format(record)
        line: Any = dict(record.msg)  # Another handler may get them after us.
        for step in self.processors[1:]:
            line = step(None, "", line)
        return str(line)


def _hand_over(
    _: WrappedLogger, __: str, fields: EventDict
) -> tuple[tuple[EventDict], dict[str, object]]:
    """Give the fields to the standard library as the message, for the formatters above."""
    return (fields,), {}


def _formatter(format: str, *, colors: bool) -> logging.Formatter:  # noqa: A002 - as above
    render: list[Processor] = (
        [as_ecs, structlog.processors.JSONRenderer(serializer=_to_json)]
        if format == "json"
        # Plain: the default shows local variables where rich is installed, and they hold secrets.
        else [
            structlog.dev.ConsoleRenderer(
                colors=colors, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return _Formatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, _stamp, *_AFTER_THE_STAMP],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )


def _tell_of_errors(_: WrappedLogger, method: str, fields: EventDict) -> EventDict:
    if _error_listener is not None and method in _ERRORS:
        with suppress(Exception):  # Who reports a fault must not be one, nor log its own.
            _error_listener(fields, _exception_of(fields.get("exc_info")))
    return fields


def _exception_of(given: object) -> BaseException | None:
    if given is True:
        return sys.exc_info()[1]
    if isinstance(given, tuple):
        given = given[1]
    return given if isinstance(given, BaseException) else None


def _stamp(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    fields["timestamp"] = time.time()
    return fields


def _dated(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    """Write the moment of the line out: by itself, since this costs more than to take it."""
    moment = datetime.fromtimestamp(fields["timestamp"], UTC)
    fields["timestamp"] = moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return fields


def _with_exception(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    """Write an exception out as text, so that it passes the same cleaning as all else."""
    given = _exception_of(fields.pop("exc_info", None))
    if given is not None:
        written = "".join(traceback.format_exception(given)).rstrip()
        fields["error_type"] = type(given).__name__
        fields["error_message"] = without_rows(str(given), given, REMOVED)
        fields["exception"] = without_rows(written, given, REMOVED)
    return fields


@lru_cache(maxsize=1024)  # Fields have few names; a library's are not counted on.
def _is_secret(name: str) -> bool:
    lowered = name.lower().replace("-", "_")
    if lowered in _HARMLESS_FIELDS:
        return False
    return lowered in _SECRET_FIELDS or not _SECRET_WORDS.isdisjoint(lowered.split("_"))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        # One of these is in each text that the expression finds; looking for them costs a tenth.
        if not (
            ("://" in value or "token=" in value or "ticket=" in value or "eyJ" in value)
            or ("causerie_" in value or "whin_" in value or "whsec_" in value)
        ):
            return value
        return _SECRET_TEXT.sub(REMOVED, value)
    if isinstance(value, MutableMapping):
        return {
            key: REMOVED if _is_secret(str(key)) else _cleaned(inner)
            for key, inner in value.items()
        }
    return value


_AFTER_THE_STAMP: tuple[Processor, ...] = (
    _dated,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    _with_exception,
    without_secrets,
)
_turns = LogTurns(_AFTER_THE_STAMP)
atexit.register(_turns.write_all)


def _to_json(record: object, **_: object) -> str:
    return msgspec.json.encode(record, enc_hook=repr).decode()


def _rotating(file: Path) -> logging.Handler:
    file.parent.mkdir(parents=True, exist_ok=True)
    return SharedLogFile(
        file, maxBytes=LOG_FILE_MAX_BYTES, backupCount=LOG_FILE_BACKUPS, encoding="utf-8"
    )


def _route_standard_logging(handlers: list[logging.Handler], level: int) -> None:
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "litestar"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    # It would write each path with its ?token=; requests are counted and timed by metrics instead.
    logging.getLogger("uvicorn.access").disabled = True
    # They tell of each call with its whole address, whose path or query may be all that lets one in (a
    # webhook's, a push service's), and of the headers of the answers.
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
