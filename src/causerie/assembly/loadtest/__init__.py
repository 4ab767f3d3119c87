"""``causerie loadtest``: many users on one server of one's own, counted to the last message."""

from causerie.assembly.loadtest.cli import loadtest

__all__ = ["loadtest"]
