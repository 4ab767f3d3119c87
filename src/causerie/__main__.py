"""The command ``causerie``, also as ``python -m causerie``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

INTERRUPTED = 130  # As a shell says it: 128 and the number of SIGINT.


def main() -> None:
    """Run the command line; leaves with 0, 1 (failed) or 2 (wrong usage or configuration)."""
    _open_standard_files()
    try:
        # Here, so that a Ctrl-C during the imports shows no traceback either.
        from causerie.assembly.cli import run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _open_standard_files() -> None:
    # Where one was closed (`>&-`, some supervisors) the next file that is opened, a socket or the
    # data folder's lock, would take its number, and the event loop or what is printed break it.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - for as long as we run


if __name__ == "__main__":
    main()
