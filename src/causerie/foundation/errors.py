"""Refusals: what the server says no to, each with a stable code that every protocol can show."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec
from typing_extensions import override


class Code(StrEnum):
    """The catalogue of error codes; ``gateway.errors`` maps each to every protocol."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    TWO_FACTOR_REQUIRED = "two_factor_required"
    STEP_UP_REQUIRED = "step_up_required"
    FORBIDDEN = "forbidden"
    MUTED = "muted"
    BANNED = "banned"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    DUPLICATE = "duplicate"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Check(StrEnum):
    """What refused somebody for the sake of security; metrics tell them apart."""

    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    ORIGIN = "origin"
    CSRF = "csrf"
    ENCRYPTION = "encryption"
    SANCTION = "sanction"
    FILTER = "filter"
    LIMIT = "limit"


class FieldError(msgspec.Struct, frozen=True):
    """One field of a readable but wrong input."""

    field: str
    message: str


class Refusal(Exception):  # noqa: N818 - a refusal is named after the fact (NotAMember), not "Error"
    """The server understood and says no. ``str()`` is safe to show to anyone."""

    code: ClassVar[Code]
    check: ClassVar[Check | None] = None

    def extras(self) -> dict[str, object]:
        """The members that stand beside ``code`` and ``message``; JSON values only."""
        return {}


class Invalid(Refusal):
    """Readable, but wrong in the named fields (HTTP 422)."""

    code = Code.INVALID

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.errors = (FieldError(field, message),)

    @override
    def extras(self) -> dict[str, object]:
        return {"errors": [{"field": e.field, "message": e.message} for e in self.errors]}


class Unreadable(Refusal):
    """Not even readable: broken JSON, wrong encoding (HTTP 400)."""

    code = Code.INVALID


class Unauthenticated(Refusal):
    """No credentials, or none that hold."""

    code = Code.UNAUTHENTICATED
    check = Check.AUTHENTICATION


class Forbidden(Refusal):
    """Known, and not allowed."""

    code = Code.FORBIDDEN
    check = Check.PERMISSION


class ForeignOrigin(Forbidden):
    """A page of another site made a browser ask."""

    check = Check.ORIGIN


class NotOwnRequest(Forbidden):
    """A browser asked with its cookies, and without the token that only our page has."""

    check = Check.CSRF


class NotEncrypted(Forbidden):
    """Came in plain where everything must be encrypted."""

    check = Check.ENCRYPTION


class Unsupported(Refusal):
    """Part of the protocol, but of a feature that this server does not have or has switched off."""

    code = Code.UNSUPPORTED


class NotFound(Refusal):
    """What was named does not exist, or not for this user. ``resource`` names its kind."""

    code = Code.NOT_FOUND

    def __init__(self, resource: str) -> None:
        super().__init__(f"No such {resource}")
        self.resource = resource

    @override
    def extras(self) -> dict[str, object]:
        return {"resource": self.resource}


class Conflict(Refusal):
    """At odds with what is already there."""

    code = Code.CONFLICT


class TooLarge(Refusal):
    """Over a bound: ``limit`` and ``actual`` are in the unit that the text names."""

    code = Code.TOO_LARGE

    def __init__(self, message: str, *, limit: int, actual: int) -> None:
        super().__init__(message)
        self.limit = limit
        self.actual = actual

    @override
    def extras(self) -> dict[str, object]:
        return {"limit": self.limit, "actual": self.actual}


class RateLimited(Refusal):
    """Too often; ``retry_after`` is in whole seconds, rounded up."""

    code = Code.RATE_LIMITED
    check = Check.LIMIT

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    @override
    def extras(self) -> dict[str, object]:
        return {"retry_after": self.retry_after}


class Unavailable(Refusal):
    """Not now: the database is away or full, or the server is stopping. Nothing was done."""

    code = Code.UNAVAILABLE
