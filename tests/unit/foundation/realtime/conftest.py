"""What these tests wait for passes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from tests.fakes.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run all of this folder in virtual time."""
    return {"virtual": VirtualTimeLoop}
