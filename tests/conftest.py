"""What all tests share: real databases, and no network for unit tests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_socket
import structlog

from tests.filters import filter_put_together_once
from tests.handlers import handlers_looked_at_once

pytest_plugins = ["tests.seeds", "tests.databases", "tests.installed_postgres"]

TESTS = Path(__file__).parent
UNIT = TESTS / "unit"
# What takes longest begins first: none is left with a long file when the others are done.
LONGEST_FIRST = ("chaos", "e2e", "integration")
# What is imported and collected stays to the end: it is looked through neither meanwhile nor later.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)  # on top of the random order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place_of)


def _place_of(item: pytest.Item) -> int:
    folder = item.path.relative_to(TESTS).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


# A machine that stands still in the middle of an example is no fault of what is tried.
hypothesis.settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")

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


@pytest.fixture(scope="session", autouse=True)
def _nodes_share_what_is_the_same_in_each() -> Iterator[None]:
    with handlers_looked_at_once(), filter_put_together_once():
        yield
