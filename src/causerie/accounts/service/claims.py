"""The checks 4 to 7 of a token, which need neither keys nor database."""

from __future__ import annotations

from causerie.accounts.errors import TokenExpired, TokenNotYetValid, WrongAudience, WrongIssuer
from causerie.accounts.model import CLOCK_SKEW_SECONDS, Claims, IdClaims, OutsideClaims, TokenPolicy


def require_in_force(
    claims: Claims | OutsideClaims | IdClaims, policy: TokenPolicy, *, now: float
) -> None:
    """Raise the refusal of the first check that fails; ``now`` in Unix time."""
    if now >= claims.exp + CLOCK_SKEW_SECONDS:
        raise TokenExpired
    if max(claims.nbf, claims.iat) > now + CLOCK_SKEW_SECONDS:
        raise TokenNotYetValid
    if claims.iss != policy.issuer:
        raise WrongIssuer
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if policy.audience not in audiences:
        raise WrongAudience
