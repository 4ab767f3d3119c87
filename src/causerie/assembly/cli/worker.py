"""``python -m causerie.assembly.cli.worker``: what the parent of several processes starts."""

from __future__ import annotations

import sys

from causerie.assembly.cli.failures import plainly


def main() -> None:
    """Serve as one of several; the arguments are the parent's alone to make (``parent.py``)."""
    parent, index, channel = (int(argument) for argument in sys.argv[1:])
    with plainly():
        from causerie.assembly.worker import run

        run(parent=parent, index=index, channel=channel)


if __name__ == "__main__":
    main()
