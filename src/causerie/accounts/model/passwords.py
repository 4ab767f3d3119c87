"""The rules for passwords: a length, and not one of those that everybody tries first."""

from __future__ import annotations

from causerie.accounts.model.common_passwords import common_passwords
from causerie.foundation.errors import Invalid

MIN_PASSWORD_CHARACTERS = 8  # REQUIREMENTS, ID-1; code points
MAX_PASSWORD_CHARACTERS = 128
# A password of an older system may break our rules and must still open its account.
MAX_TRIED_CHARACTERS = 1024
PRODUCT_NAME = "causerie"

# Runs that fingers make: neighbours on the keyboard, the alphabet, the digits.
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
MAX_REPEATED_CHARACTERS = 2  # "aaaaaaaa", "12121212"
LONGEST_GUESSED_REPETITION = 16  # Longer ones stand on no list: length is strength, too.


def require_password(password: str, *, username: str, field: str = "password") -> str:
    """Give a new password back. Raises ``Invalid`` for one that is too short, long or trivial."""
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise Invalid(
            field,
            f"Must have {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters",
        )
    if not is_triable(password):
        raise Invalid(field, "Must not contain the character NUL or unpaired surrogates")
    if is_trivial(password, username=username):
        raise Invalid(field, "Is one of the first that an attacker tries; take another")
    return password


def is_triable(password: str) -> bool:
    """Say whether a password could be that of any account at all."""
    if len(password) > MAX_TRIED_CHARACTERS or "\0" in password:
        return False
    try:
        password.encode()
    except UnicodeEncodeError:  # an unpaired surrogate
        return False
    return True


def is_trivial(password: str, *, username: str) -> bool:
    """Say whether a password is common, made of a run, or of the names that are at hand."""
    plain = password.casefold()
    names = (username.casefold(), PRODUCT_NAME)
    return (
        plain in common_passwords()
        or _is_repetition(plain)
        or any(plain in (name, name[::-1], name + name) for name in names)
        or any(plain in run or plain in run[::-1] for run in _RUNS)
    )


def _is_repetition(plain: str) -> bool:
    if len(plain) > LONGEST_GUESSED_REPETITION:
        return False
    return any(plain[size:] == plain[:-size] for size in range(1, MAX_REPEATED_CHARACTERS + 1))
