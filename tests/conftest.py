"""What all tests share: real databases, and no network for unit tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_socket

pytest_plugins = ["tests.databases", "tests.installed_postgres"]

UNIT = Path(__file__).parent / "unit"


@pytest.fixture(autouse=True)
def _unit_tests_have_no_network(request: pytest.FixtureRequest) -> None:
    if UNIT in request.path.parents:
        # Unix sockets stay: the event loop wakes itself through a pair of them.
        pytest_socket.disable_socket(allow_unix_socket=True)
