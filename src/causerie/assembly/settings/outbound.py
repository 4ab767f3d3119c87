"""The settings of what the server sends to addresses that users name."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Network, Several, read_network


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundSettings:
    """Webhooks and pushes: they go to public addresses by https, and to what is named here."""

    allowed_networks: tuple[Network, ...] = setting(
        Several("a list of IP addresses or networks", read_network),
        [],
        "Private networks that webhooks and pushes may reach all the same, by plain http too.",
    )
