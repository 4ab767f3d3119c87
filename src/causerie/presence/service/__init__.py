"""Who is there, and who types."""

from causerie.presence.service.exchange import Exchange
from causerie.presence.service.lookups import MAX_LISTED_MEMBERS, Lookups
from causerie.presence.service.telling import PresenceService
from causerie.presence.service.typing import TypingService

__all__ = ["MAX_LISTED_MEMBERS", "Exchange", "Lookups", "PresenceService", "TypingService"]
