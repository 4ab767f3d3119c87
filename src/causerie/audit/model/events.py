"""The catalogue of security events: what looked like an attack, and how bad it is by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from causerie.audit.model.records import Details


class Severity(StrEnum):
    """How soon a person should look: some day, today, now."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Kind(StrEnum):
    """Everything that is raised as a security event; a metric counts each by its name."""

    LOGIN_FAILED = "login_failed"
    LOGIN_FAILURES = "login_failures"  # many, of one account or from one address
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - the name of an event
    TICKET_REPLAYED = "ticket_replayed"
    TOKEN_FORGED = "token_forged"  # noqa: S105 - a name; wrong signature, algorithm or key
    TOKENS_REVOKED = "tokens_revoked"
    ROLE_CHANGED = "role_changed"
    PERMISSIONS_CHANGED = "permissions_changed"
    PROBING = "probing"
    IMPOSSIBLE_SPEED = "impossible_speed"
    BLOCKED = "blocked"
    TWO_FACTOR_FAILED = "two_factor_failed"
    CODE_REPLAYED = "code_replayed"
    SANCTIONED = "sanctioned"
    CREDENTIALS_CHANGED = "credentials_changed"
    GUESSES_EXHAUSTED = "guesses_exhausted"
    KEYS_WITHDRAWN = "keys_withdrawn"
    HARMFUL_FILE = "harmful_file"  # refused, and its bytes removed
    AUDIT_TAMPERED = "audit_tampered"
    AUDIT_ARCHIVED = "audit_archived"


DEFAULT_SEVERITY: Mapping[Kind, Severity] = MappingProxyType(
    {
        Kind.LOGIN_FAILED: Severity.INFO,
        Kind.LOGIN_FAILURES: Severity.WARNING,
        Kind.REFRESH_TOKEN_REUSED: Severity.CRITICAL,
        Kind.TICKET_REPLAYED: Severity.WARNING,
        Kind.TOKEN_FORGED: Severity.WARNING,
        Kind.TOKENS_REVOKED: Severity.INFO,
        Kind.ROLE_CHANGED: Severity.WARNING,
        Kind.PERMISSIONS_CHANGED: Severity.CRITICAL,
        Kind.PROBING: Severity.WARNING,
        Kind.IMPOSSIBLE_SPEED: Severity.WARNING,
        Kind.BLOCKED: Severity.WARNING,
        Kind.TWO_FACTOR_FAILED: Severity.INFO,
        Kind.CODE_REPLAYED: Severity.WARNING,
        Kind.SANCTIONED: Severity.INFO,
        Kind.CREDENTIALS_CHANGED: Severity.INFO,
        Kind.GUESSES_EXHAUSTED: Severity.WARNING,
        Kind.KEYS_WITHDRAWN: Severity.CRITICAL,
        Kind.HARMFUL_FILE: Severity.WARNING,
        Kind.AUDIT_TAMPERED: Severity.CRITICAL,
        Kind.AUDIT_ARCHIVED: Severity.WARNING,
    }
)


class SecurityEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event. ``address`` is "" where there is none; ``details`` hold no texts and no secrets."""

    at: datetime
    kind: Kind
    severity: Severity
    user_id: int | None
    address: str
    details: Details
