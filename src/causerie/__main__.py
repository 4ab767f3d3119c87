"""The command ``causerie``, also as ``python -m causerie``."""

from __future__ import annotations

from causerie.assembly.cli import run


def main() -> None:
    """Run the command line; leaves with 0, 1 (failed) or 2 (wrong usage or configuration)."""
    run()


if __name__ == "__main__":
    main()
