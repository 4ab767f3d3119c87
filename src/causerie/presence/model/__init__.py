"""Values and rules of presence and typing."""

from causerie.presence.model.presence import (
    LASTING,
    NO_CHOICE,
    NOWHERE,
    PRESENT,
    Choice,
    Person,
    Presence,
    Room,
    Standing,
    Status,
    as_seen,
    merged,
    require_choosable,
)
from causerie.presence.model.roll import Change, Roll
from causerie.presence.model.typists import (
    MAX_PLACES,
    MAX_SHOWN,
    TYPING_SECONDS,
    TypingChange,
    Typists,
)

__all__ = [
    "LASTING",
    "MAX_PLACES",
    "MAX_SHOWN",
    "NOWHERE",
    "NO_CHOICE",
    "PRESENT",
    "TYPING_SECONDS",
    "Change",
    "Choice",
    "Person",
    "Presence",
    "Roll",
    "Room",
    "Standing",
    "Status",
    "TypingChange",
    "Typists",
    "as_seen",
    "merged",
    "require_choosable",
]
