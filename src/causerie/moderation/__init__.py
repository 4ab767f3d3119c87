"""Moderation: what a text may be, and what is done about conduct."""

from causerie.moderation.errors import (
    AlreadyAppealed,
    AlreadyDecided,
    AlreadyLifted,
    MayNotModerate,
    SanctionNotFound,
)
from causerie.moderation.events import AppealDecided, AppealFiled, SanctionImposed, SanctionLifted
from causerie.moderation.model import Action, Finding, Level, Policy, Verdict
from causerie.moderation.model.sanctions import (
    NewSanction,
    Sanction,
    SanctionKind,
    Subject,
    SubjectKind,
)
from causerie.moderation.ports import SanctionQuery
from causerie.moderation.service import SanctionService

__all__ = [
    "Action",
    "AlreadyAppealed",
    "AlreadyDecided",
    "AlreadyLifted",
    "AppealDecided",
    "AppealFiled",
    "Finding",
    "Level",
    "MayNotModerate",
    "NewSanction",
    "Policy",
    "Sanction",
    "SanctionImposed",
    "SanctionKind",
    "SanctionLifted",
    "SanctionNotFound",
    "SanctionQuery",
    "SanctionService",
    "Subject",
    "SubjectKind",
    "Verdict",
]
