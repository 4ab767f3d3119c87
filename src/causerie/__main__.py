"""The command ``causerie``, also as ``python -m causerie``."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # As a shell says it: 128 and the number of SIGINT.


def main() -> None:
    """Run the command line; leaves with 0, 1 (failed) or 2 (wrong usage or configuration)."""
    try:
        # Here, so that a Ctrl-C during the imports shows no traceback either.
        from causerie.assembly.cli import run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
