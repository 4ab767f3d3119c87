"""A PostgreSQL for the relay: the same binaries and settings that Causerie's own has.

python -m bench.peers.postgres FOLDER [CONNECTIONS]    runs until it is told to stop
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from causerie.foundation.postgres import EmbeddedPostgres

ADDRESS_FILE = "address"
RELAY_CONNECTIONS = 20  # As many as its pool has.


async def serve(folder: Path, *, max_connections: int) -> None:
    """Run it in the folder until SIGTERM, its address in a file beside it."""
    postgres = EmbeddedPostgres(folder / "data", max_connections=max_connections)
    endpoint = await postgres.start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    address = folder / ADDRESS_FILE
    address.with_suffix(".new").write_text(endpoint.owner_dsn)
    address.with_suffix(".new").rename(address)
    await stopped.wait()
    await postgres.stop()


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else RELAY_CONNECTIONS
    asyncio.run(serve(Path(sys.argv[1]), max_connections=wanted))
