"""What an access token says, how long things live, and what a login hands out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from causerie.foundation.identity import UserId

CLOCK_SKEW_SECONDS = 30  # PROTOCOL, Tokens
VALIDATION_CACHE_SECONDS = 300  # REQUIREMENTS, ID-4: at most 5 minutes
# One entry takes some 500 bytes; sockets ask once, so this serves those who speak HTTP.
MAX_CACHED_VALIDATIONS = 4096
TICKET_SECONDS = 30  # PROTOCOL, POST /auth/ticket
SECRET_BYTES = 32  # Refresh tokens and tickets: 256 bits cannot be guessed.
ID_BYTES = 16  # jti and sid: 128 bits do not meet by chance.
MAX_SECRET_CHARACTERS = 256  # Ours have 43; what is longer is not even hashed.
MAX_TIMESTAMP = 253_402_000_000  # Some days before the end of year 9999, where dates end.

_Name = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,128}$")]
_Second = Annotated[float, msgspec.Meta(ge=0, le=MAX_TIMESTAMP)]


class Claims(msgspec.Struct, frozen=True):
    """The claims of an access token (RFC 7519 §4.1); all but ``single_use`` must be there.

    ``sid`` is the session; ``single_use`` marks a token that proves something once.
    """

    sub: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,18}$")]
    iss: str
    aud: str | list[str]
    iat: _Second
    nbf: _Second
    exp: _Second
    jti: _Name
    sid: _Name
    single_use: bool = False


class TokenPolicy(msgspec.Struct, frozen=True):
    """What our tokens say of themselves and how long they live."""

    issuer: str
    audience: str
    access_seconds: int
    refresh_seconds: int
    # From the login on, however much it is used (ASVS 5.0, 7.3.2).
    lifetime_seconds: int = 30 * 24 * 3600
    # With a shared secret others make tokens too, and their sessions are not in our table.
    has_foreign_sessions: bool = False

    @property
    def session_seconds(self) -> int:
        """How long a session's row is needed after its last renewal."""
        return max(self.access_seconds, self.refresh_seconds) + CLOCK_SKEW_SECONDS


class Standing(msgspec.Struct, frozen=True):
    """How a token's user and session stand in the database at this moment."""

    user_id: UserId
    username: str
    role: str
    tokens_valid_from: int
    is_session_known: bool
    is_session_over: bool
    is_token_revoked: bool
    banned_until: datetime | None = None


class SharedProof(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a token proves, as another node has found: times are Unix times, by that node's clock.

    ``proven_at`` is from before it asked the database: whatever was taken back since then is told.
    """

    user_id: UserId
    username: str
    role: str
    session: str
    token: str
    expires: float
    proven_at: float
