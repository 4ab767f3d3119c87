"""The settings of presence."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSettings:
    """Who is there, and for how long."""

    idle_after: float = setting(
        Duration(1, 86400),
        "5m",
        "Without a command on any device (`ping` does not count) one is `away` after it.",
    )
    offline_after: float = setting(
        Duration(0, 3600),
        "8s",
        "After the last device has gone; who is back by then was never away from it.",
    )
