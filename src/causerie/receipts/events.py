"""What happened to what a person's devices hold in common; for those devices alone."""

from __future__ import annotations

from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.receipts.model.drafts import Draft
from causerie.receipts.model.preferences import Preference


class PreferenceSet(Event, frozen=True, gc=False):
    """A person prefers something else, or what is the default."""

    user_id: UserId
    preference: Preference


class DraftSet(Event, frozen=True, gc=False):
    """A person wrote on at a draft, or threw it away."""

    user_id: UserId
    draft: Draft
