"""What accounts refuse: names and passwords, credentials, and tokens by the check they fail."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from typing_extensions import override

from causerie.foundation.clock import rfc3339
from causerie.foundation.errors import (
    Check,
    Code,
    Conflict,
    Forbidden,
    Invalid,
    Refusal,
    Unauthenticated,
    Unsupported,
)


class UsernameTaken(Conflict):
    """Another account has this name, perhaps in other case."""

    def __init__(self) -> None:
        super().__init__("This username is taken")


class RegistrationClosed(Forbidden):
    """The server takes no new accounts."""

    def __init__(self) -> None:
        super().__init__("Registration is closed on this server")


class InvitationNeeded(Forbidden):
    """The server takes invited people only."""

    def __init__(self) -> None:
        super().__init__("Registration on this server needs an invitation")


class InvitationRefused(Forbidden):
    """No such invitation, or one that is used up, expired or revoked: which, is not said."""

    def __init__(self) -> None:
        super().__init__("This invitation is not good, or no longer")


class WrongCredentials(Unauthenticated):
    """No such user, no password set, or another password: which, is not said."""

    def __init__(self) -> None:
        super().__init__("The username or the password is wrong")


class TwoFactorRequired(Unauthenticated):
    """The password was right; a code is needed as well."""

    code: ClassVar[Code] = Code.TWO_FACTOR_REQUIRED

    def __init__(self) -> None:
        super().__init__("A code of your authenticator, or a backup code, is needed as well")


class StepUpRequired(Unauthenticated):
    """Too long ago, or never, that this session's user proved who they are."""

    code: ClassVar[Code] = Code.STEP_UP_REQUIRED

    def __init__(self) -> None:
        super().__init__("Prove again who you are: POST /auth/step-up, or log in anew")


class WrongCode(Unauthenticated):
    """Of no time step around now, spent before, or no backup code that is left."""

    def __init__(self) -> None:
        super().__init__("The code is wrong or was used before")


class TwoFactorIsOff(Conflict):
    """There is no authenticator in force, or none that was proposed of late."""

    def __init__(self) -> None:
        super().__init__("Two-factor authentication is not on, or its set-up took too long")


class TwoFactorIsOn(Conflict):
    """There is an authenticator in force already."""

    def __init__(self) -> None:
        super().__init__("Two-factor authentication is on already")


class TwoFactorNotOffered(Unsupported):
    """The operator has switched it off (``security.enable_2fa``)."""

    def __init__(self) -> None:
        super().__init__("This server does not offer two-factor authentication")


class PasskeyRefused(Unauthenticated):
    """Unknown, for another site, answered too late or twice, or not what it says; nobody is told which."""

    def __init__(self) -> None:
        super().__init__("The passkey does not prove who you are; try again")


class PasskeyIsKnown(Conflict):
    """Somebody has it, or the user has no room for more."""

    def __init__(self) -> None:
        super().__init__("This passkey is known already, or you have too many")


class PasskeysAreMany(Conflict):
    """The user has as many as one may have."""

    def __init__(self) -> None:
        super().__init__("You have as many passkeys as one may have; remove one first")


class OidcNotOffered(Unsupported):
    """The operator has named no provider (``oidc.issuer``)."""

    def __init__(self) -> None:
        super().__init__("This server has no login provider")


class IdentityIsTaken(Conflict):
    """Whom the provider names opens another account."""

    def __init__(self) -> None:
        super().__init__("This login opens another account")


class IdentitiesAreMany(Conflict):
    """The user has as many as one may have."""

    def __init__(self) -> None:
        super().__init__("You have linked as many logins as one may have; unlink one first")


class LastWayIn(Conflict):
    """Without it nobody would get into the account any more."""

    def __init__(self) -> None:
        super().__init__("Nothing else opens this account; add another way in first")


class MailNotOffered(Unsupported):
    """The operator has named no server for mail (``mail.host``)."""

    def __init__(self) -> None:
        super().__init__("This server sends no mail; ask its operator for a new password")


class ResetRefused(Unauthenticated):
    """Unknown, spent, or too old."""

    def __init__(self) -> None:
        super().__init__("The link is not valid any more; ask for a new one")


class ApiKeyRefused(Unauthenticated):
    """Unknown, revoked or expired."""

    def __init__(self) -> None:
        super().__init__("The API key is not valid")


class RoleInUse(Conflict):
    """Somebody has it, or the server needs it."""

    def __init__(self) -> None:
        super().__init__("Somebody has this role, or the server cannot do without it")


class RoleIsKnown(Conflict):
    """There is a role of this name."""

    def __init__(self) -> None:
        super().__init__("There is such a role already")


class AdminsNeeded(Conflict):
    """One admin there must always be, with the permissions to manage roles and users."""

    def __init__(self) -> None:
        super().__init__("The server needs an admin who manages roles and users")


class RefreshTokenRefused(Unauthenticated):
    """Unknown, expired, spent, or of a session that is over."""

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid; log in again")


class TicketRefused(Unauthenticated):
    """Unknown, spent, expired, or of a session that is over."""

    def __init__(self) -> None:
        super().__init__("The ticket is not valid; ask for a new one")


class UnknownRole(Invalid):
    """The role table has no such role."""

    def __init__(self, role: str) -> None:
        super().__init__("role", f"There is no role {role!r}")


class NoSigningKeys(Conflict):
    """The tokens are signed with a shared secret: there are no keys to list or rotate."""

    def __init__(self) -> None:
        super().__init__(
            "Tokens are signed with security.jwt_secret (HS256), which has no keys to rotate; "
            "change that setting on every system that shares it"
        )


class OidcRefused(Unauthenticated):
    """The provider's answer does not fit what was asked, or is too old: which, is not said."""

    def __init__(self) -> None:
        super().__init__("The login through the provider did not succeed; start again")


class OtpNeeded(TwoFactorRequired):
    """The provider's word was good; go on with this flow and a code."""

    def __init__(self, flow: str) -> None:
        super().__init__()
        self.flow = flow

    @override
    def extras(self) -> dict[str, object]:
        return {"flow": self.flow}


class TokenMalformed(Unauthenticated):
    """Not a token, or one without the claims that ours have."""

    def __init__(self) -> None:
        super().__init__("The access token cannot be read")


class AlgorithmNotAllowed(Unauthenticated):
    """Check 1 of 8: its ``alg`` is not one that this server signs with."""

    def __init__(self) -> None:
        super().__init__("The access token's algorithm is not allowed (alg)")


class KeyUnknown(Unauthenticated):
    """Check 2 of 8: its ``kid`` is none of ours, or is a key of another algorithm."""

    def __init__(self) -> None:
        super().__init__("The access token's key is not known (kid)")


class SignatureWrong(Unauthenticated):
    """Check 3 of 8: the key has not signed this."""

    def __init__(self) -> None:
        super().__init__("The access token's signature is wrong")


class TokenExpired(Unauthenticated):
    """Check 4 of 8: its ``exp`` has passed."""

    def __init__(self) -> None:
        super().__init__("The access token has expired (exp)")


class TokenNotYetValid(Unauthenticated):
    """Check 5 of 8: its ``nbf`` or ``iat`` lies in the future, past the skew."""

    def __init__(self) -> None:
        super().__init__("The access token is not valid yet (nbf, iat)")


class WrongIssuer(Unauthenticated):
    """Check 6 of 8: its ``iss`` is not this server's."""

    def __init__(self) -> None:
        super().__init__("The access token is of another issuer (iss)")


class WrongAudience(Unauthenticated):
    """Check 7 of 8: its ``aud`` does not hold this server's."""

    def __init__(self) -> None:
        super().__init__("The access token is for another audience (aud)")


class TokenRevoked(Unauthenticated):
    """Check 8 of 8: the session is over, the token was revoked or spent, or its user has gone."""

    def __init__(self) -> None:
        super().__init__("The access token was revoked")


class _Sanctioned(Refusal):
    def __init__(self, text: str, until: datetime | None) -> None:
        super().__init__(text)
        self.until = until

    @override
    def extras(self) -> dict[str, object]:
        return {} if self.until is None else {"until": rfc3339(self.until)}


class Muted(_Sanctioned):
    """The user may read, and not write, edit or react; ``until`` where that ends by itself."""

    code = Code.MUTED
    check = Check.SANCTION

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__("You are muted: you may read, and not write", until)


class Banned(_Sanctioned):
    """The user is kept out of the server; ``until`` where that ends by itself."""

    code = Code.BANNED
    check = Check.SANCTION

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__("You are banned from this server", until)
