"""Presence: who is there, as far as others may know, and who types."""

from causerie.presence.errors import MayNotType
from causerie.presence.events import PresenceChanged, PresenceCounted, TypingChanged
from causerie.presence.model import Choice, Person, Presence, Room, Standing, Status
from causerie.presence.ports import Whereabouts
from causerie.presence.service import Lookups, PresenceService, TypingService

__all__ = [
    "Choice",
    "Lookups",
    "MayNotType",
    "Person",
    "Presence",
    "PresenceChanged",
    "PresenceCounted",
    "PresenceService",
    "Room",
    "Standing",
    "Status",
    "TypingChanged",
    "TypingService",
    "Whereabouts",
]
