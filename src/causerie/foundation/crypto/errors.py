"""What cryptography refuses: tokens that prove nothing, and keys that do not fit."""

from __future__ import annotations


class TokenRefused(Exception):  # noqa: N818 - named after the fact; the slice that asks translates it
    """A token was not signed by one of our keys, or is no token."""


class NotAToken(TokenRefused):
    """It is not a JWS in compact form (RFC 7515 §7.1), or asks for extensions that we lack."""


class AlgorithmRefused(TokenRefused):
    """The token's header names an algorithm that is not on the allow-list."""


class KeyNotKnown(TokenRefused):
    """The token's header names no key of ours, or one of another algorithm."""


class SignatureRefused(TokenRefused):
    """The signature is not that of the key."""


class NotGenuine(Exception):  # noqa: N818 - named after the fact; whoever asked decides
    """A passkey's credential cannot be read, or does not prove what it says."""


class NotAKeySet(Exception):  # noqa: N818 - named after the fact; whoever fetched it decides
    """What should be a JWK set is none, or has no key that verifies."""


class CannotUnseal(Exception):  # noqa: N818 - named after the fact; for the operator, at start
    """What was sealed was changed, or sealed under another master key or for another place."""


class FieldKeyNotKnown(CannotUnseal):
    """A field was encrypted under a key that this node has not read, or that is gone."""


class MasterKeyUnusable(Exception):  # noqa: N818 - named after the fact; for the operator, at start
    """The master key is not 64 hex digits, or its file cannot be read or made."""


class BreachesUnusable(Exception):  # noqa: N818 - named after the fact; for the operator, at start
    """The file of breached passwords cannot be read, or is none."""


class WeakSecret(Exception):  # noqa: N818 - named after the fact; for the operator, at start
    """A secret is too short to sign with."""
