"""What accounts need: hashes, signatures, and tables."""

from causerie.accounts.ports.core import Passwords, Sessions, SigningKeys, TokenSigner, Users
from causerie.accounts.ports.second_factors import Attempts, SecondFactors

__all__ = [
    "Attempts",
    "Passwords",
    "SecondFactors",
    "Sessions",
    "SigningKeys",
    "TokenSigner",
    "Users",
]
