"""One running server for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.causerie_process import CauserieProcess, causerie_process


@pytest.fixture(scope="session")
def causerie() -> Iterator[CauserieProcess]:
    with causerie_process() as server:
        server.start()
        yield server
