"""The gateway: sockets and HTTP on one port; it knows no feature."""

from causerie.gateway.ports import (
    Admission,
    Admitted,
    Allowance,
    Authenticator,
    Doorkeeper,
    Peer,
    Receiver,
    Refused,
    Tier,
    UpgradeRequest,
)

__all__ = [
    "Admission",
    "Admitted",
    "Allowance",
    "Authenticator",
    "Doorkeeper",
    "Peer",
    "Receiver",
    "Refused",
    "Tier",
    "UpgradeRequest",
]
