"""One running server for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.defaults import default_causerie
from tests.processes import Causerie


@pytest.fixture(scope="session")
def causerie() -> Iterator[Causerie]:
    with default_causerie() as server:
        server.start()
        yield server
