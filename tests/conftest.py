"""What all tests share: real databases, and no network for unit tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_socket
import structlog

pytest_plugins = ["tests.databases", "tests.installed_postgres"]

UNIT = Path(__file__).parent / "unit"

# As structlog has it, with plain tracebacks: those of rich show every local variable, and take
# seconds where a test makes something fail.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.set_exc_info,
        structlog.processors.TimeStamper(fmt="%H:%M:%S"),
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


@pytest.fixture(autouse=True)
def _unit_tests_have_no_network(request: pytest.FixtureRequest) -> None:
    if UNIT in request.path.parents:
        # Unix sockets stay: the event loop wakes itself through a pair of them.
        pytest_socket.disable_socket(allow_unix_socket=True)
