"""Receipts: what is unread, who has read what, and what a person's devices hold in common."""

from causerie.receipts.errors import TooManyDrafts
from causerie.receipts.events import DraftSet, PreferenceSet
from causerie.receipts.model.drafts import Draft, DraftPlace
from causerie.receipts.model.preferences import NOTIFICATIONS, Preference
from causerie.receipts.model.unread import (
    Position,
    Receipt,
    Receipts,
    Recount,
    Tally,
    ThreadTally,
    Unread,
)
from causerie.receipts.ports import Positions, Roots, Tallies

__all__ = [
    "NOTIFICATIONS",
    "Draft",
    "DraftPlace",
    "DraftSet",
    "Position",
    "Positions",
    "Preference",
    "PreferenceSet",
    "Receipt",
    "Receipts",
    "Recount",
    "Roots",
    "Tallies",
    "Tally",
    "ThreadTally",
    "TooManyDrafts",
    "Unread",
]
