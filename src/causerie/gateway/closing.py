"""The catalogue of close codes: what each says, and whether a client should come back."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Reconnect(StrEnum):
    """What a client does after the close."""

    NO = "no"  # the same again would end the same way, or the user wanted it
    NOW = "now"  # at once, then with back-off
    LATER = "later"  # with back-off and jitter, and resume
    AFTER_LOGIN = "after_login"  # with new credentials


class CloseCode(msgspec.Struct, frozen=True):
    """One way for a socket to end; ``name`` is stable and labels metrics."""

    code: int
    name: str
    meaning: str
    reconnect: Reconnect


NORMAL = CloseCode(1000, "normal", "The purpose is fulfilled.", Reconnect.NO)
GOING_AWAY = CloseCode(1001, "going_away", "A page is left or a program ends.", Reconnect.NO)
PROTOCOL_ERROR = CloseCode(
    1002, "protocol_error", "A frame broke RFC 6455; mend the client.", Reconnect.NO
)
UNSUPPORTED_DATA = CloseCode(
    1003, "unsupported_data", "Binary where only text is understood.", Reconnect.NO
)
INVALID_TEXT = CloseCode(
    1007,
    "invalid_text",
    "A text message was not UTF-8, or a compressed one could not be read.",
    Reconnect.NO,
)
POLICY_VIOLATION = CloseCode(
    1008, "policy_violation", "Too many unreadable or unwanted frames.", Reconnect.LATER
)
TOO_LARGE = CloseCode(
    1009, "too_large", "A message was over the bound (limits.max_message_size).", Reconnect.NO
)
INTERNAL_ERROR = CloseCode(
    1011, "internal_error", "The server failed; it has logged why.", Reconnect.LATER
)
SERVICE_RESTART = CloseCode(
    1012, "service_restart", "The server stops or restarts; come back and resume.", Reconnect.LATER
)
SLOW_READER = CloseCode(
    1013, "slow_reader", "Too much was unread; come back and resume.", Reconnect.NOW
)
UNAUTHENTICATED = CloseCode(
    4401, "unauthenticated", "The session is over or its token was revoked.", Reconnect.AFTER_LOGIN
)
BANNED = CloseCode(4403, "banned", "The user is banned.", Reconnect.NO)

NO_STATUS = CloseCode(
    1005, "no_status", "The peer closed and gave no code; never sent.", Reconnect.NO
)
ABNORMAL = CloseCode(
    1006, "abnormal", "The connection ended without a close frame; never sent.", Reconnect.LATER
)

SENT = (
    NORMAL,
    GOING_AWAY,
    PROTOCOL_ERROR,
    UNSUPPORTED_DATA,
    INVALID_TEXT,
    POLICY_VIOLATION,
    TOO_LARGE,
    INTERNAL_ERROR,
    SERVICE_RESTART,
    SLOW_READER,
    UNAUTHENTICATED,
    BANNED,
)
CATALOGUE = {entry.code: entry for entry in (*SENT, NO_STATUS, ABNORMAL)}


def name_of(code: int) -> str:
    """Name a code for logs and metrics: ``other`` for what a client made up."""
    entry = CATALOGUE.get(code)
    return "other" if entry is None else entry.name
