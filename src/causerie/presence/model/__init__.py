"""Values and rules of presence and typing."""

from causerie.presence.model.abroad import Abroad, News
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
    Place,
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
    "Abroad",
    "Change",
    "Choice",
    "News",
    "Person",
    "Place",
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
