"""What accounts need: hashes, signatures, and tables."""

from causerie.accounts.ports.core import Passwords, Sessions, SigningKeys, TokenSigner, Users
from causerie.accounts.ports.restrictions import RestrictionTable
from causerie.accounts.ports.second_factors import Attempts, SecondFactors

__all__ = [
    "Attempts",
    "Passwords",
    "RestrictionTable",
    "SecondFactors",
    "Sessions",
    "SigningKeys",
    "TokenSigner",
    "Users",
]
