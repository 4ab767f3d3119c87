"""What one says about oneself, as it comes in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from causerie.accounts.model import Wanted

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class PatchMe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays; null takes a status, or its end, away."""

    display_name: str | msgspec.UnsetType = msgspec.UNSET
    status_text: str | msgspec.UnsetType | None = msgspec.UNSET
    status_until: Moment | msgspec.UnsetType | None = msgspec.UNSET

    def wanted(self) -> Wanted:
        """The change that is asked for."""
        return Wanted(self.display_name, self.status_text, self.status_until)
