"""What the audit trail refuses."""

from __future__ import annotations

from causerie.foundation.errors import Forbidden


class MayNotRead(Forbidden):
    """The audit trail is for those who may read it."""

    def __init__(self) -> None:
        super().__init__("Your role may not read the audit trail")


class ArchiveRefused(Exception):  # noqa: N818 - named after the fact; for the operator, at a command
    """Nothing was archived. The text says why."""
