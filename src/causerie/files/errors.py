"""What files refuse."""

from __future__ import annotations

from typing import ClassVar

from causerie.foundation.errors import Check, Code, Conflict, Forbidden, NotFound, Refusal, TooLarge


class FileNotKnown(NotFound):
    """No such file, or none that the user may see."""

    def __init__(self) -> None:
        super().__init__("file")


class FileRefused(Refusal):
    """The file holds something harmful, and is gone."""

    code: ClassVar[Code] = Code.REFUSED
    check: ClassVar[Check | None] = Check.FILTER

    def __init__(self) -> None:
        super().__init__("The file was refused: it holds something harmful")


class FileQuarantined(Conflict):
    """The file was not looked at yet, or nobody could look into it."""

    def __init__(self) -> None:
        super().__init__("The file is in quarantine: it was not found clean so far")


class FilePosted(Conflict):
    """The file is part of a message, and goes with it."""

    def __init__(self) -> None:
        super().__init__("The file is part of a message: delete that")


class NotAnAvatar(Conflict):
    """Only a picture of one's own that was found clean, and is in no message, stands for one."""

    def __init__(self) -> None:
        super().__init__("Must be a picture of your own that is clean and in no message")


class FileIsAvatar(Conflict):
    """The file stands for its user."""

    def __init__(self) -> None:
        super().__init__("The file is your picture: remove that")


class OverQuota(TooLarge):
    """The user's files would take more than they may."""

    def __init__(self, *, limit: int, actual: int) -> None:
        super().__init__(
            f"Your files would take {actual} bytes, and {limit} is the most",
            limit=limit,
            actual=actual,
        )


class MayNotUpload(Forbidden):
    """The user's role does not allow it."""

    def __init__(self) -> None:
        super().__init__("You may not send files")


class MayNotReview(Forbidden):
    """The user's role does not allow to look at what is in quarantine."""

    def __init__(self) -> None:
        super().__init__("You may not review files")


class NotHeld(Conflict):
    """Only what was looked at and is held can be let go on."""

    def __init__(self) -> None:
        super().__init__("The file is not held: it was not looked at yet, or was refused")
