"""The tables of accounts."""

from causerie.accounts.store.api_keys import StoredApiKeys
from causerie.accounts.store.data_keys import StoredDataKeys, open_data_keys
from causerie.accounts.store.emails import StoredEmails
from causerie.accounts.store.identities import StoredIdentities
from causerie.accounts.store.invitations import StoredInvitations
from causerie.accounts.store.keys import SharedSigner, StoredKeys
from causerie.accounts.store.mails import StoredMailQueue, StoredResetTokens
from causerie.accounts.store.outside_keys import FetchedKeys
from causerie.accounts.store.passkeys import StoredPasskeys
from causerie.accounts.store.profiles import StoredProfiles
from causerie.accounts.store.proofs import StoredDevices, StoredPasswordBook
from causerie.accounts.store.provider import HttpProvider
from causerie.accounts.store.restrictions import StoredRestrictions
from causerie.accounts.store.revocations import StoredRevocations
from causerie.accounts.store.roles import StoredRoles
from causerie.accounts.store.second_factors import StoredSecondFactors
from causerie.accounts.store.sessions import StoredSessions
from causerie.accounts.store.sharing import RedisProofs
from causerie.accounts.store.trust import StoredTrust
from causerie.accounts.store.users import StoredUsers

__all__ = [
    "FetchedKeys",
    "HttpProvider",
    "RedisProofs",
    "SharedSigner",
    "StoredApiKeys",
    "StoredDataKeys",
    "StoredDevices",
    "StoredEmails",
    "StoredIdentities",
    "StoredInvitations",
    "StoredKeys",
    "StoredMailQueue",
    "StoredPasskeys",
    "StoredPasswordBook",
    "StoredProfiles",
    "StoredResetTokens",
    "StoredRestrictions",
    "StoredRevocations",
    "StoredRoles",
    "StoredSecondFactors",
    "StoredSessions",
    "StoredTrust",
    "StoredUsers",
    "open_data_keys",
]
