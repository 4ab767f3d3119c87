"""The gateway: sockets and HTTP on one port; it knows no feature."""

from causerie.gateway.ports import (
    Admitted,
    Authenticator,
    Doorkeeper,
    Peer,
    Receiver,
    Refused,
    UpgradeRequest,
)

__all__ = [
    "Admitted",
    "Authenticator",
    "Doorkeeper",
    "Peer",
    "Receiver",
    "Refused",
    "UpgradeRequest",
]
