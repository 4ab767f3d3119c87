"""The command line. Each command imports what it needs when it runs, so that help comes fast."""

from causerie.assembly.cli.app import run

__all__ = ["run"]
