"""What accounts hear, of this process and of others, and then forget."""

from __future__ import annotations

import structlog

from causerie.accounts.events import (
    AccessTokenRevoked,
    ProfileChanged,
    RefreshTokenReused,
    RolesChanged,
    SessionRevoked,
    SigningKeysWithdrawn,
    UserChanged,
    UserTokensRevoked,
)
from causerie.accounts.service import AccessTokens, AccountService
from causerie.foundation.events import Events, Unheard
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()


def listen_to_others(events: Events, tokens: AccessTokens, service: AccountService) -> None:
    """Have what is remembered forgotten when it is not so any more, here or on another node."""
    # First, so that whoever hears of a revocation after us already finds the token refused.
    events.listen_everywhere(SessionRevoked, tokens.on_session_revoked)
    events.listen_everywhere(AccessTokenRevoked, tokens.on_token_revoked)
    events.listen_everywhere(UserTokensRevoked, tokens.on_changed)
    events.listen_everywhere(UserChanged, tokens.on_changed)
    events.listen(RolesChanged, tokens.on_changed)
    events.listen_everywhere(SigningKeysWithdrawn, tokens.on_changed)
    events.listen_everywhere(UserChanged, service.directory.forget)
    events.listen_everywhere(ProfileChanged, service.directory.forget)
    events.listen(Unheard, tokens.on_changed)
    events.listen(Unheard, service.directory.forget_all)
    events.listen(RefreshTokenReused, _note_reuse)


def _note_reuse(event: RefreshTokenReused) -> None:
    metrics.TOKEN_REUSES.inc()
    log.warning("security_refresh_token_reused", user_id=event.user_id, client=event.ip)
