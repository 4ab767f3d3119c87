"""What moderation has decided; each is announced after its commit."""

from __future__ import annotations

from causerie.foundation.events import Event
from causerie.moderation.model.sanctions import Sanction


class SanctionImposed(Event, frozen=True, gc=False):
    """A sanction is in force, or was spoken where it is one of a moment."""

    sanction: Sanction


class SanctionLifted(Event, frozen=True, gc=False):
    """A sanction was taken back before its end."""

    sanction: Sanction


class AppealFiled(Event, frozen=True, gc=False):
    """A subject asks for a sanction to be looked at again."""

    sanction: Sanction


class AppealDecided(Event, frozen=True, gc=False):
    """Somebody has looked; where it was granted, ``SanctionLifted`` is told as well."""

    sanction: Sanction
