"""What one can do with moderation."""

from causerie.moderation.service.sanctions import SanctionService

__all__ = ["SanctionService"]
