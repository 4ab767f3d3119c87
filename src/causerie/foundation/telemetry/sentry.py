"""Reports of errors to Sentry, or to what speaks its protocol: what broke and where, not about whom.

What leaves is the constant name of the log line, the exception's type, its stack without local
variables, and the ids of request and connection. Not: texts of others' exceptions, which quote what
they stumbled over (a row, a path, a message), users, addresses, headers, bodies, the host's name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from typing_extensions import override

import causerie
from causerie.foundation.telemetry import logs

if TYPE_CHECKING:  # An extra, imported when it is wanted: it takes a tenth of a second.
    from sentry_sdk.types import Event, Hint

FLUSH_SECONDS = 2.0  # At the end of the process; what has not left by then is in the log.
OURS = "causerie."  # Texts of exceptions of our own name ids and numbers, and are shown to clients.
# Fields of a log line that go with it: names from the code, and ids that the log knows as well.
KEPT_FIELDS = ("request_id", "connection_id", "worker", "kind", "check", "limit")


def start_sentry(dsn: str, *, environment: str) -> Callable[[], None]:
    """Report what is logged as an error from now on; gives what ends that. Raises ``ImportError``."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=f"causerie@{causerie.__version__}",
        # None of its own: they would read requests, logs and the command line.
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        send_client_reports=False,
        auto_session_tracking=False,
        before_send=scrubbed,
    )
    handler = _FromLibraries(level=logging.ERROR)
    logging.getLogger().addHandler(handler)
    logs.listen_to_errors(_report)

    def stop() -> None:
        logs.listen_to_errors(None)
        logging.getLogger().removeHandler(handler)
        sentry_sdk.get_client().close(timeout=FLUSH_SECONDS)

    return stop


def scrubbed(event: Event, _: Hint) -> Event:
    """Take out what may be about a person."""
    for name in ("server_name", "user", "request", "extra", "breadcrumbs", "modules"):
        event.pop(name, None)  # type: ignore[misc] # the names of its parts, from a list
    for shown in event.get("exception", {}).get("values", ()):
        if not str(shown.get("module") or "").startswith(OURS):
            shown["value"] = logs.REMOVED
        else:
            shown["value"] = logs.cleaned_text(str(shown.get("value") or ""))
        shown.pop("mechanism", None)
    return event


def _report(fields: Mapping[str, Any], error: BaseException | None) -> None:
    """Send one log line; called by the log for each of level error and above."""
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        scope.set_tag("event", str(fields.get("event", "")))
        scope.set_tag("logger", str(fields.get("logger", "")))
        for name in KEPT_FIELDS:
            if name in fields:
                scope.set_tag(name, str(fields[name]))
        state = getattr(error, "sqlstate", None)  # PostgreSQL's code says what its text would.
        if state is not None:
            scope.set_tag("sqlstate", str(state))
        if error is not None:
            sentry_sdk.capture_exception(error)
        else:
            sentry_sdk.capture_message(str(fields.get("event", "")), level="error")


class _FromLibraries(logging.Handler):
    """What libraries log as an error with an exception: a task's that nobody asked for, say."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(record.msg, dict) or error is None:
            return  # Ours, which went the other way; or a sentence, which may quote anything.
        _report({"event": "library_failed", "logger": record.name}, error)
