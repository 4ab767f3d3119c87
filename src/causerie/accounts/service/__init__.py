"""What one can do with accounts."""

from causerie.accounts.service.accounts import AccountService
from causerie.accounts.service.api_keys import ApiKeys
from causerie.accounts.service.codes import Codes
from causerie.accounts.service.devices import DeviceKeeper
from causerie.accounts.service.directory import UserDirectory
from causerie.accounts.service.identities import LinkedIdentities
from causerie.accounts.service.importing import (
    ImportedUser,
    ImportReport,
    RejectedLine,
    UserImport,
    read_csv,
    read_jsonl,
)
from causerie.accounts.service.invitations import Invitations
from causerie.accounts.service.keys import KeyKeeper
from causerie.accounts.service.letters import LetterRoom
from causerie.accounts.service.newcomers import Newcomers
from causerie.accounts.service.oidc import OidcLogin
from causerie.accounts.service.outside import OutsideTokens
from causerie.accounts.service.own import OwnAccount
from causerie.accounts.service.passkeys import Passkeys
from causerie.accounts.service.passwords import PasswordChanges
from causerie.accounts.service.personal import PersonalDataKeeper
from causerie.accounts.service.profiles import Profiles
from causerie.accounts.service.resets import PasswordResets
from causerie.accounts.service.restrictions import Restrictions, require_admitted
from causerie.accounts.service.revocations import RevocationWatch
from causerie.accounts.service.role_desk import RoleDesk
from causerie.accounts.service.roles import RoleBook
from causerie.accounts.service.second_factor import TwoFactor
from causerie.accounts.service.sessions import SessionKeeper
from causerie.accounts.service.step_up import StepUp
from causerie.accounts.service.tokens import AccessTokens
from causerie.accounts.service.trust import TrustFollower

__all__ = [
    "AccessTokens",
    "AccountService",
    "ApiKeys",
    "Codes",
    "DeviceKeeper",
    "ImportReport",
    "ImportedUser",
    "Invitations",
    "KeyKeeper",
    "LetterRoom",
    "LinkedIdentities",
    "Newcomers",
    "OidcLogin",
    "OutsideTokens",
    "OwnAccount",
    "Passkeys",
    "PasswordChanges",
    "PasswordResets",
    "PersonalDataKeeper",
    "Profiles",
    "RejectedLine",
    "Restrictions",
    "RevocationWatch",
    "RoleBook",
    "RoleDesk",
    "SessionKeeper",
    "StepUp",
    "TrustFollower",
    "TwoFactor",
    "UserDirectory",
    "UserImport",
    "read_csv",
    "read_jsonl",
    "require_admitted",
]
