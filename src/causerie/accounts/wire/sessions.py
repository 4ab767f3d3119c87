"""How sessions, and the change of a password, look over HTTP."""

from __future__ import annotations

import msgspec

from causerie.accounts.model import Device
from causerie.accounts.wire.doors import Body
from causerie.foundation.clock import rfc3339


class ChangePasswordBody(Body, frozen=True):
    """``POST /auth/password``; ``code`` where two-factor is on."""

    current_password: str
    new_password: str
    code: str | None = None


class SessionBody(msgspec.Struct, frozen=True):
    """One login; ``current`` for the one that asks. Activity is exact to some minutes."""

    id: str
    device_name: str
    ip: str
    created_at: str
    last_active_at: str
    current: bool


class SessionItems(msgspec.Struct, frozen=True):
    """A list of sessions."""

    items: list[SessionBody]


def session_items(devices: list[Device], *, current: str) -> SessionItems:
    """Write out a user's sessions."""
    return SessionItems(
        items=[
            SessionBody(
                id=device.session,
                device_name=device.name,
                ip=device.ip,
                created_at=rfc3339(device.created_at),
                last_active_at=rfc3339(device.last_active_at),
                current=device.session == current,
            )
            for device in devices
        ]
    )
