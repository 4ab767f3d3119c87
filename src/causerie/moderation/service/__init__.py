"""What one can do with moderation."""

from causerie.moderation.service.following import Following
from causerie.moderation.service.learning import Learning
from causerie.moderation.service.reports import ReportService
from causerie.moderation.service.reputation import ReputationService
from causerie.moderation.service.sanctions import SanctionService
from causerie.moderation.service.screening import Judged, Screener
from causerie.moderation.service.wording import WordingFilter

__all__ = [
    "Following",
    "Judged",
    "Learning",
    "ReportService",
    "ReputationService",
    "SanctionService",
    "Screener",
    "WordingFilter",
]
