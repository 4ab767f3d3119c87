"""What moderation refuses."""

from __future__ import annotations

from causerie.foundation.errors import Conflict, Forbidden, NotFound


class MayNotModerate(Forbidden):
    """The user's role does not allow it; the text says for what."""


class SanctionNotFound(NotFound):
    """No such sanction, or not one of this user's."""

    def __init__(self) -> None:
        super().__init__("sanction")


class AlreadyLifted(Conflict):
    """Somebody has lifted the sanction, or it is over."""

    def __init__(self) -> None:
        super().__init__("The sanction is over, or was lifted before")


class AlreadyAppealed(Conflict):
    """There is one appeal for each sanction."""

    def __init__(self) -> None:
        super().__init__("There is an appeal against this sanction already")


class AlreadyDecided(Conflict):
    """Somebody else was quicker, or there is nothing to decide."""

    def __init__(self) -> None:
        super().__init__("There is no open appeal against this sanction")


class TooManyReports(Conflict):
    """So many reports of this user wait for a decision that no more are taken."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} of your reports wait for a decision; please be patient")
