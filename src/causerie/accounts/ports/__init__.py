"""What accounts need: hashes, signatures, and tables."""

from causerie.accounts.ports.api_keys import ApiKeyTable
from causerie.accounts.ports.core import Passwords, Sessions, SigningKeys, TokenSigner, Users
from causerie.accounts.ports.invitations import InvitationTable
from causerie.accounts.ports.mails import Mailer, MailQueue, ResetTokens
from causerie.accounts.ports.oidc import ProviderClient
from causerie.accounts.ports.outside import Identities, OutsideKeys
from causerie.accounts.ports.passkeys import PasskeyBook
from causerie.accounts.ports.personal import DataKeyTable, Emails
from causerie.accounts.ports.profiles import ProfileTable, Wording
from causerie.accounts.ports.proofs import Devices, PasswordBook
from causerie.accounts.ports.restrictions import RestrictionTable
from causerie.accounts.ports.revocations import RevocationTable
from causerie.accounts.ports.roles import RoleTable
from causerie.accounts.ports.second_factors import SecondFactors
from causerie.accounts.ports.sharing import SharedProofs
from causerie.accounts.ports.trust import TrustTable

__all__ = [
    "ApiKeyTable",
    "DataKeyTable",
    "Devices",
    "Emails",
    "Identities",
    "InvitationTable",
    "MailQueue",
    "Mailer",
    "OutsideKeys",
    "PasskeyBook",
    "PasswordBook",
    "Passwords",
    "ProfileTable",
    "ProviderClient",
    "ResetTokens",
    "RestrictionTable",
    "RevocationTable",
    "RoleTable",
    "SecondFactors",
    "Sessions",
    "SharedProofs",
    "SigningKeys",
    "TokenSigner",
    "TrustTable",
    "Users",
    "Wording",
]
