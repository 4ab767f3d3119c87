"""gRPC costs nothing where it is switched off."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
import causerie.assembly.wiring, causerie.assembly.running
print(sorted({name.partition(".")[0] for name in sys.modules} & {"grpc", "google", "grpc_health"}))
"""


def test_a_server_without_it_imports_nothing_of_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"
