"""The tables of accounts."""

from causerie.accounts.store.keys import StoredSigner, load_signer, shared_signer
from causerie.accounts.store.sessions import StoredSessions
from causerie.accounts.store.users import StoredUsers

__all__ = ["StoredSessions", "StoredSigner", "StoredUsers", "load_signer", "shared_signer"]
