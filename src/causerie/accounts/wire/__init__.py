"""How accounts look over HTTP: the bodies that come in and go out."""

from causerie.accounts.wire.api_keys import (
    ApiKeyItems,
    CreateBotBody,
    CreateKeyBody,
    KeyBody,
    NewKeyBody,
    key_body,
)
from causerie.accounts.wire.cookies import CookieBody, CookieSessionBody, CsrfBody
from causerie.accounts.wire.doors import (
    KeyItems,
    LoggedInBody,
    LoginBody,
    RefreshBody,
    RegisterBody,
    TicketBody,
    UserItems,
    logged_in_body,
)
from causerie.accounts.wire.invitations import (
    InvitationBody,
    InvitationItems,
    InviteBody,
    NewInvitationBody,
    invitation_body,
)
from causerie.accounts.wire.oidc import (
    IdentityBody,
    IdentityItems,
    LinkFinishBody,
    OidcFinishBody,
    OidcStartedBody,
    identity_body,
)
from causerie.accounts.wire.passkeys import (
    CredentialBody,
    NewPasskeyBody,
    PasskeyBody,
    PasskeyItems,
    PasskeyOptionsBody,
    passkey_body,
)
from causerie.accounts.wire.passwords import AskedBody, ForgotBody, ResetBody
from causerie.accounts.wire.profiles import PatchMe
from causerie.accounts.wire.restrictions import SanctionData, sanction_data
from causerie.accounts.wire.roles import (
    AssignRoleBody,
    OwnPermissionsBody,
    PutRoleBody,
    RoleBody,
    RoleItems,
    role_items,
)
from causerie.accounts.wire.second_factor import (
    BackupCodesBody,
    CodeBody,
    DisableBody,
    EnrolmentBody,
    ProofBody,
    SecondFactorBody,
)
from causerie.accounts.wire.sessions import (
    ChangePasswordBody,
    SessionBody,
    SessionItems,
    session_items,
)

__all__ = [
    "ApiKeyItems",
    "AskedBody",
    "AssignRoleBody",
    "BackupCodesBody",
    "ChangePasswordBody",
    "CodeBody",
    "CookieBody",
    "CookieSessionBody",
    "CreateBotBody",
    "CreateKeyBody",
    "CredentialBody",
    "CsrfBody",
    "DisableBody",
    "EnrolmentBody",
    "ForgotBody",
    "IdentityBody",
    "IdentityItems",
    "InvitationBody",
    "InvitationItems",
    "InviteBody",
    "KeyBody",
    "KeyItems",
    "LinkFinishBody",
    "LoggedInBody",
    "LoginBody",
    "NewInvitationBody",
    "NewKeyBody",
    "NewPasskeyBody",
    "OidcFinishBody",
    "OidcStartedBody",
    "OwnPermissionsBody",
    "PasskeyBody",
    "PasskeyItems",
    "PasskeyOptionsBody",
    "PatchMe",
    "ProofBody",
    "PutRoleBody",
    "RefreshBody",
    "RegisterBody",
    "ResetBody",
    "RoleBody",
    "RoleItems",
    "SanctionData",
    "SecondFactorBody",
    "SessionBody",
    "SessionItems",
    "TicketBody",
    "UserItems",
    "identity_body",
    "invitation_body",
    "key_body",
    "logged_in_body",
    "passkey_body",
    "role_items",
    "sanction_data",
    "session_items",
]
